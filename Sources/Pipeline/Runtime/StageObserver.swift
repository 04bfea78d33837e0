/// Gets one record for each item and stage, for per-frame timings.
public protocol StageObserver: Sendable {
    /// Called on the worker's thread when an item has been served, before it moves on; for one item
    /// therefore in the order of the stages. Whatever time it takes is lost to the stage.
    func didServe(_ record: StageRecord)
}

/// When one item was at one stage. Times are nanoseconds of the run's ``PipelineClock``.
public struct StageRecord: Sendable, Hashable {
    /// Index into ``Pipeline/stages``.
    public let stage: Int
    /// Number of the item, counted from 0 at the source.
    public let sequence: Int
    /// Number of the worker, counted from 0 in its stage.
    public let worker: Int
    /// When the item entered the queue before the stage; at the source its arrival, where the source
    /// tells; in serial runs ``start``.
    public let enqueued: UInt64
    /// When the worker took it up.
    public let start: UInt64
    /// When the worker was done with it.
    public let end: UInt64
}

/// When a source's item arrived and what it took, for sources that also wait for their items.
public struct SourceTiming: Sendable, Hashable {
    /// When the item was there to be worked on, in nanoseconds of the run's ``PipelineClock``.
    public var arrival: UInt64
    /// Time spent on the item, in nanoseconds; it is taken to end when the item is given out.
    public var work: UInt64

    /// Creates a timing.
    public init(arrival: UInt64, work: UInt64) {
        self.arrival = arrival
        self.work = work
    }
}

/// A stage's name and size.
public struct StageDescription: Sendable, Hashable {
    /// Name, as it appears in errors, metrics and thread labels.
    public let name: String
    /// Threads that serve the stage in a pipelined run.
    public let workers: Int
    /// Items that fit into the queue before the stage; 0 where there is none, as before the source.
    public let capacity: Int
    /// Tells stages that the same threads serve; nil for a stage that has its threads for itself.
    public var sharing: Int?

    /// Creates a description.
    public init(name: String, workers: Int, capacity: Int, sharing: Int? = nil) {
        self.name = name
        self.workers = workers
        self.capacity = capacity
        self.sharing = sharing
    }
}
