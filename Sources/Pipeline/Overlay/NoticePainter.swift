import Synchronization
import VideoIO

/// Writes a line of text in the upper left corner of a picture, on a plate.
///
/// `@unchecked Sendable`: font and buffers are touched only while `lock` is held; the rest is immutable.
final class NoticePainter: @unchecked Sendable {
    private static let plate = OverlayColour(red: 176, green: 32, blue: 32)
    private let options: OverlayOptions
    private let typesetter: LabelTypesetter
    private let scratch = PaintScratch()
    private let lock = Mutex(())

    /// Opens the font.
    ///
    /// - Throws: ``OverlayError`` if it is missing or unreadable.
    init(options: OverlayOptions) throws(OverlayError) {
        self.options = options
        let path: String
        if let chosen = options.fontPath { path = chosen } else { path = try LabelFont.locate() }
        typesetter = LabelTypesetter(font: try LabelFont(path: path), classNames: [])
    }

    /// Paints a text, cut off at the right edge where it is too long.
    func paint(_ text: String, on frame: VideoFrame) throws {
        try lock.withLock { _ in
            try frame.withMutablePlanes { planes in
                switch frame.format {
                case .yuv420p, .yuv422p, .yuv444p, .nv12:
                    try paint(text, canvas(frame, planes, EightBitCoding.self), frame)
                case .yuv420p10, .yuv422p10, .yuv444p10:
                    try paint(text, canvas(frame, planes, TenBitCoding.self), frame)
                case .p010:
                    try paint(text, canvas(frame, planes, HighTenBitCoding.self), frame)
                }
            }
        }
    }

    private func canvas<Coding: SampleCoding>(
        _ frame: VideoFrame, _ planes: MutableFramePlanes, _ coding: Coding.Type
    ) throws(OverlayError) -> PaintCanvas<Coding> {
        try PaintCanvas<Coding>(
            planes, format: frame.format, width: frame.width, height: frame.height,
            scratch: scratch)
    }

    private func paint<Coding: SampleCoding>(
        _ text: String, _ canvas: PaintCanvas<Coding>, _ frame: VideoFrame
    ) throws(OverlayError) {
        let size = options.fontSize(width: canvas.width, height: canvas.height)
        try typesetter.setPixelSize(size)
        let width = try typesetter.compose(text: text, widthLimit: canvas.width, into: scratch)
        let span = LabelPlacement.span(
            box: Span2D(left: size / 2, top: size / 2, right: canvas.width, bottom: canvas.height),
            labelWidth: width, labelHeight: typesetter.height, width: canvas.width,
            height: canvas.height)
        func colour(_ colour: OverlayColour) -> SampleColour {
            SampleColour(colour, in: frame.overlayColourSpace, bitDepth: frame.format.bitDepth)
        }
        canvas.fill(span, colour: colour(Self.plate))
        canvas.paint(
            coverage: scratch.label, stride: width, span: span,
            colour: colour(Self.plate.textColour))
    }
}
