import CFFmpeg
import Glibc

/// Feeds a demuxer from a pipe. FFmpeg's own reading of pipes blocks in the system where no interrupt
/// reaches it; this waits for data and for the interrupt both.
final class PipeInput: InputSource {
    private let descriptor: Int32
    private let flag: InterruptFlag

    /// Opens a named pipe, or standard input for `-`.
    init(path: String, flag: InterruptFlag) throws {
        // Not blocking: opening a named pipe would otherwise wait for its writer.
        let descriptor =
            path == "-"
            ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
            : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw VideoError(.noInput, path: path, operation: "open", errno: errno)
        }
        self.descriptor = descriptor
        self.flag = flag
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32 {
        while !flag.isInterrupted && !flag.isOverdue {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // As often as FFmpeg looks at the flag in its own protocols.
            let ready = poll(&waiting, 1, 100)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            if ready < 0 { return -errno }
            let bytes = Glibc.read(descriptor, buffer, Int(count))
            if bytes > 0 { return Int32(bytes) }
            if bytes == 0 { return YV_ERROR_EOF }
            if errno != EAGAIN && errno != EINTR { return -errno }
        }
        return YV_ERROR_EXIT
    }
}
