import Foundation
import Testing

@testable import Model

/// Seeded parameters equal those of the reference implementation (Resources/weights/seeded.py) bit by
/// bit.
@Suite struct WeightsSeededTests {
    struct Row: Decodable, Sendable {
        var salt: String
        var key: String
        var shape: [Int]
        var hash: String
        var first: [UInt32]
        var last: UInt32
    }

    @Test func equalsTheReference() throws {
        let data = Data(try WeightsTestFiles.bytes("weights/seeded.json"))
        let rows = try JSONDecoder().decode([Row].self, from: data)
        #expect(rows.count == 76)
        for row in rows {
            let source = SeededParameters(salt: try #require(UInt64(row.salt)))
            let bits = try source.values(of: row.key, shape: row.shape).map(\.bitPattern)
            #expect(bits.count == row.shape.reduce(1, *))
            #expect(Array(bits.prefix(3)) == row.first, "\(row.key)")
            #expect(bits.last == row.last)
            let hash = bits.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, word in
                (0..<4).reduce(hash) { ($0 ^ UInt64(word >> ($1 * 8) & 0xFF)) &* 0x100_0000_01B3 }
            }
            #expect("\(hash)" == row.hash, "\(row.key), salt \(row.salt)")
        }
    }

    @Test func makesAnyShape() throws {
        let source = SeededParameters()
        #expect(source.shapes == nil)
        #expect(try source.values(of: "empty.weight", shape: [0, 3, 3, 3]).isEmpty)
        #expect(try source.values(of: "x", shape: []).count == 1)
    }
}
