import VideoIO

/// Fixed memory for the records of the latest frames.
///
/// A frame's words lie in slot sequence modulo capacity. Each word is written by the one worker that has
/// the frame at that time, without a lock: the queues between the stages make what one worker wrote visible
/// to the next, so whoever has the frame may read what was written before.
///
/// `@unchecked Sendable` is safe under that rule, which ``LatencyRecorder`` keeps.
final class LatencySlots: @unchecked Sendable {
    /// Frames that are kept.
    let capacity: Int
    private let stages: Int
    private let words: Int
    private let memory: UnsafeMutablePointer<UInt64>

    /// Words of a slot; behind them four for each stage.
    private enum Word: Int, CaseIterable {
        /// Sequence number plus one, so that 0 is an unused slot.
        case mark
        case frame, presentationTime, arrival
        case captureTime, captureSource, captureUncertainty
        case instances, packetsBehind, framesHeld, released
    }

    init(capacity: Int, stages: Int) {
        self.capacity = capacity
        self.stages = stages
        words = Word.allCases.count + 4 * stages
        memory = .allocate(capacity: capacity * words)
        memory.initialize(repeating: 0, count: capacity * words)
    }

    deinit { memory.deallocate() }

    private func slot(_ sequence: Int) -> UnsafeMutablePointer<UInt64> {
        memory + sequence % capacity * words
    }

    /// Adds a stage's times; the first stage begins the record, over the one that was there.
    func add(_ record: StageRecord) {
        let slot = slot(record.sequence)
        if record.stage == 0 {
            slot.update(repeating: 0, count: words)
            slot[Word.mark.rawValue] = UInt64(record.sequence) + 1
            slot[Word.arrival.rawValue] = record.enqueued
        }
        let visit = slot + (Word.allCases.count + 4 * record.stage)
        visit[0] = record.enqueued
        visit[1] = record.start
        visit[2] = record.end
        visit[3] = UInt64(record.worker)
    }

    /// Adds what is known of the frame itself.
    func describe(_ sequence: Int, _ frame: LatencyRecorder.Frame) {
        let slot = slot(sequence)
        slot[Word.frame.rawValue] = UInt64(frame.number)
        slot[Word.presentationTime.rawValue] = (frame.presentationTime ?? .nan).bitPattern
        slot[Word.packetsBehind.rawValue] = UInt64((frame.timing?.packetsBehind ?? -1) + 1)
        slot[Word.instances.rawValue] = UInt64(frame.instances)
        slot[Word.framesHeld.rawValue] = UInt64(frame.framesHeld)
        guard let capture = frame.timing?.capture else { return }
        slot[Word.captureTime.rawValue] = capture.time
        let source = FrameTiming.Capture.Source.allCases.firstIndex(of: capture.source) ?? 0
        slot[Word.captureSource.rawValue] = UInt64(source) + 1
        slot[Word.captureUncertainty.rawValue] = capture.uncertainty
    }

    /// Notes when a frame left the encoder; does nothing once its slot is another's.
    func release(_ sequence: Int, at time: UInt64) {
        guard holds(sequence) else { return }
        slot(sequence)[Word.released.rawValue] = time
    }

    func holds(_ sequence: Int) -> Bool {
        slot(sequence)[Word.mark.rawValue] == UInt64(sequence) + 1
    }

    func arrival(_ sequence: Int) -> UInt64 { slot(sequence)[Word.arrival.rawValue] }

    func frame(_ sequence: Int) -> Int { Int(slot(sequence)[Word.frame.rawValue]) }

    func framesHeld(_ sequence: Int) -> Int { Int(slot(sequence)[Word.framesHeld.rawValue]) }

    /// When the picture was taken; nil where that is unknown.
    func captureTime(_ sequence: Int) -> UInt64? {
        let slot = slot(sequence)
        return slot[Word.captureSource.rawValue] == 0 ? nil : slot[Word.captureTime.rawValue]
    }

    /// Start and end at a stage.
    func times(_ sequence: Int, stage: Int) -> (start: UInt64, end: UInt64) {
        let visit = slot(sequence) + (Word.allCases.count + 4 * stage)
        return (visit[1], visit[2])
    }

    /// The whole record; nil if the slot is not the frame's.
    func record(_ sequence: Int) -> FrameLatency? {
        guard holds(sequence) else { return nil }
        let slot = slot(sequence)
        func word(_ word: Word) -> UInt64 { slot[word.rawValue] }
        let time = Double(bitPattern: word(.presentationTime))
        let visits = (0..<stages).map { stage in
            let visit = slot + (Word.allCases.count + 4 * stage)
            return FrameLatency.Visit(
                enqueued: visit[0], start: visit[1], end: visit[2], worker: Int(visit[3]))
        }
        var record = FrameLatency(
            frame: Int(word(.frame)), presentationTime: time.isNaN ? nil : time,
            arrival: word(.arrival), visits: visits)
        if word(.captureSource) > 0 {
            record.capture = FrameTiming.Capture(
                time: word(.captureTime),
                source: FrameTiming.Capture.Source.allCases[Int(word(.captureSource)) - 1],
                uncertainty: word(.captureUncertainty))
        }
        record.instances = Int(word(.instances))
        record.packetsBehind = word(.packetsBehind) == 0 ? nil : Int(word(.packetsBehind)) - 1
        record.framesHeld = Int(word(.framesHeld))
        record.released = word(.released) == 0 ? nil : word(.released)
        return record
    }
}
