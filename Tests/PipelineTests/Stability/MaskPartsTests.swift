import Foundation
import Model
import Testing

@testable import Pipeline

/// Connected parts of masks.
@Suite struct MaskPartsTests {
    /// A mask drawn with characters, in the middle of a larger picture.
    private static func mask(_ rows: [String]) -> InstanceMask {
        InstanceMask(
            region: PixelRectangle(x: 7, y: 5, width: rows.first?.count ?? 0, height: rows.count),
            pixels: rows.flatMap { $0.map { $0 == "#" ? 1 : 0 } })
    }

    @Test func partsOfKnownMasks() {
        func expect(
            _ rows: [String], _ count: Int, _ specks: Int,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let parts = MaskParts(Self.mask(rows))
            #expect(parts.count == count, sourceLocation: sourceLocation)
            #expect(parts.specks == specks, sourceLocation: sourceLocation)
        }
        expect([], 0, 0)
        expect(["...", "..."], 0, 0)
        expect(["###", "###"], 1, 0)
        // A corner does not join.
        expect(["##..", "##..", "..##", "..##"], 2, 2)
        // Joined from below only, and around a hole.
        expect(["#.#.#", "#.#.#", "#####"], 1, 0)
        expect(["#####", "#...#", "#.#.#", "#...#", "#####"], 2, 1)
        // Two runs over one, one over two.
        expect([".###.", "##.##", ".#.#.", "....."], 1, 0)
        expect(["#...#", "..#..", "#...#"], 5, 5)
        expect(["####.#####"], 2, 1)
    }

    /// Against a flood fill, on noise of every density.
    @Test func partsOfNoiseAreThoseOfAFloodFill() {
        var numbers = TestNumbers(seed: 11)
        for round in 0..<40 {
            let density = 0.1 + 0.02 * Double(round)
            let rows = (0..<24).map { _ in
                String((0..<31).map { _ in numbers.next() < density ? "#" : "." as Character })
            }
            let mask = Self.mask(rows)
            let parts = MaskParts(mask)
            let areas = Self.flood(mask)
            #expect(parts.count == areas.count)
            #expect(parts.specks == areas.count { $0 <= 4 })
        }
    }

    private static func flood(_ mask: InstanceMask) -> [Int] {
        let (width, height) = (mask.region.width, mask.region.height)
        var left = mask.pixels
        return left.indices.compactMap { start in
            guard left[start] != 0 else { return nil }
            var (area, waiting) = (0, [start])
            left[start] = 0
            while let index = waiting.popLast() {
                area += 1
                let (x, y) = (index % width, index / width)
                for (x, y) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
                where (0..<width).contains(x) && (0..<height).contains(y)
                    && left[y * width + x] != 0
                {
                    left[y * width + x] = 0
                    waiting.append(y * width + x)
                }
            }
            return area
        }
    }
}
