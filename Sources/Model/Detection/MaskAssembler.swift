import Foundation

/// Assembles masks: prototypes times coefficients, sigmoid, crop to the box, upsampled to the picture,
/// thresholded at 0.5 (section 3.3 of arXiv 1904.02689).
///
/// The soft mask is made only inside the crop and the upsampling only where it can reach. As in the
/// official code the crop happens at prototype size, so a mask may leak a little past its box.
///
/// Not thread-safe; it keeps its memory from frame to frame.
public final class MaskAssembler {
    private let product: PrototypeProduct
    private let cropsToBox: Bool
    private var soft: [Float] = []
    private var column: [Float] = []
    private var taps: [(first: Int, second: Int, weight: Float)] = []

    /// Creates an assembler.
    ///
    /// - Parameters:
    ///   - network: The network whose outputs it gets.
    ///   - cropsToBox: False leaves the mask uncropped (`--no-crop` of the official code).
    public init(_ network: Network, cropsToBox: Bool = true) {
        product = PrototypeProduct(network)
        self.cropsToBox = cropsToBox
    }

    /// The instances of a picture of width x height pixels from its detections, in their order.
    public func assemble(
        _ detections: [Detection], _ outputs: RawOutputs, width: Int, height: Int
    ) throws -> [Instance] {
        guard !detections.isEmpty else { return [] }
        let side = outputs.prototypeSize
        try product.compute(detections, outputs)
        return detections.enumerated().map { index, detection in
            let mask = product.withLogits(index) {
                upsampled($0, side: side, box: detection.box, width: width, height: height)
            }
            return Instance(
                classIndex: detection.classIndex, score: detection.score,
                boxScore: detection.boxScore,
                box: detection.box.pixels(width: width, height: height), mask: mask)
        }
    }

    private func upsampled(
        _ logits: UnsafeBufferPointer<Float>, side: Int, box: RelativeBox, width: Int, height: Int
    ) -> InstanceMask {
        let columns =
            cropsToBox ? CropRange(box.x1, box.x2, size: side) : CropRange(all: side)
        let rows = cropsToBox ? CropRange(box.y1, box.y2, size: side) : CropRange(all: side)
        let x = columns.reach(from: side, to: width)
        let y = rows.reach(from: side, to: height)
        guard !x.isEmpty, !y.isEmpty else {
            return InstanceMask(region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: [])
        }
        fillSoftMask(logits, side: side, columns, rows)
        let region = PixelRectangle(
            x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
        let pixels = [UInt8](unsafeUninitializedCapacity: x.count * y.count) {
            pixels, initialized in
            threshold(columns, rows, side: side, region, width, height, into: pixels)
            initialized = x.count * y.count
        }
        return InstanceMask(region: region, pixels: pixels)
    }

    /// The soft mask inside the crop with a border of zeros, which is what lies outside.
    private func fillSoftMask(
        _ logits: UnsafeBufferPointer<Float>, side: Int, _ columns: CropRange, _ rows: CropRange
    ) {
        let stride = columns.range.count + 2
        soft.removeAll(keepingCapacity: true)
        soft.append(contentsOf: repeatElement(0, count: stride * (rows.range.count + 2)))
        for (index, row) in rows.range.enumerated() {
            let target = (index + 1) * stride + 1
            for (offset, column) in columns.range.enumerated() {
                soft[target + offset] = 1 / (1 + expf(-logits[row * side + column]))
            }
        }
    }

    private func threshold(
        _ columns: CropRange, _ rows: CropRange, side: Int, _ region: PixelRectangle,
        _ width: Int, _ height: Int, into pixels: UnsafeMutableBufferPointer<UInt8>
    ) {
        let stride = columns.range.count + 2
        let scaleX = Float(side) / Float(width)
        let scaleY = Float(side) / Float(height)
        // Positions in the bordered soft mask.
        taps.removeAll(keepingCapacity: true)
        for offset in 0..<region.width {
            let tap = BilinearTap(region.x + offset, scale: scaleX, limit: side)
            taps.append((columns.bordered(tap.first), columns.bordered(tap.second), tap.weight))
        }
        if column.count < stride { column = [Float](repeating: 0, count: stride) }
        soft.withUnsafeBufferPointer { soft in
            column.withUnsafeMutableBufferPointer { blended in
                for offset in 0..<region.height {
                    let tap = BilinearTap(region.y + offset, scale: scaleY, limit: side)
                    let upper = rows.bordered(tap.first) * stride
                    let lower = rows.bordered(tap.second) * stride
                    for index in 0..<stride {
                        blended[index] =
                            (1 - tap.weight) * soft[upper + index] + tap.weight
                            * soft[lower + index]
                    }
                    let target = offset * region.width
                    for (index, (first, second, weight)) in taps.enumerated() {
                        let value = (1 - weight) * blended[first] + weight * blended[second]
                        pixels[target + index] = value > 0.5 ? 1 : 0
                    }
                }
            }
        }
    }
}

/// The prototype columns (or rows) that a box leaves, one pixel of padding on both sides.
struct CropRange {
    let range: Range<Int>

    init(_ a: Float, _ b: Float, size: Int) {
        // NaN and infinite boxes leave nothing.
        let low = max(min(a, b) * Float(size) - 1, 0)
        let high = min(max(a, b) * Float(size) + 1, Float(size))
        guard low < high else {
            range = 0..<0
            return
        }
        range = Int(low.rounded(.up))..<Int(high.rounded(.up))
    }

    init(all size: Int) { range = 0..<size }

    /// The output pixels whose bilinear taps touch the range.
    func reach(from size: Int, to target: Int) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        let scale = Float(target) / Float(size)
        let low = Int(((Float(range.lowerBound) - 0.5) * scale - 0.5).rounded(.down))
        let high = Int(((Float(range.upperBound) + 0.5) * scale - 0.5).rounded(.up))
        return max(0, low)..<max(0, low, min(target, high + 1))
    }

    /// Where a prototype position lies in the range with a border of one on each side.
    func bordered(_ position: Int) -> Int {
        max(0, min(range.count + 1, position - range.lowerBound + 1))
    }
}

extension RelativeBox {
    /// The box in whole pixels: corners sorted, scaled, clamped to the picture, truncated.
    public func pixels(width: Int, height: Int) -> PixelRectangle {
        func edges(_ a: Float, _ b: Float, _ size: Int) -> (Int, Int) {
            func clamped(_ value: Float) -> Int { Int(max(0, min(Float(size), value))) }
            return (clamped(min(a, b) * Float(size)), clamped(max(a, b) * Float(size)))
        }
        let (left, right) = edges(x1, x2, width)
        let (top, bottom) = edges(y1, y2, height)
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }
}
