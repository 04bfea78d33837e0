import CFFmpeg
import OutputFiles
import Synchronization

/// Writes frames as pictures, PNG, JPEG, BMP, TIFF and others that FFmpeg encodes: one to a name, or as many
/// as come to a pattern such as `out-%05d.png`, numbered from 1.
///
/// A single picture appears under its name when ``finish()`` succeeds; those of a pattern one by one, as
/// each is complete. Packets of other streams are left out.
public final class PictureWriter: FrameSink {
    private let state: Mutex<PictureState?>
    private let path: String

    /// Whether the extension of a name belongs to a format for pictures.
    public static func takes(_ path: String) -> Bool { PictureFormat(path: path) != nil }

    /// Checks that the output can be written; the encoder is opened with the first frame.
    ///
    /// - Parameters:
    ///   - path: The file, or a pattern; its extension chooses the format.
    ///   - source: Where the frames come from, as ``VideoReader/info`` has it.
    ///   - options: How to encode.
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public init(
        _ path: String, source: MediaInfo, options: VideoWriter.Options = VideoWriter.Options()
    ) throws {
        self.path = path
        state = Mutex(try PictureState(path: path, source: source, options: options))
    }

    /// Encodes a frame.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; also for a second frame where one picture was asked for.
    public func write(_ frame: VideoFrame) throws {
        try state.withLock { try withOpenSink($0, path: path) { try $0.write(frame) } }
    }

    /// Leaves the packet out: a picture holds nothing else.
    public func write(_ packet: MediaPacket) {}

    /// Completes the last picture and gives it its name.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; also when no frame was written.
    public func finish() throws -> SinkSummary {
        try state.withLock { state in
            let summary = try withOpenSink(state, path: path) { try $0.finish() }
            state = nil
            return summary
        }
    }

    /// Removes a picture that is not complete.
    public func discard() {
        state.withLock { $0 = nil }
    }
}
