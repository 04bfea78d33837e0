import Foundation
import Synchronization

/// Writes frame records as NDJSON.
///
/// A file is written under a temporary name beside its own and renamed by ``finish()``; without that
/// call the writer removes it when it goes away. What is no regular file, such as standard output, a
/// pipe or a device, is written to directly, and line by line, so that a reader sees each frame at once.
///
/// Records from several threads come out whole, in the order in which they take the writer's lock.
public final class FrameRecordWriter: Sendable {
    /// The path that the records are written to; "-" for standard output.
    public let path: String
    private let temporaryPath: String?
    private let replaces: Bool
    private let buffersLines: Bool
    private let state: Mutex<State>
    private static let bufferSize = 1 << 16

    private struct State {
        /// Negative once finished.
        var descriptor: Int32
        var buffer: [UInt8] = []
    }

    /// Opens a file for writing.
    ///
    /// - Parameters:
    ///   - path: The file; "-" means standard output.
    ///   - overwrite: Whether an existing file may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(path: String, overwrite: Bool) throws(FrameRecordError) {
        self.path = path
        replaces = overwrite
        var status = stat()
        let descriptor: Int32
        if path == "-" {
            (descriptor, temporaryPath, buffersLines) = (1, nil, false)
        } else if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            // Renaming a file onto a device or a pipe would put the file in its place.
            descriptor = try Self.open(path, O_WRONLY)
            (temporaryPath, buffersLines) = (nil, false)
        } else if !overwrite && access(path, F_OK) == 0 {
            throw .exists(path: path)
        } else {
            let temporary = "\(path).partial-\(getpid())"
            descriptor = try Self.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, naming: path)
            (temporaryPath, buffersLines) = (temporary, true)
        }
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { discard() }

    /// Gives up: nothing is left behind under either name. Does nothing once finished.
    public func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            if path != "-" { close(state.descriptor) }
            if let temporaryPath { unlink(temporaryPath) }
            state.descriptor = -1
        }
    }

    /// Writes a record.
    ///
    /// - Throws: ``FrameRecordError``, such as for a full disk (ENOSPC) or a reader that has gone
    ///   (EPIPE).
    public func write(_ record: FrameRecord) throws(FrameRecordError) {
        try write { record.appendLine(to: &$0) }
    }

    /// Writes what `append` appends, as a whole.
    func write(_ append: (inout [UInt8]) -> Void) throws(FrameRecordError) {
        try state.withLock { state throws(FrameRecordError) in
            guard state.descriptor >= 0 else { throw .finished(path: path) }
            append(&state.buffer)
            if !buffersLines || state.buffer.count >= Self.bufferSize { try flush(&state) }
        }
    }

    /// Writes what is still buffered, closes the file and gives it its name.
    ///
    /// - Throws: ``FrameRecordError``. The file does not appear then.
    public func finish() throws(FrameRecordError) {
        try state.withLock { state throws(FrameRecordError) in
            guard state.descriptor >= 0 else { throw .finished(path: path) }
            try flush(&state)
            let descriptor = state.descriptor
            state.descriptor = -1
            guard path != "-" else { return }
            let closed = close(descriptor)
            do throws(FrameRecordError) {
                // A network file system may report here that it could not keep what it took.
                guard closed == 0 else {
                    throw .system(path: path, operation: "closing", code: errno)
                }
                try appear()
            } catch {
                if let temporaryPath { unlink(temporaryPath) }
                throw error
            }
        }
    }

    /// Gives the finished file its name.
    private func appear() throws(FrameRecordError) {
        guard let temporaryPath else { return }
        if !replaces && access(path, F_OK) == 0 { throw .exists(path: path) }
        guard rename(temporaryPath, path) == 0 else {
            throw .system(path: path, operation: "renaming to it", code: errno)
        }
    }

    private func flush(_ state: inout State) throws(FrameRecordError) {
        let descriptor = state.descriptor
        let code = state.buffer.withUnsafeBytes { bytes in
            PipeSignal.withholding { Self.writeAll(bytes, to: descriptor) }
        }
        state.buffer.removeAll(keepingCapacity: true)
        guard code == 0 else { throw .system(path: path, operation: "writing", code: code) }
    }

    /// Writes all bytes; returns 0 or an errno.
    static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let written = Glibc.write(
                descriptor, bytes.baseAddress! + offset, bytes.count - offset)
            if written > 0 {
                offset += written
            } else if errno == EAGAIN {
                // A pipe set to non-blocking by whoever shares it: wait until it takes more.
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&poller, 1, -1) < 0 && errno != EINTR { return errno }
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    private static func open(
        _ path: String, _ flags: Int32, naming shown: String? = nil
    ) throws(FrameRecordError) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .system(path: shown ?? path, operation: "opening for writing", code: errno)
        }
        return descriptor
    }
}

/// Turns the signal for a pipe without reader into an error of the write alone.
enum PipeSignal {
    /// Runs `body` with SIGPIPE withheld from this thread; one that `body` caused is discarded. The
    /// process's own handling of the signal stays as it is.
    static func withholding(_ body: () -> Int32) -> Int32 {
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        var pending = sigset_t()
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        let result = body()
        if result == EPIPE && !wasPending {
            var noWait = timespec()
            while sigtimedwait(&pipe, nil, &noWait) < 0 && errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return result
    }
}
