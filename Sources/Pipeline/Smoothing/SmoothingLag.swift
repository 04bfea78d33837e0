/// How much older than its frame what was shown is, in frames: the mean age of the masks that went into a
/// shown one, by their weights.
public struct SmoothingLag: Sendable, Hashable {
    /// Masks that were shown.
    public private(set) var masks = 0
    /// The largest; nil where there are no masks.
    public private(set) var maximum: Double?
    private var sum = 0.0

    /// Creates the lag of nothing.
    public init() {}

    /// The mean over all masks; nil where there are none.
    public var mean: Double? { masks > 0 ? sum / Double(masks) : nil }

    mutating func note(_ frames: Double) {
        masks += 1
        sum += frames
        maximum = max(maximum ?? 0, frames)
    }
}
