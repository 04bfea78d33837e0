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
    public init(byteCount: Int) {
        if byteCount >= Self.mappedSize, let start = Self.map(byteCount) {
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
    private static func map(_ count: Int) -> UnsafeMutableRawPointer? {
        let address = mmap(
            nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return address == MAP_FAILED ? nil : address
    }
}
