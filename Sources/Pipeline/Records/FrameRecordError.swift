import OutputFiles

/// Why a record file could not be written or read.
public enum FrameRecordError: Error, Equatable, CustomStringConvertible {
    /// The operating system refused; `code` is its errno.
    case system(path: String, operation: String, code: Int32)
    /// The path names something that no file can be written to.
    case unsuitable(path: String, reason: String)
    /// The file exists and was not to be replaced.
    case exists(path: String)
    /// A line that is no record. Lines count from 1.
    case malformed(path: String, line: Int, reason: String)
    /// A line longer than any record, such as in a file of another kind.
    case lineTooLong(path: String, line: Int, limit: Int)
    /// A record was written after ``FrameRecordWriter/finish()``.
    case finished(path: String)

    /// The problem in one line.
    public var description: String {
        func name(_ path: String) -> String { path == "-" ? "standard output" : path }
        return switch self {
        case .system(let path, let operation, let code):
            "\(name(path)): \(operation) failed: \(systemText(code))"
        case .unsuitable(let path, let reason):
            "\(path): \(reason)"
        case .exists(let path):
            "\(path): the file exists already"
        case .malformed(let path, let line, let reason):
            "\(path), line \(line): \(reason)"
        case .lineTooLong(let path, let line, let limit):
            "\(path), line \(line): longer than \(limit) bytes, so not a frame record"
        case .finished(let path):
            "\(name(path)): written to after it was finished"
        }
    }
}
