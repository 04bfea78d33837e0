/// What happens to a live source.
public enum LiveEvent: Sendable {
    /// It is being opened.
    case opening
    /// It was opened and is about to give frames.
    case opened(MediaInfo)
    /// A frame, on the source's one timeline.
    case frame(VideoFrame)
    /// It was lost or could not be opened.
    case lost(LiveLoss)
}

/// Why a live source gives no frames, and what comes next.
public struct LiveLoss: Sendable, Hashable {
    /// What happened, in one line without secrets.
    public var reason: String
    /// Failures in a row, this one included.
    public var failures: Int
    /// Seconds until it is opened again; nil if it is not.
    public var retriesAfter: Double?
}

/// What a live source has met since the beginning.
public struct LiveStatistics: Sendable, Hashable {
    /// Connections that gave at least one frame.
    public var connections = 0
    /// Attempts to open it.
    public var attempts = 0
    /// Times that it was lost or could not be opened.
    public var losses = 0
    /// Jumps in its timestamps.
    public var jumps = 0
    /// What was met within connections, summed up.
    public var reading = ReaderStatistics()

    /// Creates statistics of nothing.
    public init() {}
}

extension ReaderStatistics {
    /// Adds what another reader has met.
    mutating func add(_ other: ReaderStatistics) {
        let counters: [WritableKeyPath<ReaderStatistics, Int>] = [
            \.framesDelivered, \.packetsDelivered, \.framesBeforeStart, \.damagedPackets,
            \.framesWithErrors, \.corruptedFrames, \.decoderErrors, \.suspectFrames, \.losses,
            \.packetsBeforeKeyframe, \.repairedTimestamps, \.discontinuities, \.formatChanges,
            \.convertedFrames, \.interlacedFrames,
        ]
        for counter in counters { self[keyPath: counter] += other[keyPath: counter] }
        latestDecoderError = other.latestDecoderError ?? latestDecoderError
    }
}
