/// What became of a camera's frames. At any time ``isConserved`` holds.
public struct StreamCounts: Sendable, Hashable {
    /// Frames that came in.
    public var received = 0
    /// Frames that went through the network.
    public var processed = 0
    /// Frames that did not, by reason.
    public var drops: [DropReason: Int] = [:]
    /// Frames that wait for their turn.
    public var pending = 0
    /// Frames that are being processed.
    public var underWay = 0

    /// Creates counts of nothing.
    public init() {}

    /// Frames that were not processed, for whatever reason.
    public var dropped: Int { drops.values.reduce(0, +) }

    /// Whether every frame is accounted for.
    public var isConserved: Bool { received == processed + dropped + pending + underWay }

    /// Adds another camera's counts.
    public mutating func add(_ other: StreamCounts) {
        received += other.received
        processed += other.processed
        drops.merge(other.drops, uniquingKeysWith: +)
        pending += other.pending
        underWay += other.underWay
    }
}
