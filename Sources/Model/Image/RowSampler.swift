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
        let plane = image.planes[0]
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
final class YUVSampler: RowSampling {
    private let width: Int
    private let layout: YUVLayout
    private let taps: ColumnTaps
    private let equations: RGBEquations
    /// Y, U, V at the first tap of all columns, then at the second.
    private var samples: [Float]

    init(_ image: ImageView, _ layout: YUVLayout, columns: Int) {
        width = image.width
        self.layout = layout
        taps = ColumnTaps(width: image.width, columns: columns)
        equations = RGBEquations(layout)
        samples = [Float](repeating: 0, count: 6 * columns)
    }

    func fits(_ image: ImageView) -> Bool {
        image.width == width && image.layout == .yuv(layout)
    }

    func sample(_ row: Int, of image: ImageView, into target: UnsafeMutableBufferPointer<Float>) {
        if layout.bitDepth > 8 {
            gather(UInt16.self, row, image)
        } else {
            gather(UInt8.self, row, image)
        }
        let columns = taps.weight.count
        samples.withUnsafeBufferPointer { samples in
            taps.weight.withUnsafeBufferPointer { weights in
                equations.convert(samples, weights, into: target, columns: columns)
            }
        }
    }

    private func gather<Sample: FixedWidthInteger & UnsignedInteger>(
        _ type: Sample.Type, _ row: Int, _ image: ImageView
    ) {
        let columns = taps.weight.count
        let chromaRow = row >> layout.chromaShiftY
        let shift = layout.lowPadding
        func pointer(_ plane: Int, _ row: Int) -> UnsafePointer<Sample>? {
            let plane = image.planes[plane]
            return plane.bytes.baseAddress.map {
                ($0 + row * plane.bytesPerRow).assumingMemoryBound(to: Sample.self)
            }
        }
        let stride = layout.isSemiPlanar ? 2 : 1
        guard let luma = pointer(0, row), let u = pointer(1, chromaRow),
            let v = layout.isSemiPlanar
                ? pointer(1, chromaRow).map({ $0 + 1 }) : pointer(2, chromaRow)
        else { return }
        let chromaShift = layout.chromaShiftX
        samples.withUnsafeMutableBufferPointer { samples in
            for (offset, positions) in [(0, taps.first), (3 * columns, taps.second)] {
                positions.withUnsafeBufferPointer { positions in
                    for column in 0..<columns {
                        let position = positions[column]
                        let chroma = (position >> chromaShift) * stride
                        samples[offset + column] = Float(luma[position] >> shift)
                        samples[offset + columns + column] = Float(u[chroma] >> shift)
                        samples[offset + 2 * columns + column] = Float(v[chroma] >> shift)
                    }
                }
            }
        }
    }
}

/// The equations from luma and chroma codes to RGB in 0...255 (ITU-R BT.601, 709, 2020; H.273).
struct RGBEquations {
    private let lumaOffset: Float
    private let lumaGain: Float
    private let chromaOffset: Float
    private let redFromV: Float
    private let greenFromU: Float
    private let greenFromV: Float
    private let blueFromU: Float

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

    /// Converts both taps of each column and interpolates between them.
    func convert(
        _ samples: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>,
        into target: UnsafeMutableBufferPointer<Float>, columns: Int
    ) {
        for column in 0..<columns {
            let a = rgb(samples, column, columns)
            let b = rgb(samples, 3 * columns + column, columns)
            let weight = weights[column]
            target[column] = (1 - weight) * a.red + weight * b.red
            target[columns + column] = (1 - weight) * a.green + weight * b.green
            target[2 * columns + column] = (1 - weight) * a.blue + weight * b.blue
        }
    }

    @inline(__always)
    private func rgb(
        _ samples: UnsafeBufferPointer<Float>, _ index: Int, _ columns: Int
    ) -> (red: Float, green: Float, blue: Float) {
        let luma = (samples[index] - lumaOffset) * lumaGain
        let u = samples[index + columns] - chromaOffset
        let v = samples[index + 2 * columns] - chromaOffset
        func clamped(_ value: Float) -> Float { max(0, min(255, value)) }
        return (
            clamped(luma + redFromV * v), clamped(luma - greenFromU * u - greenFromV * v),
            clamped(luma + blueFromU * u)
        )
    }
}
