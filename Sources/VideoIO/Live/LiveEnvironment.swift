/// What a live reader needs of the world; tests give it one of their own.
package struct LiveEnvironment: Sendable {
    /// Opens the source.
    package var open: @Sendable (String, VideoReader.Options) throws -> any LiveConnection
    /// Nanoseconds of the monotonic clock.
    package var now: @Sendable () -> UInt64
    /// Sleeps until a time of that clock; false if it is to end.
    package var sleep: @Sendable (UInt64) -> Bool
    /// A number in 0..<1.
    package var random: @Sendable () -> Double

    package init(
        open: @escaping @Sendable (String, VideoReader.Options) throws -> any LiveConnection,
        now: @escaping @Sendable () -> UInt64, sleep: @escaping @Sendable (UInt64) -> Bool,
        random: @escaping @Sendable () -> Double
    ) {
        self.open = open
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// FFmpeg, the system's clock and its random numbers.
    package static func system(_ interruption: Interruption) -> LiveEnvironment {
        LiveEnvironment(
            open: { try VideoReader($0, options: $1) }, now: { MonotonicClock.now() },
            sleep: { interruption.sleep(until: $0) }, random: { Double.random(in: 0..<1) })
    }
}

/// An opened source.
package protocol LiveConnection: Sendable {
    /// What the container says.
    var info: MediaInfo { get }
    /// The next frame; nil at the end.
    func nextFrame() throws -> VideoFrame?
    /// Why it ended before its time.
    var endedEarly: String? { get }
    /// What has been met so far.
    var statistics: ReaderStatistics { get }
}

extension VideoReader: LiveConnection {
    package func nextFrame() throws -> VideoFrame? {
        while let element = try next() {
            if case .frame(let frame) = element { return frame }
        }
        return nil
    }
}
