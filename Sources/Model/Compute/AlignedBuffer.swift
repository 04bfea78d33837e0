import Foundation

/// A block of memory aligned for vector instructions, freed with the object.
///
/// Large blocks are mapped from the system, which gives zeroed pages as they are touched, takes them back at
/// once when the block goes, and is asked for large pages: a network's weights and working memory are
/// hundreds of megabytes, and as many page faults of 4 KB would be a good part of its start.
///
/// `@unchecked Sendable`: whoever holds a buffer hands it on as a whole (a stage of a pipeline to the
/// next); it is never written by two threads at once.
public final class AlignedBuffer: @unchecked Sendable {
    /// The memory.
    public let bytes: UnsafeMutableRawBufferPointer

    static let alignment = 64
    /// Blocks of at least this size are mapped.
    static let mappedSize = 1 << 20
    private static let largePage = 2 << 20

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
        // Large pages begin at multiples of their size; what lies before the first goes back.
        let isLarge = count >= largePage
        let reserved = isLarge ? count + largePage : count
        let protection = PROT_READ | PROT_WRITE
        guard
            let address = mmap(nil, reserved, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            address != MAP_FAILED
        else { return nil }
        guard isLarge else { return address }
        let page = Int(getpagesize())
        let lead = (largePage - Int(bitPattern: address) % largePage) % largePage
        let end = (lead + count + page - 1) / page * page
        if lead > 0 { munmap(address, lead) }
        if end < reserved { munmap(address + end, reserved - end) }
        // A wish; without large pages it works as well.
        madvise(address + lead, count, MADV_HUGEPAGE)
        return address + lead
    }
}
