import CFFmpeg

/// Turns whatever a decoder gives into an upright frame of one of ``PixelFormat``'s formats. Frames
/// that are that already pass untouched.
final class FrameNormaliser {
    /// One for each size and format that may be in use at a time.
    private let pool = FramePool()
    private let conversionPool = FramePool()
    private let wideningPool = FramePool()
    private let converter = PixelConverter()
    private let widener = PixelConverter()
    private let streamOrientation: Orientation
    private let background: (red: UInt8, green: UInt8, blue: UInt8)
    /// Frames whose pixel format had to be converted.
    private(set) var convertedFrames = 0

    init(
        streamOrientation: Orientation, background: (red: UInt8, green: UInt8, blue: UInt8)
    ) {
        self.streamOrientation = streamOrientation
        self.background = background
    }

    /// Takes over `frame`, whose pts and duration are set.
    func normalise(
        _ frame: UnsafeMutablePointer<AVFrame>, timeBase: Rational
    ) throws -> VideoFrame {
        let codedHeight = Int(frame.pointee.height)
        let orientation = Orientation(of: frame) ?? streamOrientation
        av_frame_remove_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX)
        var current = frame
        do {
            var format = try accept(&current, codedHeight: codedHeight)
            if orientation != .upright {
                try turn(&current, &format, orientation, codedHeight: codedHeight)
            }
            return VideoFrame(
                adopting: current, format: format, timeBase: timeBase, codedHeight: codedHeight,
                orientation: orientation, pool: pool)
        } catch {
            free(current)
            throw error
        }
    }

    /// Makes the frame one of ``PixelFormat``'s.
    private func accept(
        _ frame: inout UnsafeMutablePointer<AVFrame>, codedHeight: Int
    ) throws -> PixelFormat {
        if let format = PixelFormat(fullRange: frame.pixelFormat) {
            frame.pointee.format = format.raw.rawValue
            frame.pointee.color_range = AVCOL_RANGE_JPEG
        }
        let isUpsideDown = frame.plane(0).stride < 0
        if let format = PixelFormat(frame.pixelFormat), !isUpsideDown { return format }
        convertedFrames += 1
        let source = frame
        guard let descriptor = av_pix_fmt_desc_get(source.pixelFormat)?.pointee,
            descriptor.flags & UInt64(AV_PIX_FMT_FLAG_HWACCEL) == 0
        else {
            throw VideoError(
                .notDecodable, path: "", operation: "use the decoder's frames",
                reason: "unknown pixel format \(name(of: source.pixelFormat))")
        }
        let format = PixelFormat(nearest: source.pixelFormat)
        var origin = PictureSpecification(source, codedHeight: codedHeight)
        let isGrey = descriptor.nb_components <= 2
        let isRGB = descriptor.flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
        var colour = ColourDescription(source.pointee, pictureHeight: codedHeight)
        if isRGB {
            colour.matrix = colour.resolvedMatrix
            colour.range = .limited
        } else if isGrey && colour.range == .unspecified {
            // Grey comes from pictures, not from television.
            colour.range = .full
            origin.isFullRange = true
        }
        let hasAlpha = descriptor.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0
        var target = origin
        target.format = hasAlpha ? format.rawWithAlpha : format.raw
        target.isFullRange = colour.isFullRange
        let converted = try conversionPool.makeFrame(
            width: target.width, height: target.height, format: target.format)
        do {
            try check(.internal, path: "", "copy a frame's properties") {
                av_frame_copy_props(converted, source)
            }
            try converter.convert(source, as: origin, into: converted, as: target)
        } catch {
            free(converted)
            throw error
        }
        colour.apply(to: converted)
        if hasAlpha {
            AlphaCompositor.composite(
                converted, format: format,
                background: AlphaCompositor.components(
                    of: background, in: colour, depth: format.bitDepth))
            // The alpha plane stays in memory, unused; the format no longer speaks of it.
            converted.pointee.format = format.raw.rawValue
            converted.withPlanePointers { data, strides in
                data[3] = nil
                strides[3] = 0
            }
        }
        free(source)
        frame = converted
        return format
    }

    private func turn(
        _ frame: inout UnsafeMutablePointer<AVFrame>, _ format: inout PixelFormat,
        _ orientation: Orientation, codedHeight: Int
    ) throws {
        if orientation.swapsAxes, format.chromaShiftX != format.chromaShiftY {
            // 4:2:2 on its side has no name here; with full chroma nothing is lost.
            let wide: PixelFormat = format.bitDepth > 8 ? .yuv444p10 : .yuv444p
            let origin = PictureSpecification(frame, codedHeight: codedHeight)
            var target = origin
            target.format = wide.raw
            let full = try wideningPool.makeFrame(
                width: origin.width, height: origin.height, format: wide.raw)
            do {
                try check(.internal, path: "", "copy a frame's properties") { [frame] in
                    av_frame_copy_props(full, frame)
                }
                try widener.convert(frame, as: origin, into: full, as: target)
            } catch {
                free(full)
                throw error
            }
            free(frame)
            frame = full
            format = wide
        }
        // They speak of the picture as it was coded.
        av_frame_remove_side_data(frame, AV_FRAME_DATA_MOTION_VECTORS)
        let source = frame
        let (width, height) = (source.pointee.width, source.pointee.height)
        let swaps = orientation.swapsAxes
        let turned = try pool.makeFrame(
            width: swaps ? height : width, height: swaps ? width : height, format: format.raw)
        let status = av_frame_copy_props(turned, source)
        guard status >= 0 else {
            free(turned)
            throw VideoError(
                .internal, path: "", operation: "copy a frame's properties", code: status)
        }
        FrameTurner.turn(source, format: format, orientation: orientation, into: turned)
        var colour = ColourDescription(source.pointee, pictureHeight: codedHeight)
        colour.chromaLocation = colour.chromaLocation.turned(orientation)
        colour.apply(to: turned)
        FieldOrder(source).turned(orientation, height: Int(height)).apply(to: turned)
        let aspect = source.pointee.sample_aspect_ratio
        if swaps, aspect.num > 0 {
            turned.pointee.sample_aspect_ratio = AVRational(num: aspect.den, den: aspect.num)
        }
        free(source)
        frame = turned
    }
}

extension PixelFormat {
    /// The same layout with an alpha plane; only for planar formats.
    fileprivate var rawWithAlpha: AVPixelFormat {
        switch self {
        case .yuv420p, .nv12: AV_PIX_FMT_YUVA420P
        case .yuv422p: AV_PIX_FMT_YUVA422P
        case .yuv444p: AV_PIX_FMT_YUVA444P
        case .yuv420p10, .p010: AV_PIX_FMT_YUVA420P10LE
        case .yuv422p10: AV_PIX_FMT_YUVA422P10LE
        case .yuv444p10: AV_PIX_FMT_YUVA444P10LE
        }
    }
}
