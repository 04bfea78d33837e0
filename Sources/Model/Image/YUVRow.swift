/// A row of a luma/chroma picture on its way to RGB; keeps its memory from row to row.
///
/// Loops are short and write one array each: the compiler makes vector instructions of those where it can
/// check that few arrays do not overlap.
struct YUVRow {
    private let width: Int
    /// Chroma samples of the row.
    private let chromaWidth: Int
    private let chromaShift: Int
    /// One after the other: luma; what the chroma adds to red, takes from green (its U part, its V part)
    /// and adds to blue, at the width of the luma; red, green, blue.
    private let memory: AlignedBuffer
    /// U and V codes.
    private let codes: AlignedBuffer
    /// The distance between the arrays in ``memory``, and in ``codes``.
    private let pitch: Int
    private let chromaPitch: Int

    init(width: Int, _ layout: YUVLayout) {
        self.width = width
        chromaShift = layout.chromaShiftX
        chromaWidth = (width + (1 << layout.chromaShiftX) - 1) >> layout.chromaShiftX
        // Room for whole groups of luma pixels that share a chroma sample.
        pitch = AlignedBuffer.aligned(chromaWidth << layout.chromaShiftX)
        chromaPitch = AlignedBuffer.aligned(chromaWidth)
        memory = AlignedBuffer(floatCount: 8 * pitch)
        codes = AlignedBuffer(floatCount: 2 * chromaPitch)
    }

    /// Reads the codes of a row.
    ///
    /// - Parameters:
    ///   - luma: The row's luma.
    ///   - u: Its first U.
    ///   - v: Its first V.
    ///   - stride: From one U to the next, in samples.
    ///   - shift: Bits below the significant ones.
    func load<Sample: FixedWidthInteger & UnsignedInteger>(
        luma: UnsafePointer<Sample>, u: UnsafePointer<Sample>, v: UnsafePointer<Sample>,
        stride: Int, shift: Sample
    ) {
        withExtendedLifetime((memory, codes)) {
            let target = array(0)
            for column in 0..<width { target[column] = Float(luma[column] &>> shift) }
            let first = code(0)
            let second = code(1)
            if stride == 1 {
                for column in 0..<chromaWidth { first[column] = Float(u[column] &>> shift) }
                for column in 0..<chromaWidth { second[column] = Float(v[column] &>> shift) }
            } else {
                for column in 0..<chromaWidth { first[column] = Float(u[2 * column] &>> shift) }
                for column in 0..<chromaWidth { second[column] = Float(v[2 * column] &>> shift) }
            }
        }
    }

    /// Turns the codes into RGB, 0...255.
    func convert(_ equations: RGBEquations) {
        withExtendedLifetime((memory, codes)) {
            let luma = array(0)
            let (offset, gain) = (equations.lumaOffset, equations.lumaGain)
            for column in 0..<width { luma[column] = (luma[column] - offset) * gain }
            let (u, v) = (code(0), code(1))
            for column in 0..<chromaWidth { u[column] -= equations.chromaOffset }
            for column in 0..<chromaWidth { v[column] -= equations.chromaOffset }
            spread(v, equations.redFromV, into: array(1))
            spread(u, equations.greenFromU, into: array(2))
            spread(v, equations.greenFromV, into: array(3))
            spread(u, equations.blueFromU, into: array(4))
            let (redPart, greenU, greenV, bluePart) = (array(1), array(2), array(3), array(4))
            let (red, green, blue) = (array(5), array(6), array(7))
            for column in 0..<width { red[column] = Self.clamped(luma[column] + redPart[column]) }
            for column in 0..<width {
                green[column] = Self.clamped(luma[column] - greenU[column] - greenV[column])
            }
            for column in 0..<width { blue[column] = Self.clamped(luma[column] + bluePart[column]) }
        }
    }

    /// Lends R, G or B (0, 1, 2) of the row.
    func withChannel<Result>(
        _ channel: Int, _ body: (UnsafePointer<Float>) throws -> Result
    ) rethrows -> Result {
        defer { withExtendedLifetime(memory) {} }
        return try body(UnsafePointer(array(5 + channel)))
    }

    /// The factor times each sample, for all pixels that the sample covers.
    @inline(__always)
    private func spread(
        _ source: UnsafeMutablePointer<Float>, _ factor: Float,
        into target: UnsafeMutablePointer<Float>
    ) {
        switch chromaShift {
        case 0:
            for column in 0..<chromaWidth { target[column] = factor * source[column] }
        case 1:
            for column in 0..<chromaWidth {
                let value = factor * source[column]
                target[2 * column] = value
                target[2 * column + 1] = value
            }
        default:
            for column in 0..<width { target[column] = factor * source[column >> chromaShift] }
        }
    }

    @inline(__always)
    private static func clamped(_ value: Float) -> Float { max(0, min(255, value)) }

    private func array(_ index: Int) -> UnsafeMutablePointer<Float> {
        memory.floats.baseAddress! + index * pitch
    }

    private func code(_ index: Int) -> UnsafeMutablePointer<Float> {
        codes.floats.baseAddress! + index * chromaPitch
    }
}
