/// Where the time of a run went.
public struct PipelineMetrics: Sendable, Hashable {
    /// One entry a stage, in order.
    public let stages: [StageMetrics]
    /// From the start of the run to the end of its last worker.
    public let wall: Duration

    /// Items that left the last stage.
    public var items: Int { stages.last?.items ?? 0 }
}

/// Where the time of one stage went, over all its workers.
public struct StageMetrics: Sendable, Hashable {
    /// Name of the stage.
    public let name: String
    /// Workers that ran.
    public let workers: Int
    /// Items served.
    public let items: Int
    /// Time spent on items; may exceed the wall time when there are several workers.
    public let service: Duration
    /// The quickest item; zero without items.
    public let shortestService: Duration
    /// The slowest item.
    public let longestService: Duration
    /// Time that items lay in the queue before the stage, summed over items.
    public let wait: Duration
    /// The longest that one item lay there.
    public let longestWait: Duration
    /// Time that workers were held up because the queue after the stage was full.
    public let blocked: Duration
    /// Time that workers had nothing to do because the queue before the stage was empty.
    public let starved: Duration
    /// Time spent making the workers.
    public let setup: Duration

    /// Service time an item; zero without items.
    public var meanService: Duration { items == 0 ? .zero : service / items }

    /// Wait before the stage an item; zero without items.
    public var meanWait: Duration { items == 0 ? .zero : wait / items }
}

/// How far a run has come; cheap enough to take several times a second.
public struct PipelineSnapshot: Sendable, Hashable {
    /// Items served so far by each stage, in the order of ``Pipeline/stages``.
    public let items: [Int]
    /// Time since the start of the run; zero before it, its wall time after it.
    public let elapsed: Duration

    /// Items that have left the last stage.
    public var finished: Int { items.last ?? 0 }
    /// Items that have entered the first stage and not left the last.
    public var underWay: Int { max(0, (items.first ?? 0) - finished) }
}

/// The sums one worker keeps for itself, in nanoseconds. Nobody else reads them until it has ended.
struct StageMeter {
    var workers = 0
    var items = 0
    var service: UInt64 = 0
    var shortestService = UInt64.max
    var longestService: UInt64 = 0
    var wait: UInt64 = 0
    var longestWait: UInt64 = 0
    var blocked: UInt64 = 0
    var starved: UInt64 = 0
    var setup: UInt64 = 0

    mutating func record(enqueued: UInt64, start: UInt64, end: UInt64) {
        items += 1
        service += end - start
        shortestService = min(shortestService, end - start)
        longestService = max(longestService, end - start)
        wait += start - enqueued
        longestWait = max(longestWait, start - enqueued)
    }

    mutating func merge(_ other: StageMeter) {
        workers += other.workers
        items += other.items
        service += other.service
        shortestService = min(shortestService, other.shortestService)
        longestService = max(longestService, other.longestService)
        wait += other.wait
        longestWait = max(longestWait, other.longestWait)
        blocked += other.blocked
        starved += other.starved
        setup += other.setup
    }

    func metrics(name: String) -> StageMetrics {
        StageMetrics(
            name: name, workers: workers, items: items,
            service: Duration(nanoseconds: service),
            shortestService: Duration(nanoseconds: items == 0 ? 0 : shortestService),
            longestService: Duration(nanoseconds: longestService),
            wait: Duration(nanoseconds: wait), longestWait: Duration(nanoseconds: longestWait),
            blocked: Duration(nanoseconds: blocked), starved: Duration(nanoseconds: starved),
            setup: Duration(nanoseconds: setup))
    }
}

extension Duration {
    init(nanoseconds: UInt64) {
        self = .nanoseconds(Int64(clamping: nanoseconds))
    }

    /// The duration in seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// The duration in milliseconds.
    public var milliseconds: Double { seconds * 1e3 }
}
