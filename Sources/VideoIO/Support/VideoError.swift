import CFFmpeg
import OutputFiles

/// What went wrong with a file or stream: where, while doing what, and FFmpeg's or the system's words.
public struct VideoError: Error, Sendable, CustomStringConvertible {
    /// Whose fault it is; tells exit codes apart.
    public enum Kind: Sendable, Hashable {
        /// The input does not exist, is a directory or cannot be connected to or read.
        case noInput
        /// The input is no media, or it has no video stream, or nothing here can decode it.
        case notDecodable
        /// The output exists, cannot be created, has no encoder or container, or the disk is full.
        case cannotWrite
        /// Anything else: out of memory, a library that breaks its own contract.
        case `internal`
    }

    /// Whose fault it is.
    public let kind: Kind
    /// The file or URL; empty where none is concerned.
    public let path: String
    /// What was being done: "open", "write the header".
    public let operation: String
    /// FFmpeg's or the system's text.
    public let reason: String

    /// Creates an error. Passwords in URLs are taken out.
    public init(_ kind: Kind, path: String, operation: String, reason: String) {
        self.kind = kind
        self.path = redactedAddress(path)
        self.operation = operation
        self.reason = redacted(reason)
    }

    /// One line: path, operation, reason.
    public var description: String {
        (path.isEmpty ? "" : "\(path): ") + "cannot \(operation): \(reason)"
    }
}

extension VideoError {
    /// An error from an FFmpeg return code and what FFmpeg said in its log meanwhile.
    init(_ kind: Kind, path: String, operation: String, code: Int32, log: [String] = []) {
        var reason = ffmpegText(code)
        let said = log.filter { !$0.isEmpty && $0 != reason }.prefix(3).joined(separator: "; ")
        if !said.isEmpty { reason += " (\(said))" }
        self.init(kind, path: path, operation: operation, reason: reason)
    }

    /// An error from `errno`.
    init(_ kind: Kind, path: String, operation: String, errno code: Int32) {
        self.init(kind, path: path, operation: operation, reason: systemText(code))
    }

    /// An error of the file that an output goes to.
    init(_ error: OutputFileError) {
        self.init(
            .cannotWrite, path: error.path, operation: error.operation.rawValue,
            reason: error.reason)
    }

    /// Runs a body with errors of output files turned into errors of this kind.
    static func converting<R>(_ body: () throws(OutputFileError) -> R) throws(VideoError) -> R {
        do {
            return try body()
        } catch {
            throw VideoError(error)
        }
    }
}
