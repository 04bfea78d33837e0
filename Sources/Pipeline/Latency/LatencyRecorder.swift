import Synchronization
public import VideoIO

/// Records when each frame was where. One recorder belongs to one run of a pipeline.
///
/// Memory is fixed when the recorder is made: the latest ``Options/capacity`` frames with all their times,
/// and histograms over all frames. Nothing on the way of a frame waits for a lock or allocates. The methods
/// for the first stage are called by its worker before the item goes on, those for the last stage by its
/// worker while it has the item.
public final class LatencyRecorder: StageObserver {
    /// What is kept and what is left out.
    public struct Options: Sendable, Hashable {
        /// Frames whose whole record is kept, the latest ones.
        public var capacity = 32768
        /// The first frames, which histograms leave out: caches are cold and threads start.
        public var warmUp = 0

        /// Creates options.
        public init(warmUp: Int = 0) { self.warmUp = warmUp }
    }

    private let options: Options
    private let stages: [StageDescription]
    private let slots: LatencySlots
    private let drops: LatencyDrops
    private let totals: Mutex<Totals>

    /// What is summed up over all frames. The last stage's worker adds to it; whoever looks at it meanwhile
    /// does not hold that worker up, which then adds its frames later.
    private struct Totals {
        var measures: LatencyMeasures
        /// Frames added.
        var added = 0
        /// Frames that have left the encoder.
        var released = 0
        var lastEnd: UInt64?
    }

    /// Creates a recorder.
    ///
    /// - Parameters:
    ///   - stages: The stages of the pipeline.
    ///   - options: See ``Options``.
    public init(stages: [StageDescription], options: Options = Options()) {
        precondition(options.capacity > 0 && options.warmUp >= 0 && !stages.isEmpty)
        self.options = options
        self.stages = stages
        slots = LatencySlots(capacity: options.capacity, stages: stages.count)
        drops = LatencyDrops(capacity: options.capacity)
        totals = Mutex(Totals(measures: LatencyMeasures(stages: stages.count)))
    }

    /// Begins the record of a frame. First stage only.
    ///
    /// - Parameters:
    ///   - sequence: Number of the item in the pipeline.
    ///   - frame: Number among the frames that arrived.
    ///   - presentationTime: Presentation timestamp in seconds.
    ///   - timing: When it came in.
    public func begin(
        _ sequence: Int, frame: Int, presentationTime: Double?, timing: FrameTiming
    ) {
        slots.begin(
            sequence, frame: frame, presentationTime: presentationTime, arrival: timing.arrival,
            capture: timing.capture, packetsBehind: timing.packetsBehind)
    }

    /// Records a frame that is not processed. First stage only.
    public func drop(
        frame: Int, presentationTime: Double?, timing: FrameTiming, reason: DropReason
    ) {
        drops.add(
            frame: frame, presentationTime: presentationTime, timing: timing, reason: reason)
    }

    /// Adds what the last stage knows of a frame. Last stage only.
    ///
    /// - Parameters:
    ///   - sequence: Number of the item in the pipeline.
    ///   - instances: Instances found.
    ///   - framesHeld: Frames that the encoder keeps inside, this one included.
    public func end(_ sequence: Int, instances: Int, framesHeld: Int) {
        slots.end(sequence, instances: instances, framesHeld: framesHeld)
    }

    /// Takes a stage's times.
    public func didServe(_ record: StageRecord) {
        slots.add(record)
        guard record.stage == stages.count - 1 else { return }
        _ = totals.withLockIfAvailable { add(upTo: record.sequence, to: &$0) }
    }

    private func add(upTo sequence: Int, to totals: inout Totals) {
        while totals.added <= sequence {
            add(totals.added, to: &totals)
            totals.added += 1
        }
    }

    private func add(_ sequence: Int, to totals: inout Totals) {
        // Only after being kept from adding for as long as all slots last.
        guard slots.holds(sequence) else { return }
        let arrival = slots.arrival(sequence)
        let isCounted = slots.frame(sequence) >= options.warmUp
        var ready = arrival
        for stage in stages.indices {
            let (start, end) = slots.times(sequence, stage: stage)
            if isCounted {
                totals.measures.service[stage].record(end - start)
                totals.measures.wait[stage].record(start - min(ready, start))
            }
            ready = end
        }
        if isCounted {
            totals.measures.arrivalToWrite.record(ready - min(arrival, ready))
            if let capture = slots.captureTime(sequence) {
                totals.measures.captureToWrite.record(ready - min(capture, ready))
            }
            if let last = totals.lastEnd { totals.measures.writeInterval.record(ready - last) }
            totals.lastEnd = ready
        }
        release(upTo: sequence - slots.framesHeld(sequence), at: ready, in: &totals)
    }

    /// Frames leave the encoder in the order in which they went in, as far as can be told from their
    /// count.
    private func release(upTo sequence: Int, at time: UInt64, in totals: inout Totals) {
        while totals.released <= sequence {
            let leaving = totals.released
            totals.released += 1
            slots.release(leaving, at: time)
            guard slots.holds(leaving), slots.frame(leaving) >= options.warmUp else { continue }
            let arrival = slots.arrival(leaving)
            totals.measures.arrivalToOutput.record(time - min(arrival, time))
        }
    }

    /// The histograms so far. Any thread, any time; copies a few megabytes.
    public var measures: LatencyMeasures {
        // A deep copy: a shared one would be copied by the last stage's worker, at its next frame.
        totals.withLock { totals in
            var copy = LatencyMeasures(stages: stages.count)
            copy.merge(totals.measures)
            return copy
        }
    }

    /// Frames dropped so far, by reason. Any thread, any time.
    public var dropCounts: [DropReason: Int] { drops.counts }

    /// Frames that went through all stages so far. Any thread, any time.
    public var framesWritten: Int { totals.withLock { $0.added } }

    /// Everything that was recorded. Only when the run has ended.
    ///
    /// - Parameter count: Items that went through all stages.
    public func finish(count: Int) -> (measures: LatencyMeasures, records: [FrameLatency]) {
        let measures = totals.withLock { totals in
            add(upTo: count - 1, to: &totals)
            return totals.measures
        }
        let kept = max(0, count - options.capacity)..<count
        let records = kept.compactMap { slots.record($0) } + drops.records
        return (
            measures,
            records.map { record in
                var record = record
                record.isWarmUp = record.frame < options.warmUp
                return record
            }.sorted { $0.frame < $1.frame }
        )
    }
}
