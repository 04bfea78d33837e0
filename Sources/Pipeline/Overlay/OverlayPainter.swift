public import Model
import Synchronization
public import VideoIO

/// Paints instances onto decoded frames, in the frames' own sample format.
///
/// Masks are tinted, then outline and box drawn, instance by instance from the lowest score to the
/// highest, so that the surest lies on top; all labels follow in the same order. Where nothing is
/// painted every sample keeps its exact value.
///
/// A painter keeps its glyphs and buffers, so use one for a whole video. Calls from several threads
/// are safe and run one after the other.
public final class OverlayPainter: @unchecked Sendable {
    // @unchecked: font and buffers are touched only while `lock` is held; the rest is immutable.

    /// What is painted.
    public let options: OverlayOptions
    private let labels: LabelTypesetter?
    private let scratch = PaintScratch()
    private let lock = Mutex(())

    /// Creates a painter and, if labels are drawn, opens their font.
    ///
    /// - Parameters:
    ///   - options: What is painted.
    ///   - classNames: Names by `Instance.classIndex`. An index without one is written as a number.
    /// - Throws: ``OverlayError`` if the font is missing or unreadable.
    public init(options: OverlayOptions, classNames: [String]) throws(OverlayError) {
        self.options = options
        if options.drawsLabels {
            let path: String
            if let chosen = options.fontPath {
                path = chosen
            } else {
                path = try LabelFont.locate()
            }
            labels = LabelTypesetter(font: try LabelFont(path: path), classNames: classNames)
        } else {
            labels = nil
        }
    }

    /// Paints instances onto the planes of a frame.
    ///
    /// Parts of masks and boxes outside the picture are left out; labels are moved inside.
    ///
    /// - Parameters:
    ///   - instances: In any order; of equal scores the earlier in the list is painted on top.
    ///   - planes: The frame's planes as `PixelFormat` describes them, numbered from 0.
    ///   - format: How samples are stored.
    ///   - width: Picture width in pixels.
    ///   - height: Picture height in pixels.
    ///   - colour: The equations between the frame's samples and R'G'B'.
    /// - Throws: ``OverlayError`` if planes do not fit the format, a mask does not fit its region, or
    ///   FreeType cannot render a glyph. The first two leave the frame as it is.
    public func paint<Planes: RandomAccessCollection>(
        _ instances: [Instance], on planes: Planes, format: PixelFormat, width: Int, height: Int,
        colour: OverlayColourSpace
    ) throws(OverlayError) where Planes.Element == MutableFramePlane, Planes.Index == Int {
        try lock.withLock { _ throws(OverlayError) in
            for (index, instance) in instances.enumerated() {
                let region = instance.mask.region
                let area = region.width.multipliedReportingOverflow(by: region.height)
                let bytes = instance.mask.pixels.count
                guard region.width >= 0, region.height >= 0, !area.overflow,
                    area.partialValue == bytes
                else {
                    throw .maskDoesNotFit(
                        instance: index, region: area.partialValue, bytes: bytes)
                }
            }
            switch format {
            case .yuv420p, .yuv422p, .yuv444p, .nv12:
                let canvas = try PaintCanvas<EightBitCoding>(
                    planes, format: format, width: width, height: height, scratch: scratch)
                try paint(instances, on: canvas, colour, bitDepth: format.bitDepth)
            case .yuv420p10, .yuv422p10, .yuv444p10:
                let canvas = try PaintCanvas<TenBitCoding>(
                    planes, format: format, width: width, height: height, scratch: scratch)
                try paint(instances, on: canvas, colour, bitDepth: format.bitDepth)
            case .p010:
                let canvas = try PaintCanvas<HighTenBitCoding>(
                    planes, format: format, width: width, height: height, scratch: scratch)
                try paint(instances, on: canvas, colour, bitDepth: format.bitDepth)
            }
        }
    }

    private func paint<Coding: SampleCoding>(
        _ instances: [Instance], on canvas: PaintCanvas<Coding>, _ space: OverlayColourSpace,
        bitDepth: Int
    ) throws(OverlayError) {
        let thickness = options.lineThickness(width: canvas.width, height: canvas.height)
        scratch.order.removeAll(keepingCapacity: true)
        scratch.order.append(contentsOf: instances.indices)
        scratch.order.sort { one, two in
            let (low, high) = (instances[one].score, instances[two].score)
            return low == high ? one > two : low < high
        }
        for index in scratch.order {
            let instance = instances[index]
            let colour = SampleColour(
                options.colour(of: instance), in: space, bitDepth: bitDepth)
            paintMask(instance.mask, on: canvas, colour, thickness)
            if options.drawsBoxes {
                canvas.stroke(Span2D(instance.box), thickness: thickness, colour: colour)
            }
        }
        guard let labels else { return }
        try labels.setPixelSize(options.fontSize(width: canvas.width, height: canvas.height))
        for index in scratch.order {
            try paintLabel(
                of: instances[index], labels, on: canvas, space, bitDepth: bitDepth)
        }
    }

    private func paintMask<Coding: SampleCoding>(
        _ mask: InstanceMask, on canvas: PaintCanvas<Coding>, _ colour: SampleColour,
        _ thickness: Int
    ) {
        let span = canvas.clip(mask.region)
        guard !span.isEmpty, options.drawsMasks || options.drawsOutlines else { return }
        mask.pixels.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            let offset =
                (span.top - mask.region.y) * mask.region.width + span.left - mask.region.x
            let pixels = MaskPixels(
                span: span, pixels: base + offset, stride: mask.region.width)
            if options.drawsMasks {
                let alpha = options.alpha.isNaN ? 0 : min(max(options.alpha, 0), 1)
                let weight = UInt16((alpha * 65535).rounded())
                if weight > 0 { canvas.tint(pixels, colour: colour, weight: weight) }
            }
            if options.drawsOutlines {
                canvas.outline(pixels, colour: colour, thickness: thickness)
            }
        }
    }

    private func paintLabel<Coding: SampleCoding>(
        of instance: Instance, _ labels: LabelTypesetter, on canvas: PaintCanvas<Coding>,
        _ space: OverlayColourSpace, bitDepth: Int
    ) throws(OverlayError) {
        let labelWidth = try labels.compose(
            classIndex: instance.classIndex, id: instance.id, score: instance.score,
            widthLimit: canvas.width, into: scratch)
        let plate = LabelPlacement.span(
            box: Span2D(instance.box), labelWidth: labelWidth, labelHeight: labels.height,
            width: canvas.width, height: canvas.height)
        let colour = options.colour(of: instance)
        canvas.fill(
            plate, colour: SampleColour(colour, in: space, bitDepth: bitDepth))
        canvas.paint(
            coverage: scratch.label, stride: labelWidth, span: plate,
            colour: SampleColour(colour.textColour, in: space, bitDepth: bitDepth))
    }
}

/// Where a label's plate goes.
enum LabelPlacement {
    /// On top of the box and flush with its left edge; inside the box, below its upper edge, where
    /// there is no room above; in any case inside the picture, cut off only if larger than it.
    static func span(
        box: Span2D, labelWidth: Int, labelHeight: Int, width: Int, height: Int
    ) -> Span2D {
        let boxTop = min(max(box.top, 0), height)
        let top = boxTop >= labelHeight ? boxTop - labelHeight : boxTop
        let fittedTop = max(0, min(top, height - labelHeight))
        let fittedLeft = max(0, min(box.left, width - labelWidth))
        return Span2D(
            left: fittedLeft, top: fittedTop, right: min(fittedLeft + labelWidth, width),
            bottom: min(fittedTop + labelHeight, height))
    }
}
