import Synchronization

/// Counts what it is given and keeps nothing.
public final class NullSink: FrameSink {
    private let summary = Mutex(SinkSummary())

    /// False: nothing is kept of them.
    public var usesPictures: Bool { false }

    /// Creates a sink.
    public init() {}

    /// Counts a frame.
    public func write(_ frame: VideoFrame) {
        summary.withLock {
            $0.framesWritten += 1
            $0.width = frame.width
            $0.height = frame.height
        }
    }

    /// Counts a packet.
    public func write(_ packet: MediaPacket) {
        summary.withLock { $0.packetsCopied += 1 }
    }

    /// Hands back the counts.
    public func finish() -> SinkSummary { summary.withLock { $0 } }

    /// Does nothing.
    public func discard() {}
}
