/// Why a model could not be downloaded.
public struct DownloadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What sort of failure it is.
    public enum Kind: Equatable, Sendable {
        /// No connection: unknown host, refused, no network.
        case connection
        /// The server answered with this HTTP status.
        case status(Int)
        /// The server sent an HTML page instead of the file.
        case webPage
        /// The connection ended early; what came is kept, and the next call goes on from there.
        case interrupted
        /// The file is not the expected one: size, digest or contents.
        case wrongFile
        /// Another process is downloading the same file.
        case busy
        /// The task was cancelled; what came is kept.
        case cancelled
        /// The file could not be written.
        case cannotWrite
    }

    /// What sort of failure it is.
    public var kind: Kind
    /// The address, or the path if the failure was on this side.
    public var source: String
    /// What went wrong, without the address.
    public var detail: String

    /// Creates an error.
    public init(_ kind: Kind, source: String, _ detail: String) {
        self.kind = kind
        self.source = source
        self.detail = detail
    }

    /// Address and failure in one line.
    public var description: String { "\(source): \(detail)" }
}

/// How far a download is.
public struct DownloadProgress: Sendable, Hashable {
    /// Bytes that are there, those of earlier attempts included.
    public var receivedByteCount: Int
    /// Size of the file, if the server tells it.
    public var totalByteCount: Int?
}
