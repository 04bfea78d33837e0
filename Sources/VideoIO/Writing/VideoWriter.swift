import Synchronization

/// Encodes frames into a file and copies the source's other streams, tags and chapters beside them.
///
/// The file appears under its name when ``finish()`` succeeds, not before. Frames and packets may be
/// written from different threads.
public final class VideoWriter: FrameSink {
    private let state: Mutex<WriterState?>
    private let path: String

    /// Checks that the output can be written and makes the temporary file; encoder and container are
    /// opened with the first frame.
    ///
    /// - Parameters:
    ///   - path: The file; its extension chooses the container.
    ///   - source: Where the frames come from, as ``VideoReader/info`` has it.
    ///   - options: How to encode.
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public init(_ path: String, source: MediaInfo, options: Options = Options()) throws {
        self.path = path
        state = Mutex(try WriterState(path: path, source: source, options: options))
    }

    /// Encodes a frame. Frames of another size than the first are scaled into it.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func write(_ frame: VideoFrame) throws {
        try state.withLock { try withOpenSink($0, path: path) { try $0.write(frame) } }
    }

    /// Copies a packet; one of a stream that the container does not hold is left out.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func write(_ packet: MediaPacket) throws {
        try state.withLock { try withOpenSink($0, path: path) { try $0.write(packet) } }
    }

    /// Frames that the encoder keeps inside.
    public var framesHeld: Int { state.withLock { $0?.framesHeld ?? 0 } }

    /// Completes the file and gives it its name.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; also when no frame was written. Nothing is left then,
    ///   unless ``keepPart()`` is called.
    public func finish() throws -> SinkSummary {
        try state.withLock { state in
            defer { if state?.hasFrames == false { state = nil } }
            let summary = try withOpenSink(state, path: path) { try $0.finish() }
            state = nil
            return summary
        }
    }

    /// After an error: completes what was written, and names it `NAME.partial.EXT`.
    ///
    /// - Returns: That name; nil where nothing could be kept.
    public func keepPart() -> String? {
        state.withLock { state in
            defer { state = nil }
            return state?.keepPart()
        }
    }

    /// Removes what has been written.
    public func discard() {
        state.withLock { $0 = nil }
    }
}
