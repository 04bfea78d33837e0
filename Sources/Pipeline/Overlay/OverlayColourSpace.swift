/// The equations between a frame's samples and R'G'B'.
public struct OverlayColourSpace: Sendable, Hashable {
    /// Luma coefficient of red, such as 0.2126 for BT.709 and 0.299 for BT.601.
    public var redWeight: Float
    /// Luma coefficient of blue, such as 0.0722 for BT.709 and 0.114 for BT.601.
    public var blueWeight: Float
    /// Whether samples use all codes (0...255) instead of the limited range (16...235).
    public var isFullRange: Bool

    /// Creates a colour space from its luma coefficients and range.
    public init(redWeight: Float, blueWeight: Float, isFullRange: Bool) {
        self.redWeight = redWeight
        self.blueWeight = blueWeight
        self.isFullRange = isFullRange
    }
}

/// A colour in the samples of one frame, in units of 1 / 65536 of the sample range: an 8-bit code times
/// 256, a 10-bit code times 64. The fraction of a code matters when the colour is blended.
struct SampleColour: Equatable {
    var y: UInt16
    var u: UInt16
    var v: UInt16

    /// Converts `colour`, whose components are R'G'B' in 0...255.
    init(_ colour: OverlayColour, in space: OverlayColourSpace, bitDepth: Int) {
        let red = Double(colour.red) / 255
        let green = Double(colour.green) / 255
        let blue = Double(colour.blue) / 255
        let redWeight = Double(space.redWeight)
        let blueWeight = Double(space.blueWeight)
        let luma = redWeight * red + (1 - redWeight - blueWeight) * green + blueWeight * blue
        let chromaU = (blue - luma) / (2 * (1 - blueWeight))
        let chromaV = (red - luma) / (2 * (1 - redWeight))

        let codes = Double(1 << bitDepth)
        let unit = codes / 256  // one 8-bit code
        let middle = codes / 2
        func sample(_ code: Double) -> UInt16 {
            UInt16((min(max(code, 0), codes - 1) * 65536 / codes).rounded())
        }
        if space.isFullRange {
            y = sample((codes - 1) * luma)
            u = sample(middle + (codes - 1) * chromaU)
            v = sample(middle + (codes - 1) * chromaV)
        } else {
            y = sample(unit * (16 + 219 * luma))
            u = sample(middle + unit * 224 * chromaU)
            v = sample(middle + unit * 224 * chromaV)
        }
    }
}
