import Foundation

/// What tells whether two names lead to the same file, one that need not exist yet.
struct FileIdentity: Hashable {
    private enum Identity: Hashable {
        case file(device: UInt64, number: UInt64)
        /// A file that does not exist, in a directory that does.
        case entry(device: UInt64, directory: UInt64, name: String)
        case name(String)
        /// A device, a pipe or standard output: may be named twice.
        case stream(UUID)
    }

    private let identity: Identity

    init(_ path: String) {
        var status = stat()
        if path == "-" {
            identity = .stream(UUID())
        } else if stat(path, &status) != 0 {
            identity = Self.missing(path)
        } else if status.st_mode & S_IFMT == S_IFREG {
            identity = .file(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        } else if status.st_mode & S_IFMT == S_IFDIR {
            identity = .name(URL(fileURLWithPath: path).standardizedFileURL.path)
        } else {
            identity = .stream(UUID())
        }
    }

    /// Two links may lead to the directory.
    private static func missing(_ path: String) -> Identity {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        var directory = stat()
        guard stat(url.deletingLastPathComponent().path, &directory) == 0 else {
            return .name(url.path)
        }
        return .entry(
            device: UInt64(directory.st_dev), directory: UInt64(directory.st_ino),
            name: url.lastPathComponent)
    }
}
