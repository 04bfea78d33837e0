import Foundation
import Testing

@testable import Model

@Suite struct AlignedBufferTests {
    /// Sizes on both sides of where memory is mapped.
    @Test(arguments: [0, 1, 4097, (1 << 20) - 1, 1 << 20, (5 << 20) + 3])
    func memoryIsAlignedZeroedAndAllThere(byteCount: Int) {
        for round in 0..<4 {
            let buffer = AlignedBuffer(
                byteCount: byteCount, prefersLargePages: round % 2 == 1)
            #expect(buffer.bytes.count == max(byteCount, byteCount == 0 ? 1 : 0))
            #expect(Int(bitPattern: buffer.bytes.baseAddress) % AlignedBuffer.alignment == 0)
            #expect(buffer.bytes.allSatisfy { $0 == 0 })
            // What the next one may get must be zeroed as well.
            buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
            #expect(buffer.bytes.last == 0xA5)
        }
    }

    @Test func pagesOfAFileComeBackAfterTheyWereForgotten() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "forgotten-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = (0..<50_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try MappedFile(path: path)
        for range in [0..<50_001, 10..<20, 4096..<8192, 5000..<40_000, 50_001..<50_001] {
            file.forget(range)
            #expect(file.bytes(0..<50_001) == bytes)
        }
    }
}
