import Model
import Testing
import VideoIO

@testable import Pipeline

/// Every element against the per-pixel reference, in every pixel format.
@Suite struct OverlayPaintTests {
    /// Even and odd sizes, and pictures hardly larger than a chroma sample.
    static let sizes = [(64, 48), (151, 37), (38, 23), (1, 1), (2, 1), (1, 2), (3, 3)]

    /// Regions inside, at each edge, over each edge, odd and even, and of the whole picture.
    static func regions(_ width: Int, _ height: Int) -> [PixelRectangle] {
        [
            PixelRectangle(x: 0, y: 0, width: width, height: height),
            PixelRectangle(x: 1, y: 1, width: width / 2, height: height / 2),
            PixelRectangle(x: width / 3, y: height / 3 | 1, width: width / 2, height: height / 3),
            PixelRectangle(x: width / 2 | 1, y: height / 2, width: width, height: height),
            PixelRectangle(x: -5, y: -3, width: width / 2 + 5, height: height + 9),
            PixelRectangle(x: width, y: height, width: 4, height: 4),
            PixelRectangle(x: 0, y: 0, width: 0, height: 0),
        ]
    }

    static func masks(_ region: PixelRectangle) -> [InstanceMask] {
        var random = SplitMix(state: 99)
        return [
            .ellipse(in: region),
            InstanceMask(region) { _, _ in true },
            InstanceMask(region) { _, _ in false },
            InstanceMask(region) { _, _ in random.next() % 3 > 0 },
        ]
    }

    static func instance(_ mask: InstanceMask) -> Instance {
        Instance(classIndex: 4, score: 0.5, box: mask.region, mask: mask)
    }

    static func only(
        alpha: Float = 0.45, masks: Bool = false, outlines: Bool = false, boxes: Bool = false,
        thickness: Int? = nil
    ) -> OverlayOptions {
        OverlayOptions(
            alpha: alpha, drawsMasks: masks, drawsOutlines: outlines, drawsBoxes: boxes,
            drawsLabels: false, lineThickness: thickness)
    }

    @Test(arguments: PixelFormat.allCases)
    func `a mask is tinted and nothing else changes`(_ format: PixelFormat) throws {
        for (width, height) in Self.sizes {
            for region in Self.regions(width, height) {
                for mask in Self.masks(region) {
                    let frame = OverlayTestFrame(format, width: width, height: height)
                    let reference = OverlayReference(frame)
                    try frame.paint([Self.instance(mask)], Self.only(masks: true))
                    let differences = reference.differences(Palette.colour(at: 4)) { x, y in
                        mask.isSet(x, y) ? 0.45 : 0
                    }
                    #expect(differences.isEmpty, "\(width)x\(height) \(region)")
                }
            }
        }
    }

    @Test(arguments: PixelFormat.allCases, [Float(0), 0.003, 0.31, 0.999, 1])
    func `opacity reaches from nothing to all`(_ format: PixelFormat, _ alpha: Float) throws {
        for space in [OverlayColourSpace.bt709, .bt601Full] {
            for classIndex in 0..<12 {
                let frame = OverlayTestFrame(format, width: 37, height: 21)
                let reference = OverlayReference(frame)
                let mask = InstanceMask.ellipse(
                    in: PixelRectangle(x: 3, y: 2, width: 31, height: 17))
                var instance = Self.instance(mask)
                instance.classIndex = classIndex
                try frame.paint([instance], Self.only(alpha: alpha, masks: true), colour: space)
                let differences = reference.differences(
                    Palette.colour(at: classIndex), space
                ) { x, y in mask.isSet(x, y) ? Double(alpha) : 0 }
                #expect(differences.isEmpty)
            }
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func `an outline is the inner edge of its mask`(_ format: PixelFormat) throws {
        for (width, height) in Self.sizes {
            for region in Self.regions(width, height) {
                for mask in Self.masks(region) {
                    for thickness in [1, 2, 3, 40] {
                        let frame = OverlayTestFrame(format, width: width, height: height)
                        let reference = OverlayReference(frame)
                        try frame.paint(
                            [Self.instance(mask)], Self.only(outlines: true, thickness: thickness))
                        let outline = OverlayReference.outline(
                            mask, thickness: thickness, width: width, height: height)
                        let differences = reference.differences(Palette.colour(at: 4)) { x, y in
                            outline[y][x] ? 1 : 0
                        }
                        #expect(differences.isEmpty, "\(width)x\(height) \(region) \(thickness)")
                    }
                }
            }
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func `a box is drawn along the inside of its edges`(_ format: PixelFormat) throws {
        for (width, height) in Self.sizes {
            for box in Self.regions(width, height) {
                for thickness in [1, 2, 3, 40] {
                    let frame = OverlayTestFrame(format, width: width, height: height)
                    let reference = OverlayReference(frame)
                    var instance = Self.instance(InstanceMask(box) { _, _ in true })
                    instance.box = box
                    try frame.paint(
                        [instance], Self.only(boxes: true, thickness: thickness))
                    let left = max(box.x, 0)
                    let top = max(box.y, 0)
                    let right = min(box.x + box.width, width) - 1
                    let bottom = min(box.y + box.height, height) - 1
                    let differences = reference.differences(Palette.colour(at: 4)) { x, y in
                        let depth = min(x - left, y - top, right - x, bottom - y)
                        return depth >= 0 && depth < thickness ? 1 : 0
                    }
                    #expect(differences.isEmpty, "\(width)x\(height) \(box) \(thickness)")
                }
            }
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func `a stencil is painted in proportion to its coverage`(_ format: PixelFormat) throws {
        for (width, height) in Self.sizes {
            for region in Self.regions(width, height) {
                let span = Span2D(region).clipped(width: width, height: height)
                guard !span.isEmpty else { continue }
                var random = SplitMix(state: 5)
                let stride = span.width + 3
                let coverage = (0..<(stride * span.height)).map { _ -> UInt8 in
                    switch random.next() % 4 {
                    case 0: 0
                    case 1: 255
                    default: UInt8(truncatingIfNeeded: random.next())
                    }
                }
                let frame = OverlayTestFrame(format, width: width, height: height)
                let reference = OverlayReference(frame)
                let colour = Palette.colour(at: 7)
                try Self.paint(coverage, stride, span, colour, on: frame)
                let differences = reference.differences(colour) { x, y in
                    let (column, row) = (x - span.left, y - span.top)
                    guard column >= 0, row >= 0, column < span.width, row < span.height else {
                        return 0
                    }
                    return Double(coverage[row * stride + column]) / 255
                }
                #expect(differences.isEmpty, "\(width)x\(height) \(region)")
            }
        }
    }

    private static func paint(
        _ coverage: [UInt8], _ stride: Int, _ span: Span2D, _ colour: OverlayColour,
        on frame: OverlayTestFrame
    ) throws {
        let colour = SampleColour(colour, in: .bt709, bitDepth: frame.format.bitDepth)
        func paint<Coding: SampleCoding>(_: Coding.Type) throws {
            let canvas = try PaintCanvas<Coding>(
                frame.planes, format: frame.format, width: frame.width, height: frame.height,
                scratch: PaintScratch())
            canvas.paint(coverage: coverage, stride: stride, span: span, colour: colour)
        }
        switch frame.format {
        case .yuv420p, .yuv422p, .yuv444p, .nv12: try paint(EightBitCoding.self)
        case .yuv420p10, .yuv422p10, .yuv444p10: try paint(TenBitCoding.self)
        case .p010: try paint(HighTenBitCoding.self)
        }
    }
}
