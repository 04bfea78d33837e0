import Model
import VideoIO

@testable import Pipeline

/// What a frame should hold after painting, computed pixel by pixel in double precision from the
/// definition: a luma sample gets the colour with its pixel's opacity, a chroma sample with the mean of
/// its pixels' opacities.
struct OverlayReference {
    let frame: OverlayTestFrame
    /// The frame's codes before anything was painted, by component.
    let before: [[Int]]
    let bytesBefore: [[UInt8]]

    init(_ frame: OverlayTestFrame) {
        self.frame = frame
        before = (0..<3).map { frame.codes($0) }
        bytesBefore = frame.bytes
    }

    /// Differences between the frame as it is now and as it should be; empty if none exceeds one code
    /// and every sample with opacity 0 is unchanged.
    func differences(
        _ colour: OverlayColour, _ space: OverlayColourSpace = .bt709,
        opacity: (_ x: Int, _ y: Int) -> Double
    ) -> [String] {
        var found: [String] = []
        let format = frame.format
        let codes = Self.codes(colour, space, bitDepth: format.bitDepth)
        for component in 0..<3 {
            let after = frame.codes(component)
            let shiftX = component == 0 ? 0 : format.chromaShiftX
            let shiftY = component == 0 ? 0 : format.chromaShiftY
            let columns = component == 0 ? frame.width : frame.chromaWidth
            let rows = component == 0 ? frame.height : frame.chromaHeight
            for y in 0..<rows {
                for x in 0..<columns {
                    var sum = 0.0
                    var pixels = 0.0
                    for row in (y << shiftY)..<min((y + 1) << shiftY, frame.height) {
                        for column in (x << shiftX)..<min((x + 1) << shiftX, frame.width) {
                            sum += opacity(column, row)
                            pixels += 1
                        }
                    }
                    let weight = sum / pixels
                    let old = before[component][y * columns + x]
                    let new = after[y * columns + x]
                    let exact = Double(old) * (1 - weight) + codes[component] * weight
                    let tolerance = weight == 0 ? 0 : 1.0
                    if abs(Double(new) - exact.rounded()) > tolerance {
                        found.append("\(component) (\(x), \(y)): \(old) -> \(new), not \(exact)")
                    }
                }
            }
        }
        return found + paddingChanges
    }

    /// Writes beyond the samples of a row.
    private var paddingChanges: [String] {
        var found: [String] = []
        for (index, plane) in frame.planes.enumerated() {
            let interleaved = index > 0 && frame.format.isSemiPlanar ? 2 : 1
            let used = plane.width * interleaved * frame.format.bytesPerSample
            for y in 0..<plane.height {
                let padding = (y * plane.bytesPerRow + used)..<((y + 1) * plane.bytesPerRow)
                if !bytesBefore[index][padding].elementsEqual(frame.bytes[index][padding]) {
                    found.append("padding of plane \(index), row \(y)")
                }
            }
        }
        return found
    }

    /// Y, U and V of a colour as unrounded codes (ITU-R BT.601 and BT.709, ITU-R BT.2100 for 10 bits).
    static func codes(
        _ colour: OverlayColour, _ space: OverlayColourSpace, bitDepth: Int
    ) -> [Double] {
        let (r, g, b) = (
            Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255
        )
        let (kr, kb) = (Double(space.redWeight), Double(space.blueWeight))
        let y = kr * r + (1 - kr - kb) * g + kb * b
        let u = (b - y) / 2 / (1 - kb)
        let v = (r - y) / 2 / (1 - kr)
        let largest = Double((1 << bitDepth) - 1)
        let scale = Double(1 << (bitDepth - 8))
        let raw =
            space.isFullRange
            ? [y * largest, u * largest + 128 * scale, v * largest + 128 * scale]
            : [(219 * y + 16) * scale, (224 * u + 128) * scale, (224 * v + 128) * scale]
        return raw.map { min(max($0, 0), largest) }
    }

    /// Whether a pixel belongs to a mask's outline, from the definition: repeated erosion by a diamond
    /// and a square in turn takes it away.
    static func outline(_ mask: InstanceMask, thickness: Int, width: Int, height: Int) -> [[Bool]] {
        let inside = (0..<height).map { y in (0..<width).map { x in mask.isSet(x, y) } }
        var left = inside
        for step in 0..<thickness {
            let previous = left
            for y in 0..<height {
                for x in 0..<width {
                    for dy in -1...1 {
                        for dx in -1...1 where step % 2 == 1 || dx == 0 || dy == 0 {
                            let (column, row) = (x + dx, y + dy)
                            let isIn =
                                column >= 0 && row >= 0 && column < width && row < height
                                && previous[row][column]
                            if !isIn { left[y][x] = false }
                        }
                    }
                }
            }
        }
        return (0..<height).map { y in (0..<width).map { x in inside[y][x] && !left[y][x] } }
    }
}
