import Glibc

/// A regular file that is looked into. Nothing else is opened: a pipe or a device would wait, or give away what
/// was meant for someone else.
package final class RegularFile {
    /// Bytes that it had when it was opened.
    package let size: Int64
    private let descriptor: Int32

    /// Opens a file; nil for anything else, and where that is impossible.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        // Another may have taken the name meanwhile.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    /// The bytes at a place: fewer than `count` at the end of the file, or none where it cannot be read.
    package func bytes(at position: Int64, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(descriptor, &bytes, count, off_t(position))
        return Array(bytes.prefix(max(0, read)))
    }
}
