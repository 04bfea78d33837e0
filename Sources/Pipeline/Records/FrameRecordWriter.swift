import Foundation
public import Model
import OutputFiles
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
    private let state: Mutex<State>
    private static let bufferSize = 1 << 16

    private struct State {
        /// Negative once finished.
        var descriptor: Int32
        /// The file that ``descriptor`` belongs to, where it is one to be renamed.
        var file: OutputFile?
        /// The disk that ``file`` is on.
        var room: DiskRoom?
        var buffer: [UInt8] = []
        /// Whether a write failed because nobody reads any more.
        var hasLostItsReader = false
        /// Bytes of the file that are whole records.
        var wholeBytes = 0
        /// Records of a write that failed; some of them may be in the file.
        var failed: [UInt8] = []
        var memory = FrameRecord.Memory()
    }

    /// Opens a file for writing.
    ///
    /// - Parameters:
    ///   - path: The file; "-" means standard output.
    ///   - overwrite: Whether an existing file may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(path: String, overwrite: Bool) throws(FrameRecordError) {
        self.path = path
        var status = stat()
        if path == "-" {
            state = Mutex(State(descriptor: STDOUT_FILENO))
        } else if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG,
            status.st_mode & S_IFMT != S_IFDIR
        {
            // Renaming a file onto a device or a pipe would put the file in its place.
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw .system(path: path, operation: "opening for writing", code: errno)
            }
            state = Mutex(State(descriptor: descriptor))
        } else {
            do throws(OutputFileError) {
                let file = try OutputFile(path: path, replaces: overwrite)
                state = Mutex(
                    State(
                        descriptor: file.descriptor, file: file,
                        room: DiskRoom(besides: file.temporaryPath)))
            } catch {
                throw FrameRecordError(error)
            }
        }
    }

    deinit { discard() }

    /// Whether the records went to a pipe whose reader has gone.
    var hasLostItsReader: Bool { state.withLock { $0.hasLostItsReader } }

    /// Gives up: nothing is left behind under either name. Does nothing once finished.
    public func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            if let file = state.file {
                file.discard()
            } else if path != "-" {
                close(state.descriptor)
            }
            state.descriptor = -1
        }
    }

    /// After an error: keeps the whole records that could be written, and names them `NAME.partial.EXT`.
    ///
    /// - Returns: That name; nil where nothing could be kept, or the records did not go to a file.
    public func keepPart() -> String? {
        state.withLock { state in
            guard state.descriptor >= 0, let file = state.file else { return nil }
            try? flush(&state)
            let descriptor = state.descriptor
            state.descriptor = -1
            let end = Int(lseek(descriptor, 0, SEEK_CUR)) - state.wholeBytes
            let written = state.failed.prefix(max(0, end))
            let whole = written.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            ftruncate(descriptor, off_t(state.wholeBytes + whole))
            return file.keepPart()
        }
    }

    /// Writes a record.
    ///
    /// - Throws: ``FrameRecordError``, such as for a full disk (ENOSPC) or a reader that has gone
    ///   (EPIPE).
    public func write(_ record: FrameRecord) throws(FrameRecordError) {
        try write { record.appendLine(to: &$0) }
    }

    /// Writes a record of what the network found, without taking memory for each; the parameters are those
    /// of ``FrameRecord/init(frame:time:instances:classNames:width:height:)``.
    ///
    /// - Throws: ``FrameRecordError`` and ``RunLengthError``.
    public func write(
        frame: Int, time: Double?, instances: [Instance], classNames: [String], width: Int,
        height: Int
    ) throws {
        try state.withLock { state in
            guard state.descriptor >= 0 else { throw FrameRecordError.finished(path: path) }
            var record = try FrameRecord(
                frame: frame, time: time, instances: instances, classNames: classNames,
                width: width, height: height, memory: &state.memory)
            record.appendLine(to: &state.buffer)
            record.giveBack(to: &state.memory)
            try flushIfDue(&state)
        }
    }

    /// Writes what `append` appends, as a whole.
    func write(_ append: (inout [UInt8]) -> Void) throws(FrameRecordError) {
        try state.withLock { state throws(FrameRecordError) in
            guard state.descriptor >= 0 else { throw .finished(path: path) }
            append(&state.buffer)
            try flushIfDue(&state)
        }
    }

    /// Writes what is still buffered, closes the file and gives it its name.
    ///
    /// - Throws: ``FrameRecordError``. The file does not appear then; ``keepPart()`` keeps what there is.
    public func finish() throws(FrameRecordError) {
        try state.withLock { state throws(FrameRecordError) in
            guard state.descriptor >= 0 else { throw .finished(path: path) }
            try flush(&state)
            let descriptor = state.descriptor
            if let file = state.file {
                do throws(OutputFileError) {
                    _ = try file.publish()
                } catch {
                    throw FrameRecordError(error)
                }
            }
            state.descriptor = -1
            if state.file == nil, path != "-", close(descriptor) != 0 {
                // A network file system may report here that it could not keep what it took.
                throw .system(path: path, operation: "closing", code: errno)
            }
        }
    }

    /// What is no regular file gets every line at once.
    private func flushIfDue(_ state: inout State) throws(FrameRecordError) {
        if state.file == nil || state.buffer.count >= Self.bufferSize { try flush(&state) }
    }

    private func flush(_ state: inout State) throws(FrameRecordError) {
        let descriptor = state.descriptor
        let isFull = state.room.map { !$0.holds(state.buffer.count) } ?? false
        let code =
            isFull
            ? ENOSPC
            : state.buffer.withUnsafeBytes { bytes in
                PipeSignal.withholding { writeAll(bytes, to: descriptor) }
            }
        defer { state.buffer.removeAll(keepingCapacity: true) }
        if code == 0 {
            state.wholeBytes += state.buffer.count
        } else if state.failed.isEmpty {
            state.failed = state.buffer
            state.hasLostItsReader = code == EPIPE
        }
        guard code == 0 else { throw .system(path: path, operation: "writing", code: code) }
    }
}

extension FrameRecordError {
    init(_ error: OutputFileError) {
        switch (error.operation, error.code) {
        case (_, EEXIST): self = .exists(path: error.path)
        case (.create, EISDIR), (.create, EINVAL):
            self = .unsuitable(path: error.path, reason: error.reason)
        case (.create, _):
            self = .system(path: error.path, operation: "opening for writing", code: error.code)
        case (.write, _), (.complete, _):
            self = .system(path: error.path, operation: "writing", code: error.code)
        case (.name, _):
            self = .system(path: error.path, operation: "renaming to it", code: error.code)
        }
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
