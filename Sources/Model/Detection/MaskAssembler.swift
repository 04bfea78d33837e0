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
    private let keepsSoftMasks: Bool
    private let renderer = SoftMaskRenderer()
    private let makePixels: () throws -> [UInt8]

    /// Creates an assembler.
    ///
    /// - Parameters:
    ///   - network: The network whose outputs it gets.
    ///   - cropsToBox: False leaves the mask uncropped (`--no-crop` of the official code).
    ///   - keepsSoftMasks: Whether instances carry box and mask before rounding and threshold.
    ///   - makePixels: Gives an array for the pixels of a mask, such as those of a mask that has been used.
    public init(
        _ network: Network, cropsToBox: Bool = true, keepsSoftMasks: Bool = false,
        makePixels: @escaping () throws -> [UInt8] = { [] }
    ) {
        product = PrototypeProduct(network)
        self.cropsToBox = cropsToBox
        self.keepsSoftMasks = keepsSoftMasks
        self.makePixels = makePixels
    }

    /// The instances of a picture of width x height pixels from its detections, in their order.
    public func assemble(
        _ detections: [Detection], _ outputs: RawOutputs, width: Int, height: Int
    ) throws -> [Instance] {
        guard !detections.isEmpty else { return [] }
        let side = outputs.prototypeSize
        try product.compute(detections, outputs)
        return try detections.enumerated().map { index, detection in
            let box = detection.box
            let columns =
                cropsToBox ? CropRange(box.x1, box.x2, size: side) : CropRange(all: side)
            let rows = cropsToBox ? CropRange(box.y1, box.y2, size: side) : CropRange(all: side)
            var instance = Instance(
                classIndex: detection.classIndex, score: detection.score,
                boxScore: detection.boxScore, box: box.pixels(width: width, height: height),
                mask: InstanceMask(
                    region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: []))
            product.withLogits(index) {
                renderer.load(logits: $0, side: side, columns, rows)
            }
            instance.mask = renderer.render(
                width: width, height: height, into: try makePixels())
            if keepsSoftMasks {
                instance.soft = SoftInstance(box: box, mask: renderer.softMask)
            }
            return instance
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

    init(range: Range<Int>) { self.range = range }

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
