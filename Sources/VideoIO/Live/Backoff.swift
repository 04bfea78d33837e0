/// How long to wait before the next attempt: longer after each failure, and never quite the same, so that
/// many clients of a server that died do not return all at once.
public struct Backoff: Sendable, Hashable {
    /// Seconds before the first new attempt.
    public var initial: Double
    /// Factor from one attempt to the next.
    public var factor: Double
    /// Seconds that are not exceeded.
    public var maximum: Double
    /// Part of the delay that is random, 0...1.
    public var jitter: Double

    /// Creates a schedule. The defaults wait 0.25 to 0.5 s, then 0.5 to 1 s, and so on up to 30 s.
    public init(
        initial: Double = 0.5, factor: Double = 2, maximum: Double = 30, jitter: Double = 0.5
    ) {
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
    }

    /// Seconds to wait before an attempt.
    ///
    /// - Parameters:
    ///   - failures: Failures in a row so far, at least 1.
    ///   - random: A number in 0..<1.
    public func delay(failures: Int, random: Double) -> Double {
        var delay = min(initial, maximum)
        for _ in 1..<max(1, min(failures, 64)) where delay < maximum {
            delay = min(delay * factor, maximum)
        }
        return delay * (1 - jitter * random)
    }
}
