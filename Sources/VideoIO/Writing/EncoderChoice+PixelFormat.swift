import CFFmpeg

extension EncoderChoice {
    /// A pixel format for an encoder.
    struct SampleFormat {
        var format: AVPixelFormat
        /// Whether samples have to use all codes, whatever the frames do.
        var forcesFullRange = false
        /// The equations that everyone who decodes it takes for granted, whatever the frames have.
        var matrix: ColourMatrix?

        /// JPEG's: all codes, BT.601.
        static func jpeg(_ format: AVPixelFormat) -> SampleFormat {
            SampleFormat(format: format, forcesFullRange: true, matrix: .bt470bg)
        }
    }

    /// The pixel formats in main memory that an encoder takes; empty where it does not say.
    static func pixelFormats(of codec: UnsafePointer<AVCodec>) -> [AVPixelFormat] {
        guard let list = yv_encoder_pixel_formats(codec) else { return [] }
        var offered: [AVPixelFormat] = []
        var entry = list
        while entry.pointee != AV_PIX_FMT_NONE {
            let flags = av_pix_fmt_desc_get(entry.pointee)?.pointee.flags ?? 0
            if flags & UInt64(AV_PIX_FMT_FLAG_HWACCEL) == 0 { offered.append(entry.pointee) }
            entry += 1
        }
        return offered
    }

    /// The pixel format of that name; nil where the encoder does not take it.
    static func pixelFormat(
        named name: String, of codec: UnsafePointer<AVCodec>
    ) -> AVPixelFormat? {
        let format = av_get_pix_fmt(name)
        guard format != AV_PIX_FMT_NONE else { return nil }
        let offered = pixelFormats(of: codec)
        return offered.isEmpty || offered.contains(format) ? format : nil
    }

    /// The pixel format that was asked for; else for the codecs that common players know, where full chroma
    /// was nobody's choice, one that they play; else the one that keeps most of a frame's.
    ///
    /// - Parameter isSampledAsPictures: Whether full chroma was nobody's choice.
    func pixelFormat(
        for frame: VideoFrame, isSampledAsPictures: Bool, path: String
    ) throws -> SampleFormat {
        var wanted = frame.format
        if isSampledAsPictures && CommonPlayers.know(id) {
            let needsDepth = frame.colour.isHighDynamicRange && frame.format.bitDepth >= 10
            wanted = needsDepth ? .yuv420p10 : .yuv420p
        }
        let chosen = pixelFormat.map(asked) ?? bestFormat(for: wanted)
        let descriptor = av_pix_fmt_desc_get(chosen.format)
        let depth = descriptor.map { Int($0.pointee.comp.0.depth) } ?? 8
        // What came with 8 bits loses nothing by staying so.
        if frame.colour.isHighDynamicRange && frame.format.bitDepth >= 10 && depth < 10 {
            let transfer = frame.colour.transfer == .pq ? "PQ" : "HLG"
            let encoder = pixelFormat == nil ? name : VideoIO.name(of: chosen.format)
            throw VideoError(
                .cannotWrite, path: path, operation: "encode HDR video",
                reason: "\(transfer) needs 10 bits and \(encoder) has \(depth) here; "
                    + "choose an encoder with 10 bits, such as libx265")
        }
        return chosen
    }

    /// The most bits that the encoder takes.
    var largestDepth: Int {
        let formats = Self.pixelFormats(of: codec)
        return formats.compactMap { av_pix_fmt_desc_get($0).map { Int($0.pointee.comp.0.depth) } }
            .max() ?? 8
    }

    private func asked(_ format: AVPixelFormat) -> SampleFormat {
        // JPEG is full range; the encoder lists limited formats but refuses them.
        let full = PixelFormat(format).flatMap(\.rawFullRange)
        if id == AV_CODEC_ID_MJPEG, let full { return .jpeg(full) }
        return SampleFormat(
            format: format, forcesFullRange: PixelFormat(fullRange: format) != nil)
    }

    private func bestFormat(for format: PixelFormat) -> SampleFormat {
        let offered = Self.pixelFormats(of: codec)
        if offered.isEmpty { return SampleFormat(format: format.raw) }
        var wanted = [format]
        if format == .nv12 { wanted.append(.yuv420p) }
        if format == .p010 { wanted.append(.yuv420p10) }
        if id == AV_CODEC_ID_MJPEG {
            for format in wanted {
                if let full = format.rawFullRange, offered.contains(full) {
                    return .jpeg(full)
                }
            }
        }
        for format in wanted where offered.contains(format.raw) {
            return SampleFormat(format: format.raw)
        }
        var loss: Int32 = 0
        let best = avcodec_find_best_pix_fmt_of_list(
            yv_encoder_pixel_formats(codec), format.raw, 0, &loss)
        if id == AV_CODEC_ID_MJPEG { return .jpeg(best) }
        return SampleFormat(format: best, forcesFullRange: PixelFormat(fullRange: best) != nil)
    }
}
