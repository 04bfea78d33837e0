import Foundation

/// The bytes of an input file: mapped where that is possible, so that the system can take pages back
/// that are no longer looked at, else read (pipes).
///
/// `@unchecked Sendable` is safe because the bytes are never written to from `init` to `deinit`.
final class EvaluationFile: @unchecked Sendable {
    let path: String
    private let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    init(path: String) throws(EvaluationError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .system(path: path, operation: "opening", code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system(path: path, operation: "opening", code: errno)
        }
        if status.st_mode & S_IFMT == S_IFREG {
            guard status.st_size > 0 else {
                throw .inconsistent(path: path, reason: "the file is empty")
            }
            let count = Int(status.st_size)
            guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
                address != MAP_FAILED
            else { throw .system(path: path, operation: "mapping", code: errno) }
            bytes = UnsafeRawBufferPointer(start: address, count: count)
            isMapped = true
        } else {
            let contents = try Self.readAll(descriptor, path)
            let copy = UnsafeMutableRawBufferPointer.allocate(
                byteCount: contents.count, alignment: 16)
            copy.copyBytes(from: contents)
            bytes = UnsafeRawBufferPointer(copy)
            isMapped = false
        }
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
        } else {
            bytes.deallocate()
        }
    }

    /// Calls `body` with the file's bytes; what it finds wrong is reported with the path.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(JSONFault) -> Result
    ) throws(EvaluationError) -> Result {
        defer { withExtendedLifetime(self) {} }
        do throws(JSONFault) {
            return try body(bytes)
        } catch {
            throw .malformed(
                path: path, offset: error.offset, place: error.trimmedPlace, reason: error.reason)
        }
    }

    private static func readAll(
        _ descriptor: Int32, _ path: String
    ) throws(EvaluationError) -> [UInt8] {
        var contents: [UInt8] = []
        while true {
            let start = contents.count
            let size = max(1 << 16, start)
            contents.append(contentsOf: repeatElement(0, count: size))
            let count = contents.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress! + start, size)
            }
            let code = errno
            contents.removeLast(size - max(count, 0))
            if count == 0 { return contents }
            guard count > 0 || code == EINTR else {
                throw .system(path: path, operation: "reading", code: code)
            }
        }
    }
}
