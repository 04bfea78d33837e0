/// Reads one row of a picture at the columns of the bilinear taps and gives RGB at S columns.
protocol RowSampling {
    /// Whether the tables were made for pictures like this one.
    func fits(_ image: ImageView) -> Bool
    /// Writes R, G, B of the row, S values each.
    func sample(_ row: Int, of image: ImageView, into target: UnsafeMutableBufferPointer<Float>)
}

/// The column taps for a picture's width.
struct ColumnTaps {
    let first: [Int]
    let second: [Int]
    let weight: [Float]

    init(width: Int, columns: Int) {
        let scale = Float(width) / Float(columns)
        let taps = (0..<columns).map { BilinearTap($0, scale: scale, limit: width) }
        first = taps.map(\.first)
        second = taps.map(\.second)
        weight = taps.map(\.weight)
    }

    /// Reads a row at the taps.
    func blend(_ source: UnsafePointer<Float>, into target: UnsafeMutableBufferPointer<Float>) {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                weight.withUnsafeBufferPointer { weights in
                    for column in 0..<weights.count {
                        let weight = weights[column]
                        target[column] =
                            (1 - weight) * source[first[column]] + weight * source[second[column]]
                    }
                }
            }
        }
    }
}

/// Packed 8-bit RGB.
struct PackedSampler: RowSampling {
    private let width: Int
    private let taps: ColumnTaps

    init(_ image: ImageView, columns: Int) {
        width = image.width
        taps = ColumnTaps(width: image.width, columns: columns)
    }

    func fits(_ image: ImageView) -> Bool { image.width == width && image.layout == .rgb24 }

    func sample(_ row: Int, of image: ImageView, into target: UnsafeMutableBufferPointer<Float>) {
        guard let plane = image.plane(0) else { return }
        let start = row * plane.bytesPerRow
        let columns = taps.weight.count
        for channel in 0..<3 {
            for column in 0..<columns {
                let a = Float(plane.bytes[start + 3 * taps.first[column] + channel])
                let b = Float(plane.bytes[start + 3 * taps.second[column] + channel])
                let weight = taps.weight[column]
                target[channel * columns + column] = (1 - weight) * a + weight * b
            }
        }
    }
}

/// Luma and chroma in planes, 8 to 16 bits.
///
/// A row is converted to RGB as a whole, in loops that the compiler turns into vector instructions, and then
/// read at the taps: neighbouring taps share most of their pixels.
final class YUVSampler: RowSampling {
    private let width: Int
    private let layout: YUVLayout
    private let taps: ColumnTaps
    private let equations: RGBEquations
    private var row: YUVRow

    init(_ image: ImageView, _ layout: YUVLayout, columns: Int) {
        width = image.width
        self.layout = layout
        taps = ColumnTaps(width: image.width, columns: columns)
        equations = RGBEquations(layout)
        row = YUVRow(width: image.width, layout)
    }

    func fits(_ image: ImageView) -> Bool {
        image.width == width && image.layout == .yuv(layout)
    }

    func sample(_ row: Int, of image: ImageView, into target: UnsafeMutableBufferPointer<Float>) {
        if layout.bitDepth > 8 {
            load(UInt16.self, row, image)
        } else {
            load(UInt8.self, row, image)
        }
        self.row.convert(equations)
        let columns = taps.weight.count
        for channel in 0..<3 {
            self.row.withChannel(channel) { source in
                taps.blend(
                    source,
                    into: UnsafeMutableBufferPointer(
                        rebasing: target[channel * columns..<(channel + 1) * columns]))
            }
        }
    }

    private func load<Sample: FixedWidthInteger & UnsignedInteger>(
        _ type: Sample.Type, _ number: Int, _ image: ImageView
    ) {
        let chromaRow = number >> layout.chromaShiftY
        func pointer(_ plane: Int, _ row: Int) -> UnsafePointer<Sample>? {
            guard let plane = image.plane(plane), let start = plane.bytes.baseAddress else {
                return nil
            }
            return (start + row * plane.bytesPerRow).assumingMemoryBound(to: Sample.self)
        }
        guard let luma = pointer(0, number), let u = pointer(1, chromaRow),
            let v = layout.isSemiPlanar
                ? pointer(1, chromaRow).map({ $0 + 1 }) : pointer(2, chromaRow)
        else { return }
        row.load(
            luma: luma, u: u, v: v, stride: layout.isSemiPlanar ? 2 : 1,
            shift: Sample(layout.lowPadding))
    }
}

/// The equations from luma and chroma codes to RGB in 0...255 (ITU-R BT.601, 709, 2020; H.273).
struct RGBEquations {
    let lumaOffset: Float
    let lumaGain: Float
    let chromaOffset: Float
    let redFromV: Float
    let greenFromU: Float
    let greenFromV: Float
    let blueFromU: Float

    init(_ layout: YUVLayout) {
        let unit = Float(1 << (layout.bitDepth - 8))
        let maximum = Float((1 << layout.bitDepth) - 1)
        lumaOffset = layout.isFullRange ? 0 : 16 * unit
        lumaGain = 255 / (layout.isFullRange ? maximum : 219 * unit)
        chromaOffset = 128 * unit
        let chromaGain = 255 / (layout.isFullRange ? maximum : 224 * unit)
        let red = layout.redWeight
        let blue = layout.blueWeight
        let green = 1 - red - blue
        redFromV = 2 * (1 - red) * chromaGain
        blueFromU = 2 * (1 - blue) * chromaGain
        greenFromU = 2 * blue * (1 - blue) / green * chromaGain
        greenFromV = 2 * red * (1 - red) / green * chromaGain
    }
}
