import Foundation
import OutputFiles
import Synchronization

/// Appends lines to a file, or to standard output for `-`, on a thread of its own. Files are cut by size, and
/// a full disk costs lines, which are counted, but never the run.
///
/// `@unchecked Sendable`: `waiting` and `isClosed` are touched only while `condition` is held, `file` only by
/// the log's thread.
public final class StreamRecordLog: @unchecked Sendable {
    /// What has been written.
    public struct Status: Sendable, Hashable {
        /// Lines written.
        public var written = 0
        /// Lines lost: the disk was full, or it was too slow.
        public var lost = 0
        /// Times that a new file was begun because the old one was large.
        public var rotations = 0
        /// The last failure.
        public var lastError: String?
    }

    /// Old files that are kept, unless asked otherwise.
    public static let keptFiles = 5

    /// Lines that may wait for the disk.
    private static let capacity = 4096

    private let path: String
    private let largestSize: Int64?
    private let kept: Int
    private let log: StreamLog
    private let condition = NSCondition()
    private var waiting: [[UInt8]] = []
    private var isClosed = false
    private let state = Mutex(Status())
    private let ended = DispatchSemaphore(value: 0)

    /// Opens the file for appending and starts the thread.
    ///
    /// - Parameters:
    ///   - path: The file; "-" means standard output.
    ///   - largestSize: Bytes after which `path` becomes `path.1`, `path.1` becomes `path.2` and so on; nil
    ///     for no limit.
    ///   - kept: Old files that are kept.
    ///   - log: Told of failures.
    /// - Throws: ``FrameRecordError`` where it cannot be opened.
    public init(
        path: String, largestSize: Int64? = nil, kept: Int = keptFiles,
        log: @escaping StreamLog = { _ in }
    ) throws(FrameRecordError) {
        self.path = path
        self.largestSize = path == "-" ? nil : largestSize
        self.kept = max(1, kept)
        self.log = log
        let descriptor = try Self.open(path)
        let thread = Thread { [self] in
            run(descriptor)
            ended.signal()
        }
        thread.name = "records"
        thread.start()
    }

    /// What has been written so far. Any thread.
    public var status: Status { state.withLock { $0 } }

    /// Adds a line, its line break included. Never waits.
    public func append(_ line: [UInt8]) {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, waiting.count < Self.capacity else {
            return state.withLock { $0.lost += 1 }
        }
        waiting.append(line)
        condition.signal()
    }

    /// Writes what waits, for `seconds` at most, and closes the file.
    public func close(within seconds: Double = 0.8) {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
        if ended.wait(timeout: .now() + seconds) == .success { return _ = ended.signal() }
        // Nobody waits for a disk that hangs.
        condition.lock()
        defer { condition.unlock() }
        state.withLock { $0.lost += waiting.count }
        waiting = []
    }

    private func take() -> [[UInt8]]? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty {
            if isClosed { return nil }
            condition.wait()
        }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting
    }

    private func run(_ first: Int32) {
        var descriptor = first
        defer { if path != "-", descriptor >= 0 { Glibc.close(descriptor) } }
        while let lines = take() {
            for line in lines {
                if descriptor < 0 { descriptor = (try? Self.open(path)) ?? -1 }
                rotate(&descriptor, for: line.count)
                let code = descriptor < 0 ? ENOENT : write(line, to: descriptor)
                report(code)
            }
        }
    }

    private func report(_ code: Int32) {
        let isNew = state.withLock { state -> Bool in
            guard code != 0 else {
                state.written += 1
                let wasFailing = state.lastError != nil
                state.lastError = nil
                return wasFailing
            }
            state.lost += 1
            defer { state.lastError = String(cString: strerror(code)) }
            return state.lastError == nil
        }
        guard isNew else { return }
        if code == 0 {
            log(StreamMessage(.info, "\(path): writing again, \(status.lost) lines were lost"))
        } else {
            let reason = String(cString: strerror(code))
            log(StreamMessage(.error, "\(path): cannot write: \(reason); lines are lost"))
        }
    }

    /// Writes a whole line, or takes back what was written of it. Gives 0 or an errno.
    private func write(_ line: [UInt8], to descriptor: Int32) -> Int32 {
        let start = lseek(descriptor, 0, SEEK_END)
        let code = line.withUnsafeBytes { bytes in
            PipeSignal.withholding { writeAll(bytes, to: descriptor) }
        }
        if code != 0 && start >= 0 { _ = ftruncate(descriptor, start) }
        return code
    }

    private func rotate(_ descriptor: inout Int32, for count: Int) {
        guard let largestSize, descriptor >= 0 else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size > 0, Int64(status.st_size) + Int64(count) > largestSize
        else { return }
        for number in stride(from: kept - 1, to: 0, by: -1) {
            _ = rename("\(path).\(number)", "\(path).\(number + 1)")
        }
        guard rename(path, "\(path).1") == 0 else { return }
        Glibc.close(descriptor)
        descriptor = (try? Self.open(path)) ?? -1
        state.withLock { $0.rotations += 1 }
    }

    private static func open(_ path: String) throws(FrameRecordError) -> Int32 {
        if path == "-" { return 1 }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .system(path: path, operation: "opening for writing", code: errno)
        }
        return descriptor
    }
}
