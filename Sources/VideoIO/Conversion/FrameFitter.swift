import CFFmpeg

/// Brings frames to the one size, pixel format and colour an encoder was opened with: pads odd sizes,
/// and scales frames of another size into a black border. Frames that fit pass untouched.
final class FrameFitter {
    /// What a frame needed.
    struct Result {
        let frame: UnsafeMutablePointer<AVFrame>
        /// Whether the caller has to free it.
        let isOwned: Bool
        let wasRescaled: Bool
        let wasConverted: Bool
    }

    /// The picture without padding.
    let width: Int32
    let height: Int32
    /// The picture as the encoder sees it.
    let paddedWidth: Int32
    let paddedHeight: Int32
    let format: AVPixelFormat
    let colour: ColourDescription
    private let sampleAspectRatio: Rational
    private let pool = FramePool()
    private let paddedPool = FramePool()
    private let converter = PixelConverter()

    init(first: VideoFrame, format samples: EncoderChoice.SampleFormat, acceptsOddSizes: Bool) {
        width = Int32(first.width)
        height = Int32(first.height)
        format = samples.format
        var colour = first.colour
        if samples.forcesFullRange { colour.range = .full }
        if let matrix = samples.matrix { colour.matrix = matrix }
        let flags = av_pix_fmt_desc_get(format)?.pointee.flags ?? 0
        if flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0 {
            colour.matrix = .rgb
            colour.range = .full
        }
        self.colour = colour
        sampleAspectRatio = first.sampleAspectRatio
        let descriptor = av_pix_fmt_desc_get(format)
        let evenX = !acceptsOddSizes && (descriptor?.pointee.log2_chroma_w ?? 0) > 0
        let evenY = !acceptsOddSizes && (descriptor?.pointee.log2_chroma_h ?? 0) > 0
        paddedWidth = evenX ? (width + 1) & ~1 : width
        paddedHeight = evenY ? (height + 1) & ~1 : height
    }

    var pads: Bool { paddedWidth != width || paddedHeight != height }

    /// Makes a frame fit.
    func fit(_ frame: VideoFrame) throws -> Result {
        let origin = PictureSpecification(frame.raw, codedHeight: frame.colour.pictureHeight)
        var target = origin
        target.format = format
        if colour.matrix != .rgb {
            target.matrix = colour.resolvedMatrix
            target.isFullRange = colour.isFullRange
        } else {
            target.isFullRange = true
        }
        let isResized = origin.width != width || origin.height != height
        let isConverted =
            origin.format != format || origin.matrix != target.matrix
            || (origin.isFullRange != target.isFullRange && colour.matrix != .rgb)
        var current = frame.raw
        var isOwned = false
        if isResized || isConverted {
            current = try convert(frame, origin, target, isResized: isResized)
            isOwned = true
        }
        if pads {
            let (inner, innerIsOwned) = (current, isOwned)
            defer { if innerIsOwned { free(inner) } }
            current = try pad(inner)
            isOwned = true
        }
        return Result(
            frame: current, isOwned: isOwned, wasRescaled: isResized, wasConverted: isConverted)
    }

    private func convert(
        _ frame: VideoFrame, _ origin: PictureSpecification, _ target: PictureSpecification,
        isResized: Bool
    ) throws -> UnsafeMutablePointer<AVFrame> {
        let made = try pool.makeFrame(width: width, height: height, format: format)
        do {
            try check(.internal, path: "", "copy a frame's properties") {
                av_frame_copy_props(made, frame.raw)
            }
            colour.apply(to: made)
            var target = target
            var (x, y) = (Int32(0), Int32(0))
            if isResized {
                (x, y, target.width, target.height) = window(for: frame)
                fillBlack(made)
            }
            try converter.convert(frame.raw, as: origin, into: made, as: target, x: x, y: y)
            made.pointee.sample_aspect_ratio = sampleAspectRatio.raw
            return made
        } catch {
            free(made)
            throw error
        }
    }

    /// The largest centred window with the frame's own shape.
    private func window(for frame: VideoFrame) -> (Int32, Int32, Int32, Int32) {
        func aspect(_ ratio: Rational) -> Double { ratio.isPositive ? ratio.doubleValue : 1 }
        let shape =
            Double(frame.width) * aspect(frame.sampleAspectRatio)
            / (Double(frame.height) * aspect(sampleAspectRatio))
        let scale = min(Double(width) / shape, Double(height))
        // Even sizes and places, so that chroma lies where it should.
        func even(_ value: Double, _ limit: Int32) -> Int32 {
            let rounded = Int32((value / 2).rounded()) * 2
            return max(1, min(max(2, rounded), limit))
        }
        let w = even(scale * shape, width)
        let h = even(scale, height)
        return (((width - w) / 2) & ~1, ((height - h) / 2) & ~1, w, h)
    }

    /// Repeats the last column and row.
    private func pad(
        _ frame: UnsafeMutablePointer<AVFrame>
    ) throws -> UnsafeMutablePointer<AVFrame> {
        let made = try paddedPool.makeFrame(
            width: paddedWidth, height: paddedHeight, format: format)
        let status = av_frame_copy_props(made, frame)
        guard status >= 0 else {
            free(made)
            throw VideoError(
                .internal, path: "", operation: "copy a frame's properties", code: status)
        }
        for index in 0..<4 {
            let (from, to) = (frame.plane(index), made.plane(index))
            guard let input = from.start, let output = to.start else { continue }
            let isChroma = index == 1 || index == 2
            let descriptor = av_pix_fmt_desc_get(format)
            let shift = isChroma ? Int32(descriptor?.pointee.log2_chroma_h ?? 0) : 0
            func rows(_ height: Int32) -> Int { Int((height + (1 << shift) - 1) >> shift) }
            let bytes = Int(av_image_get_linesize(format, width, Int32(index)))
            let paddedBytes = Int(av_image_get_linesize(format, paddedWidth, Int32(index)))
            for y in 0..<rows(paddedHeight) {
                let source = input + min(y, rows(height) - 1) * from.stride
                let target = output + y * to.stride
                target.update(from: source, count: bytes)
                // The sample before repeats: as far back as the padding is wide.
                let extra = paddedBytes - bytes
                if extra > 0 { (target + bytes).update(from: source + bytes - extra, count: extra) }
            }
        }
        return made
    }
}
