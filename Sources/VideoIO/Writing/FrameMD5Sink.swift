public import Foundation
import OutputFiles
import Synchronization

/// Writes a line with an MD5 sum for each frame, as `ffmpeg -f framemd5` does:
/// `ffmpeg -i IN -map 0:v:0 -fps_mode passthrough -enc_time_base -1 -f framemd5 OUT` gives the same
/// lines. The sums are over the samples alone, without padding.
public final class FrameMD5Sink: FrameSink {
    private let state: Mutex<FrameMD5State?>
    private let path: String

    /// Creates a file, which appears under its name when ``finish()`` succeeds.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public init(_ path: String, overwrite: Bool = false) throws {
        self.path = path
        let file = try VideoError.converting { () throws(OutputFileError) in
            try OutputFile(path: path, replaces: overwrite)
        }
        state = Mutex(FrameMD5State(path: path, url: "file:" + file.temporaryPath, file: file))
    }

    /// Writes to an open file, such as standard output; it is not closed.
    public init(_ handle: FileHandle) {
        path = "descriptor \(handle.fileDescriptor)"
        let url = "pipe:\(handle.fileDescriptor)"
        state = Mutex(FrameMD5State(path: path, url: url, file: nil))
    }

    /// Writes a line for a frame.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func write(_ frame: VideoFrame) throws {
        try state.withLock { try withOpenSink($0, path: path) { try $0.write(frame) } }
    }

    /// Leaves the packet out: the sums are about pictures.
    public func write(_ packet: MediaPacket) {}

    /// Completes the file.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; also when no frame was written.
    public func finish() throws -> SinkSummary {
        try state.withLock { state in
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
