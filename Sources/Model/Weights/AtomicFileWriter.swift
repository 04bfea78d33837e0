import Foundation

/// Writes a file under a temporary name beside its own and renames it when it is complete, so that the
/// name never stands for half a file.
struct AtomicFileWriter: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let overwrites: Bool
    private let descriptor: Int32
    private var isFinished = false

    /// Starts a file. Without `overwrites` an existing one of that name is an error, now or at the end.
    init(path: String, overwrites: Bool) throws(WeightsError) {
        if !overwrites, access(path, F_OK) == 0 { throw Self.exists(path) }
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 36)
        let temporaryPath = "\(path).partial-\(getpid())-\(suffix)"
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.systemError(path, "cannot create") }
        self.path = path
        self.overwrites = overwrites
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(temporaryPath) }
    }

    /// Appends bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = writeOnce(rest)
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.systemError(path, "cannot write")
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Puts the complete file under its own name.
    mutating func finish() throws(WeightsError) {
        guard fsync(descriptor) == 0 else { throw Self.systemError(path, "cannot write") }
        // A hard link fails if the name is taken, where a rename would replace the file.
        if !overwrites, link(temporaryPath, path) == 0 { return }
        if !overwrites, errno == EEXIST || access(path, F_OK) == 0 { throw Self.exists(path) }
        guard rename(temporaryPath, path) == 0 else {
            throw Self.systemError(path, "cannot rename")
        }
        isFinished = true
    }

    private func writeOnce(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        let buffer = UnsafeRawBufferPointer(rebasing: bytes)
        return Foundation.write(descriptor, buffer.baseAddress, buffer.count)
    }

    private static func exists(_ path: String) -> WeightsError {
        WeightsError(.cannotWrite, path: path, "the file exists and is not to be overwritten")
    }

    private static func systemError(_ path: String, _ operation: String) -> WeightsError {
        WeightsError(.cannotWrite, path: path, "\(operation): \(String(cString: strerror(errno)))")
    }
}
