import CZlib
import Foundation
import OutputFiles

/// A file mapped read-only into memory: parts that are never looked at are never read, and pages that
/// were can be given back by the system at any time.
///
/// `@unchecked Sendable` is safe because the mapping is private, read-only and of fixed size from `init`
/// to `deinit`.
final class MappedFile: @unchecked Sendable {
    let path: String
    /// Size in bytes, never 0.
    let count: Int
    private let base: UnsafeRawPointer

    init(path: String) throws(WeightsError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.systemError(path, "cannot open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.systemError(path, "cannot stat") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw WeightsError(
                .cannotRead, path: path, isDirectory ? "is a directory" : "is not a regular file")
        }
        count = Int(status.st_size)
        guard count > 0 else { throw WeightsError(.empty, path: path, "the file is empty") }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
            address != MAP_FAILED
        else { throw Self.systemError(path, "cannot map") }
        base = UnsafeRawPointer(address)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }

    /// Calls `body` with the bytes of `range`, which must lie inside the file.
    func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        defer { withExtendedLifetime(self) {} }
        return try body(
            UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Lets the system take back the pages that lie in `range`, which must lie inside the file, as far as this
    /// process is concerned. Looking at them again brings them back.
    func forget(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let page = Int(getpagesize())
        let first = (range.lowerBound + page - 1) / page * page
        // The last page of the file is its own even if the file ends inside of it.
        let last = range.upperBound == count ? count : range.upperBound / page * page
        guard first < last else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + first), last - first, MADV_DONTNEED)
    }

    /// The bytes of `range` cut to the file.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        withBytes(range.clamped(to: 0..<count)) { [UInt8]($0) }
    }

    /// CRC-32 (that of zip and gzip) of the bytes of `range`, which must lie inside the file.
    func checksum(_ range: Range<Int>) -> UInt32 {
        withBytes(range) { bytes in
            UInt32(
                crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
        }
    }

    /// An error about this file.
    func error(_ kind: WeightsError.Kind, at offset: Int? = nil, _ detail: String) -> WeightsError {
        WeightsError(kind, path: path, offset: offset, detail)
    }

    private static func systemError(_ path: String, _ operation: String) -> WeightsError {
        WeightsError(.cannotRead, path: path, "\(operation): \(systemText(errno))")
    }
}
