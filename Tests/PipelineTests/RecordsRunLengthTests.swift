import Foundation
import Model
import Pipeline
import Testing

@Suite struct RecordsRunLengthTests {
    /// A mask with what pycocotools 2.0 makes of it.
    struct Expectation {
        var name: String
        var mask: InstanceMask
        var width = 7
        var height = 5
        var counts: String
        var area: Int
        var box: PixelRectangle?
    }

    static func mask(
        _ width: Int, _ height: Int, _ isInside: (Int, Int) -> Bool
    ) -> InstanceMask {
        InstanceMask(PixelRectangle(x: 0, y: 0, width: width, height: height), isInside)
    }

    /// An ellipse in integer arithmetic, the same in the script that computed the expectations.
    static func ellipse(_ x: Int, _ y: Int, _ a: Int, _ b: Int) -> InstanceMask {
        InstanceMask(PixelRectangle(x: x, y: y, width: a, height: b)) { column, row in
            let (dx, dy) = (2 * column + 1 - a, 2 * row + 1 - b)
            return dx * dx * b * b + dy * dy * a * a <= a * a * b * b
        }
    }

    static let ellipseCounts =
        "cl7>e5:H6J6K4K6L2M4L4M2M4M2N2N2N2M4M2N2O0O2N2N2N2N2O0O2N2O0O2N2O0O2O0O2O0O2O0O2O0O2O0O2O000"
        + "O2O000O2O000O2O00000O2O00000O2O00000000000O2O00000000000000000000000000000000000001N10000"
        + "00000001N1000001N1000001N10001N10001N10001N101N101N101N101N101N101N2N101N2N101N2N2N2N2N10"
        + "1N2N3L3N2N2N2N3L3N3L4L3N4J5L5J6J8FR]e0"

    static let expectations = [
        Expectation(name: "empty", mask: mask(7, 5) { _, _ in false }, counts: "S1", area: 0),
        Expectation(
            name: "full", mask: mask(7, 5) { _, _ in true }, counts: "0S1", area: 35,
            box: PixelRectangle(x: 0, y: 0, width: 7, height: 5)),
        Expectation(
            name: "single pixel", mask: mask(7, 5) { $0 == 3 && $1 == 2 }, counts: "a01a0",
            area: 1, box: PixelRectangle(x: 3, y: 2, width: 1, height: 1)),
        Expectation(
            name: "first column", mask: mask(7, 5) { x, _ in x == 0 }, counts: "05n0", area: 5,
            box: PixelRectangle(x: 0, y: 0, width: 1, height: 5)),
        Expectation(
            name: "last column", mask: mask(7, 5) { x, _ in x == 6 }, counts: "n05", area: 5,
            box: PixelRectangle(x: 6, y: 0, width: 1, height: 5)),
        Expectation(
            name: "first and last pixel",
            mask: mask(7, 5) { $0 == 0 && $1 == 0 || $0 == 6 && $1 == 4 }, counts: "01Q10",
            area: 2, box: PixelRectangle(x: 0, y: 0, width: 7, height: 5)),
        Expectation(
            name: "top row", mask: mask(7, 5) { _, y in y == 0 }, counts: "014000000000000",
            area: 7, box: PixelRectangle(x: 0, y: 0, width: 7, height: 1)),
        Expectation(
            name: "bottom row", mask: mask(7, 5) { _, y in y == 4 }, counts: "41400000000000",
            area: 7, box: PixelRectangle(x: 0, y: 4, width: 7, height: 1)),
        Expectation(
            name: "grid", mask: mask(7, 5) { $0 % 2 == 0 && $1 % 2 == 0 },
            counts: "01100040L00040L00040L000", area: 12,
            box: PixelRectangle(x: 0, y: 0, width: 7, height: 5)),
        Expectation(
            name: "ellipse", mask: ellipse(40, 30, 150, 120), width: 300, height: 200,
            counts: ellipseCounts, area: 14128,
            box: PixelRectangle(x: 40, y: 30, width: 150, height: 120)),
        Expectation(
            name: "tall ellipse", mask: ellipse(0, 100, 3, 2700), width: 3, height: 3000,
            counts: "l=ln1Td0`e00`ZOlL", area: 6724,
            box: PixelRectangle(x: 0, y: 100, width: 3, height: 2700)),
    ]

    @Test(arguments: expectations)
    func `masks encode as pycocotools does`(_ expected: Expectation) throws {
        let encoding = try RunLengthEncoding(
            expected.mask, width: expected.width, height: expected.height)
        #expect(encoding.compressedCounts == expected.counts)
        #expect(encoding.area == expected.area)
        #expect(encoding.boundingBox == expected.box)
        let read = try RunLengthEncoding(
            width: expected.width, height: expected.height, compressedCounts: expected.counts)
        #expect(read == encoding)
        let mask = read.mask
        #expect(mask.area == expected.area)
        for y in 0..<expected.height {
            for x in 0..<expected.width {
                #expect(mask.isSet(x, y) == expected.mask.isSet(x, y))
            }
        }
    }

    /// The definition, over a bitmap of the whole picture.
    static func plainCounts(_ mask: InstanceMask, _ width: Int, _ height: Int) -> [UInt32] {
        var counts: [UInt32] = [0]
        var isSet = false
        for x in 0..<width {
            for y in 0..<height {
                if mask.isSet(x, y) != isSet {
                    counts.append(0)
                    isSet.toggle()
                }
                counts[counts.count - 1] += 1
            }
        }
        return counts
    }

    @Test func `any region gives the runs of the whole picture`() throws {
        var random = SplitMix(state: 3)
        for round in 0..<400 {
            let width = Int(random.next() % 40) + 1
            let height = Int(random.next() % 20) + 1
            // Inside, over every edge, and far off.
            let region = PixelRectangle(
                x: Int(random.next() % 50) - 10, y: Int(random.next() % 30) - 8,
                width: Int(random.next() % 45), height: Int(random.next() % 25))
            let density = UInt64(round % 11)
            let mask = InstanceMask(region) { _, _ in random.next() % 10 < density }
            let encoding = try RunLengthEncoding(mask, width: width, height: height)
            #expect(encoding.counts == Self.plainCounts(mask, width, height))
            let again = try RunLengthEncoding(
                width: width, height: height, compressedCounts: encoding.compressedCounts)
            #expect(again == encoding)
            #expect(try RunLengthEncoding(again.mask, width: width, height: height) == encoding)
        }
    }

    @Test func `overlap agrees with pycocotools`() throws {
        let one = try RunLengthEncoding(Self.ellipse(40, 30, 150, 120), width: 300, height: 200)
        let two = try RunLengthEncoding(Self.ellipse(100, 60, 190, 100), width: 300, height: 200)
        #expect(try one.intersectionArea(with: two) == 5577)
        #expect(abs(try one.intersectionOverUnion(with: two) - 0.23749095) < 1e-8)
        #expect(try one.intersectionOverUnion(with: one) == 1)
        let other = try RunLengthEncoding(Self.ellipse(0, 0, 9, 9), width: 301, height: 200)
        #expect(throws: RunLengthError.differentPictures) {
            try one.intersectionArea(with: other)
        }
    }

    @Test func `overlap of random masks agrees with counting pixels`() throws {
        var random = SplitMix(state: 17)
        for round in 0..<200 {
            let (width, height) = (Int(random.next() % 17) + 1, Int(random.next() % 13) + 1)
            func make() -> InstanceMask {
                let density = round % 5 == 0 ? 0 : random.next() % 11
                return Self.mask(width, height) { _, _ in random.next() % 10 < density }
            }
            let (one, two) = (make(), make())
            let both = zip(one.pixels, two.pixels).reduce(0) { $0 + Int($1.0 & $1.1) }
            let any = zip(one.pixels, two.pixels).reduce(0) { $0 + Int($1.0 | $1.1) }
            let first = try RunLengthEncoding(one, width: width, height: height)
            let second = try RunLengthEncoding(two, width: width, height: height)
            #expect(try first.intersectionArea(with: second) == both)
            let expected = any > 0 ? Double(both) / Double(any) : 0
            #expect(try first.intersectionOverUnion(with: second) == expected)
        }
    }

    @Test func `damaged counts are refused`() throws {
        func read(_ text: String, _ width: Int = 7, _ height: Int = 5) throws {
            _ = try RunLengthEncoding(width: width, height: height, compressedCounts: text)
        }
        #expect(throws: RunLengthError.sizeMismatch(covered: 36, pixels: 35)) { try read("T1") }
        #expect(throws: RunLengthError.sizeMismatch(covered: 34, pixels: 35)) { try read("R1") }
        #expect(throws: RunLengthError.sizeMismatch(covered: 0, pixels: 35)) { try read("") }
        #expect(throws: RunLengthError.invalidCharacter(byte: 32, offset: 1)) { try read("S 1") }
        #expect(throws: RunLengthError.invalidCharacter(byte: 0xC3, offset: 0)) { try read("é") }
        #expect(throws: RunLengthError.invalidCharacter(byte: 112, offset: 2)) { try read("S1p") }
        #expect(throws: RunLengthError.truncated(length: 1)) { try read("S") }
        #expect(throws: RunLengthError.invalidCount(index: 0)) { try read("O") }
        #expect(throws: RunLengthError.invalidCount(index: 0)) { try read("oooooooooooooooo0") }
        #expect(throws: RunLengthError.invalidSize(width: -1, height: 5)) { try read("0", -1) }
        #expect(throws: RunLengthError.invalidSize(width: .max, height: .max)) {
            try read("0", .max, .max)
        }
        #expect(throws: RunLengthError.invalidSize(width: 1 << 15, height: 1 << 15)) {
            try read("0", 1 << 15, 1 << 15)
        }
        let region = PixelRectangle(x: 0, y: 0, width: 3, height: 3)
        #expect(throws: RunLengthError.regionMismatch(region: 9, bytes: 1)) {
            try RunLengthEncoding(InstanceMask(region: region, pixels: [1]), width: 5, height: 5)
        }
    }
}
