/// A block of memory aligned for vector instructions, freed with the object.
///
/// `@unchecked Sendable`: whoever holds a buffer hands it on as a whole (a stage of a pipeline to the
/// next); it is never written by two threads at once.
public final class AlignedBuffer: @unchecked Sendable {
    /// The memory.
    public let bytes: UnsafeMutableRawBufferPointer

    static let alignment = 64

    /// The next multiple of ``alignment``.
    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

    /// Allocates `byteCount` bytes, zeroed.
    public init(byteCount: Int) {
        bytes = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// Allocates room for `count` floats, zeroed.
    public convenience init(floatCount count: Int) {
        self.init(byteCount: count * MemoryLayout<Float>.stride)
    }

    deinit { bytes.deallocate() }

    /// The memory as floats.
    public var floats: UnsafeMutableBufferPointer<Float> { bytes.bindMemory(to: Float.self) }
}
