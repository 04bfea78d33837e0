import Foundation
import Testing

@testable import Model

/// What changes of an outline may do to what hangs together.
@Suite struct MaskHoldTests {
    /// Applies changes to a mask drawn with characters: `#` set, `.` not, `-` set and to be unset, `+` unset
    /// and to be set.
    private func change(_ rows: [String]) -> [String] {
        let (width, height) = (rows[0].count, rows.count)
        let drawn = Array(rows.joined())
        var pixels = drawn.map { UInt8($0 == "#" || $0 == "-" ? 1 : 0) }
        var candidates = drawn.indices.filter { drawn[$0] == "-" || drawn[$0] == "+" }
        pixels.withUnsafeMutableBufferPointer {
            OutlineChange.apply(&candidates, to: $0, width: width, height: height)
        }
        return (0..<height).map { y in
            String(pixels[y * width..<(y + 1) * width].map { $0 == 1 ? "#" : "." as Character })
        }
    }

    @Test func outlinesMove() {
        #expect(change(["....", "##--", "##--", "...."]) == ["....", "##..", "##..", "...."])
        #expect(change(["....", "##++", "##++", "...."]) == ["....", "####", "####", "...."])
        // From the outline on, however deep.
        #expect(change(["#------#", "########"]) == ["#......#", "########"])
        #expect(change(["++++", "++++", "++#+"]) == ["####", "####", "####"])
    }

    @Test func nothingFallsOffOrOpens() {
        // A hole, a speck beside the mask, and a cut through it.
        #expect(change(["###", "#-#", "###"]) == ["###", "###", "###"])
        #expect(change(["##...", "##..+", "##..."]) == ["##...", "##...", "##..."])
        #expect(change(["##-##"]) == ["#####"])
        // Parts are not joined either, not even at a corner.
        #expect(change(["##+##"]) == ["##.##"])
        #expect(change(["##..", "##..", "..+#", "..##"]) == ["##..", "##..", "...#", "..##"])
    }

    @Test func singlePixelsVanish() {
        #expect(change(["...", ".-.", "..."]) == ["...", "...", "..."])
        #expect(change(["###", "#+#", "###"]) == ["###", "###", "###"])
        #expect(change([".....", ".---.", "....."]) == [".....", ".....", "....."])
    }

    /// Whatever is to change: the numbers of parts and holes do not rise.
    @Test func neverMorePartsOrHoles() {
        var state: UInt64 = 9
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 31)
        }
        let (width, height) = (23, 19)
        var changed = 0
        for round in 0..<200 {
            let share = 0.2 + 0.003 * Double(round)
            // What lies outside is not set and hangs together: a border stands for it.
            func isInside(_ index: Int) -> Bool {
                (1..<width - 1).contains(index % width) && (1..<height - 1).contains(index / width)
            }
            var pixels = (0..<width * height).map {
                isInside($0) && random() < share ? 1 : 0 as UInt8
            }
            let before = pixels
            var candidates = pixels.indices.filter { isInside($0) && random() < 0.4 }
            pixels.withUnsafeMutableBufferPointer {
                OutlineChange.apply(&candidates, to: $0, width: width, height: height)
            }
            for corners in [false, true] {
                for side in [UInt8(0), 1] {
                    #expect(
                        parts(pixels, side, width, joinsCorners: corners)
                            <= parts(before, side, width, joinsCorners: corners))
                }
            }
            changed += zip(pixels, before).count { $0 != $1 }
        }
        #expect(changed > 1000)
    }

    private func parts(_ pixels: [UInt8], _ side: UInt8, _ width: Int, joinsCorners: Bool) -> Int {
        var isOpen = pixels.map { $0 == side }
        var count = 0
        for start in isOpen.indices where isOpen[start] {
            count += 1
            var waiting = [start]
            isOpen[start] = false
            while let index = waiting.popLast() {
                for dy in -1...1 {
                    for dx in -1...1 where joinsCorners || dx == 0 || dy == 0 {
                        let (x, y) = (index % width + dx, index / width + dy)
                        guard (0..<width).contains(x), (0..<pixels.count / width).contains(y),
                            isOpen[y * width + x]
                        else { continue }
                        isOpen[y * width + x] = false
                        waiting.append(y * width + x)
                    }
                }
            }
        }
        return count
    }
}
