import Synchronization
import VideoIO

/// Where the time of a camera's frames goes, and what happened to the camera meanwhile.
final class StreamLatency: Sendable {
    /// Frames whose times are kept where no report is wanted; the histograms hold all.
    private static let fewFrames = 256
    /// Events that are kept; later ones are not.
    private static let mostEvents = 10_000

    /// When a frame was where, in nanoseconds of the monotonic clock.
    struct Way {
        var item: FrameExchange.Item
        /// Number of the network that processed it.
        var worker: Int
        /// When the network took it up, and was done with it.
        var network: (start: UInt64, end: UInt64)
        /// When tracking began.
        var track: UInt64
        /// When tracking was done and painting began.
        var paint: UInt64
        /// When painting was done and encoding began.
        var encode: UInt64
        /// When the outputs had its packets.
        var written: UInt64
        var instances: Int
    }

    private static let names = ["decode", "network", "track", "paint", "encode"]

    /// The stages of a frame's way.
    let stages: [StageDescription]
    /// Frames that were not processed.
    let drops: DroppedFrames
    private let recorder: LatencyRecorder
    private let written = Atomic(0)
    private let events = Mutex<[LatencyRun.Event]>([])
    private let delay = Mutex(DecoderDelay())

    /// - Parameters:
    ///   - options: What is kept and left out; nil where only histograms are wanted.
    ///   - workers: Networks.
    ///   - depth: Frames that may wait for the network.
    init(_ options: LatencyRecorder.Options?, workers: Int, depth: Int) {
        var kept = options ?? LatencyRecorder.Options()
        if options == nil { kept.capacity = Self.fewFrames }
        stages = Self.names.enumerated().map { index, name in
            StageDescription(
                name: name, workers: index == 1 ? workers : 1,
                capacity: index == 0 ? 0 : index == 1 ? depth : 1)
        }
        drops = DroppedFrames(capacity: kept.capacity)
        recorder = LatencyRecorder(stages: Self.names.count, options: kept, drops: drops)
    }

    /// Adds a frame that went all the way. One thread only.
    func add(_ way: Way) {
        let sequence = written.load(ordering: .relaxed)
        let item = way.item
        let work = item.frame.timing?.work ?? 0
        let arrival = min(item.arrival, item.offered)
        let decoding = item.offered - min(work, item.offered - arrival)
        let visits: [(enqueued: UInt64, start: UInt64, end: UInt64)] = [
            (arrival, decoding, item.offered), (item.offered, way.network.start, way.network.end),
            (way.network.end, way.track, way.paint), (way.paint, way.paint, way.encode),
            (way.encode, way.encode, way.written),
        ]
        for (stage, visit) in visits.enumerated() {
            if stage == visits.count - 1 {
                recorder.describe(
                    sequence,
                    LatencyRecorder.Frame(
                        number: item.number, presentationTime: item.frame.presentationTime,
                        timing: item.frame.timing, instances: way.instances))
            }
            recorder.didServe(
                StageRecord(
                    stage: stage, sequence: sequence, worker: stage == 1 ? way.worker : 0,
                    enqueued: visit.enqueued, start: visit.start, end: visit.end))
        }
        written.store(sequence + 1, ordering: .releasing)
    }

    /// Notes that the camera was lost, or came back.
    func note(_ name: String, at time: UInt64) {
        events.withLock { events in
            guard events.count < Self.mostEvents else { return }
            events.append(LatencyRun.Event(time: time, name: name))
        }
    }

    /// Notes what the camera's reader keeps by design.
    func note(_ reading: DecoderDelay) { delay.withLock { $0 = reading } }

    /// The histograms so far. Any thread.
    var measures: LatencyMeasures { recorder.measures }

    /// Everything that was recorded. Only when the run has ended.
    func finish(counts: StreamCounts, framePeriod: Duration?, wall: Duration) -> LatencyRun {
        let count = written.load(ordering: .acquiring)
        let (measures, records) = recorder.finish(count: count)
        var run = LatencyRun(
            stages: stages, measures: measures, records: records, framesArrived: counts.received,
            framesWritten: count, drops: counts.drops, framePeriod: framePeriod,
            decoderDelay: delay.withLock { $0 }, wall: wall)
        run.events = events.withLock { $0 }
        return run
    }
}
