import CFFmpeg

/// Size, pixel format and colour equations of one side of a conversion.
struct PictureSpecification: Equatable {
    var width: Int32
    var height: Int32
    var format: AVPixelFormat
    var matrix: ColourMatrix
    var isFullRange: Bool

    /// What a frame is, its colour resolved.
    init(_ frame: UnsafePointer<AVFrame>, codedHeight: Int) {
        let raw = frame.pointee
        let colour = ColourDescription(raw, pictureHeight: codedHeight)
        width = raw.width
        height = raw.height
        format = AVPixelFormat(rawValue: raw.format)
        matrix = colour.resolvedMatrix
        isFullRange = colour.isFullRange
    }
}

/// Converts pixel formats and sizes with swscale, told the right matrix and range on both sides.
final class PixelConverter {
    private var context: OpaquePointer?
    private var key: (PictureSpecification, PictureSpecification)?

    deinit { sws_freeContext(context) }

    /// Converts `source` into a window of `destination`, whose upper left corner is at (x, y), even
    /// numbers, and whose size is that of `target`.
    func convert(
        _ source: UnsafeMutablePointer<AVFrame>, as origin: PictureSpecification,
        into destination: UnsafeMutablePointer<AVFrame>, as target: PictureSpecification,
        x: Int32 = 0, y: Int32 = 0
    ) throws {
        let context = try prepare(from: origin, to: target)
        let rows = source.withPlanePointers { input, inputStrides in
            destination.withPlanePointers { output, outputStrides -> Int32 in
                var window = (0..<4).map { output[$0] }
                for plane in 0..<4 where window[plane] != nil {
                    window[plane]? += Self.offset(
                        plane, format: target.format, x: x, y: y, stride: outputStrides[plane])
                }
                let planes = (0..<4).map { input[$0].map { UnsafePointer($0) } }
                return sws_scale(
                    context, planes, inputStrides, 0, origin.height, window, outputStrides)
            }
        }
        guard rows == target.height else {
            throw VideoError(.internal, path: "", operation: "convert a frame", code: rows)
        }
    }

    private func prepare(
        from origin: PictureSpecification, to target: PictureSpecification
    ) throws -> OpaquePointer {
        if let context, let key, key == (origin, target) { return context }
        sws_freeContext(context)
        context = nil
        key = nil
        guard sws_isSupportedInput(origin.format) > 0, sws_isSupportedOutput(target.format) > 0
        else {
            throw VideoError(
                .notDecodable, path: "",
                operation: "convert \(name(of: origin.format)) to \(name(of: target.format))",
                reason: "the scaler does not support it")
        }
        let flags =
            SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
        let made = try allocated(
            sws_getContext(
                origin.width, origin.height, origin.format, target.width, target.height,
                target.format, flags, nil, nil, nil), "a pixel converter")
        context = made
        let code = sws_setColorspaceDetails(
            made, sws_getCoefficients(origin.matrix.scalerCode), origin.isFullRange ? 1 : 0,
            sws_getCoefficients(target.matrix.scalerCode), target.isFullRange ? 1 : 0,
            0, 1 << 16, 1 << 16)
        // Formats without a matrix (grey to grey, RGB to RGB) refuse, rightly.
        let differs = origin.matrix != target.matrix || origin.isFullRange != target.isFullRange
        if code < 0 && differs {
            throw VideoError(
                .internal, path: "", operation: "set the colours of a conversion", code: code)
        }
        key = (origin, target)
        return made
    }

    /// Bytes from a plane's start to the sample of luma position (x, y).
    private static func offset(
        _ plane: Int, format: AVPixelFormat, x: Int32, y: Int32, stride: Int32
    ) -> Int {
        guard x != 0 || y != 0, let descriptor = av_pix_fmt_desc_get(format) else { return 0 }
        let isChroma = plane == 1 || plane == 2
        let rows = isChroma ? y >> Int32(descriptor.pointee.log2_chroma_h) : y
        let columns = max(0, av_image_get_linesize(format, x, Int32(plane)))
        return Int(rows) * Int(stride) + Int(columns)
    }
}

extension ColourMatrix {
    /// swscale's code; H.273's but for those it does not know.
    fileprivate var scalerCode: Int32 {
        self == .bt2020c ? ColourMatrix.bt2020nc.rawValue : rawValue
    }
}
