/// How many frames wait before a stage, from one change to the next.
public struct QueueDepth: Sendable, Hashable {
    /// Times in nanoseconds of the run's clock, in rising order, and the frames that wait from then on.
    public private(set) var steps: [Step] = []

    /// A change.
    public struct Step: Sendable, Hashable {
        /// When.
        public var time: UInt64
        /// Frames that wait from then on.
        public var depth: Int
    }

    /// Follows a queue through a run: before the first stage from arrival to start, before the others
    /// from entering the queue to start.
    ///
    /// - Parameters:
    ///   - stage: Index of the stage behind the queue.
    ///   - records: Records of the run; those of dropped frames are passed over.
    public init(beforeStage stage: Int, _ records: [FrameLatency]) {
        var changes: [(time: UInt64, change: Int)] = []
        for record in records where record.dropReason == nil {
            let visit = record.visits[stage]
            guard visit.enqueued < visit.start else { continue }
            changes.append((visit.enqueued, 1))
            changes.append((visit.start, -1))
        }
        changes.sort { ($0.time, $0.change) < ($1.time, $1.change) }
        var depth = 0
        for change in changes {
            depth += change.change
            if steps.last?.time == change.time { steps.removeLast() }
            steps.append(Step(time: change.time, depth: depth))
        }
    }

    /// The most frames that waited at a time.
    public var maximum: Int { steps.map(\.depth).max() ?? 0 }

    /// Frames that waited at a time on average, over the time from the first change to the last.
    public var mean: Double {
        guard let first = steps.first, let last = steps.last, last.time > first.time else {
            return 0
        }
        let sum = zip(steps, steps.dropFirst()).reduce(0.0) { sum, pair in
            sum + Double(pair.0.depth) * Double(pair.1.time - pair.0.time)
        }
        return sum / Double(last.time - first.time)
    }
}
