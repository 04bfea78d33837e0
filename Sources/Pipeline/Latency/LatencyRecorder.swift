import Synchronization
public import VideoIO

/// Records when each frame was where. One recorder belongs to one run of a pipeline.
///
/// Memory is fixed when the recorder is made: the latest ``Options/capacity`` frames with all their times,
/// and histograms over all frames. Nothing on the way of a frame waits for a lock or allocates.
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

    /// What the last stage knows of a frame.
    public struct Frame: Sendable, Hashable {
        /// Number among the frames that arrived, from 0.
        public var number: Int
        /// Presentation timestamp in seconds.
        public var presentationTime: Double?
        /// When it came in.
        public var timing: FrameTiming?
        /// Instances found in it.
        public var instances: Int
        /// Frames that the encoder keeps inside, this one included.
        public var framesHeld: Int

        /// Creates a description.
        public init(
            number: Int, presentationTime: Double? = nil, timing: FrameTiming? = nil,
            instances: Int = 0, framesHeld: Int = 0
        ) {
            self.number = number
            self.presentationTime = presentationTime
            self.timing = timing
            self.instances = instances
            self.framesHeld = framesHeld
        }
    }

    private let options: Options
    private let stages: Range<Int>
    private let slots: LatencySlots
    private let drops: DroppedFrames?
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
    ///   - stages: Stages of the pipeline.
    ///   - options: See ``Options``.
    ///   - drops: Where the source notes the frames that do not enter the pipeline.
    public init(stages: Int, options: Options = Options(), drops: DroppedFrames? = nil) {
        precondition(options.capacity > 0 && options.warmUp >= 0 && stages > 0)
        self.options = options
        self.stages = 0..<stages
        self.drops = drops
        slots = LatencySlots(capacity: options.capacity, stages: stages)
        totals = Mutex(Totals(measures: LatencyMeasures(stages: stages)))
    }

    /// Adds what is known of a frame itself. The last stage's worker calls it while it has the frame.
    ///
    /// - Parameters:
    ///   - sequence: Number of the item in the pipeline.
    ///   - frame: The frame.
    public func describe(_ sequence: Int, _ frame: Frame) {
        slots.describe(sequence, frame)
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
        for stage in stages {
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
            if let last = totals.lastEnd {
                totals.measures.writeInterval.record(ready - min(last, ready))
            }
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
        let records = kept.compactMap { slots.record($0) } + (drops?.records ?? [])
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
