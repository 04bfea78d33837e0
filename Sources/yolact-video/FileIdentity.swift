import Foundation

/// What tells whether two names lead to the same file, one that need not exist yet.
struct FileIdentity: Hashable {
    private enum Identity: Hashable {
        case file(device: UInt64, number: UInt64)
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
            identity = .name(URL(fileURLWithPath: path).standardizedFileURL.path)
        } else if status.st_mode & S_IFMT == S_IFREG {
            identity = .file(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        } else {
            identity = .stream(UUID())
        }
    }
}
