import Foundation

/// A block of memory aligned for vector instructions, freed with the object.
///
/// Large blocks are mapped from the system, which zeroes pages as they are touched and takes them back at once
/// when the block goes: what loading a network needs for a moment does not stay in the heap.
///
/// `@unchecked Sendable`: whoever holds a buffer hands it on as a whole (a stage of a pipeline to the
/// next); it is never written by two threads at once.
public final class AlignedBuffer: @unchecked Sendable {
    /// The memory.
    public let bytes: UnsafeMutableRawBufferPointer

    static let alignment = 64
    /// Blocks of at least this size are mapped.
    static let mappedSize = 1 << 20

    private let isMapped: Bool

    /// The next multiple of ``alignment``.
    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

    /// Allocates `byteCount` bytes, zeroed.
    public convenience init(byteCount: Int) {
        self.init(byteCount: byteCount, prefersLargePages: false)
    }

    /// - Parameter prefersLargePages: For memory that is used all over, again and again, such as that of a
    ///   network: what its pages take of the processor's table of addresses counts then.
    init(byteCount: Int, prefersLargePages: Bool) {
        if byteCount >= Self.mappedSize, let start = Self.map(byteCount, prefersLargePages) {
            bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
            isMapped = true
        } else {
            bytes = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            isMapped = false
        }
    }

    /// Allocates room for `count` floats, zeroed.
    public convenience init(floatCount count: Int) {
        self.init(byteCount: count * MemoryLayout<Float>.stride)
    }

    /// A copy of `values`, zeros behind them up to `count` floats.
    convenience init(_ values: [Float], filledUpTo count: Int = 0) {
        self.init(floatCount: max(values.count, count))
        _ = floats.update(from: values)
    }

    deinit {
        if isMapped {
            munmap(bytes.baseAddress, bytes.count)
        } else {
            bytes.deallocate()
        }
    }

    /// The memory as floats.
    public var floats: UnsafeMutableBufferPointer<Float> { bytes.bindMemory(to: Float.self) }

    /// nil where the system refuses.
    private static func map(
        _ count: Int, _ prefersLargePages: Bool
    ) -> UnsafeMutableRawPointer? {
        guard
            let address = mmap(
                nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            address != MAP_FAILED
        else { return nil }
        // A wish; the parts that begin and end with a large page get them, if the system has any.
        if prefersLargePages { madvise(address, count, MADV_HUGEPAGE) }
        return address
    }
}
