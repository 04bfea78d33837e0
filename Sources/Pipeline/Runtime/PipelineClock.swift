import Dispatch

/// Where a pipeline's times come from: nanoseconds that never run backwards, from any origin.
public struct PipelineClock: Sendable {
    /// The present time in nanoseconds.
    public let now: @Sendable () -> UInt64

    /// Creates a clock from a function; tests give one that they move themselves.
    public init(now: @escaping @Sendable () -> UInt64) {
        self.now = now
    }

    /// The system's monotonic clock.
    public static let monotonic = PipelineClock { DispatchTime.now().uptimeNanoseconds }
}
