/// Turns a picture into the network's input: stretched to S x S with the bilinear rule of PyTorch's
/// `interpolate(align_corners=False)` (half-pixel centres, no antialiasing), in float, normalised.
///
/// Luma/chroma pictures are converted to RGB only at the pixels that the interpolation reads. A luma
/// pixel takes the chroma sample that covers it, as the RGB pictures that the official code gets do.
/// RGB is clamped to 0...255 and not rounded, so values differ from an 8-bit detour by its rounding only.
///
/// Not thread-safe: one object per thread. It keeps its tables from picture to picture and makes new ones
/// when the geometry or layout changes.
public final class Preprocessor {
    private let side: Int
    private let normalisation: Normalisation
    private var sampler: (any RowSampling)?
    private var rows: [SampledRow]

    /// One source row, converted and resampled to S columns: R, G, B one after the other.
    private struct SampledRow {
        var source = -1
        var values: [Float]
    }

    /// Creates a preprocessor for the input size and normalisation of a configuration.
    public init(_ configuration: YolactConfiguration) {
        side = configuration.inputSize
        normalisation = Normalisation(configuration.backbone)
        rows = [SampledRow](
            repeating: SampledRow(values: [Float](repeating: 0, count: 3 * side)), count: 2)
    }

    /// Fills `tensor` from `image`.
    ///
    /// - Throws: ``ImageError`` where the planes are too small for what the image claims.
    public func process(_ image: ImageView, into tensor: InputTensor) throws(ImageError) {
        precondition(tensor.side == side, "the tensor belongs to another configuration")
        try image.validate()
        let sampler = currentSampler(for: image)
        rows[0].source = -1
        rows[1].source = -1
        let scale = Float(image.height) / Float(side)
        for row in 0..<side {
            let tap = BilinearTap(row, scale: scale, limit: image.height)
            let upper = load(tap.first, image, sampler, keeping: tap.second)
            let lower = load(tap.second, image, sampler, keeping: tap.first)
            blend(rows[upper].values, rows[lower].values, tap.weight, row, into: tensor)
        }
    }

    private func currentSampler(for image: ImageView) -> any RowSampling {
        if let sampler, sampler.fits(image) { return sampler }
        let made: any RowSampling =
            switch image.layout {
            case .rgb24: PackedSampler(image, columns: side)
            case .yuv(let layout): YUVSampler(image, layout, columns: side)
            }
        sampler = made
        return made
    }

    /// The slot that holds the source row, filled where needed without losing the row `keeping`.
    private func load(
        _ source: Int, _ image: ImageView, _ sampler: any RowSampling, keeping: Int
    ) -> Int {
        if let slot = rows.firstIndex(where: { $0.source == source }) { return slot }
        let slot = rows[0].source == keeping ? 1 : 0
        rows[slot].source = source
        rows[slot].values.withUnsafeMutableBufferPointer {
            sampler.sample(source, of: image, into: $0)
        }
        return slot
    }

    private func blend(
        _ upper: [Float], _ lower: [Float], _ weight: Float, _ row: Int, into tensor: InputTensor
    ) {
        let output = tensor.values
        upper.withUnsafeBufferPointer { upper in
            lower.withUnsafeBufferPointer { lower in
                for channel in 0..<3 {
                    let mean = normalisation.mean[channel]
                    let deviation = normalisation.deviation[channel]
                    let target = (channel * side + row) * side
                    for column in 0..<side {
                        let index = channel * side + column
                        let value = (1 - weight) * upper[index] + weight * lower[index]
                        output[target + column] = (value - mean) / deviation
                    }
                }
            }
        }
    }
}

/// The two source positions and the weight of the second one that bilinear interpolation reads.
struct BilinearTap {
    var first: Int
    var second: Int
    var weight: Float

    /// - Parameters:
    ///   - position: Output row or column.
    ///   - scale: Source size over output size.
    ///   - limit: Source size.
    init(_ position: Int, scale: Float, limit: Int) {
        let source = max(scale * (Float(position) + 0.5) - 0.5, 0)
        first = min(Int(source), limit - 1)
        second = min(first + 1, limit - 1)
        weight = source - Float(first)
    }
}

/// Mean and standard deviation that a backbone's training subtracted and divided by, in 0...255 units.
struct Normalisation {
    var mean: [Float]
    var deviation: [Float]

    init(_ backbone: Backbone) {
        switch backbone {
        case .resNet, .mobileNetV2:
            mean = [123.68, 116.78, 103.94]
            deviation = [58.40, 57.12, 57.38]
        case .darkNet:
            mean = [0, 0, 0]
            deviation = [255, 255, 255]
        }
    }
}
