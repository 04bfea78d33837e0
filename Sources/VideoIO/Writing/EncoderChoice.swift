import CFFmpeg

/// Which encoder and pixel format an output gets.
struct EncoderChoice {
    let codec: UnsafePointer<AVCodec>

    var name: String { text(codec.pointee.name) ?? "" }
    var id: AVCodecID { codec.pointee.id }

    /// Takes an encoder that is known already.
    init(codec: UnsafePointer<AVCodec>) { self.codec = codec }

    /// Picks the encoder that is asked for, or H.264, or the container's own default.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    init(named name: String?, format: UnsafePointer<AVOutputFormat>, path: String) throws {
        func fail(_ reason: String) -> VideoError {
            VideoError(.cannotWrite, path: path, operation: "choose an encoder", reason: reason)
        }
        let container = text(format.pointee.name) ?? "this container"
        if let name {
            guard let codec = avcodec_find_encoder_by_name(name) ?? Self.find(codecNamed: name)
            else {
                throw fail("this FFmpeg has no encoder named \(name)")
            }
            guard codec.pointee.type == AVMEDIA_TYPE_VIDEO else {
                throw fail("\(name) encodes no video")
            }
            guard
                avformat_query_codec(format, codec.pointee.id, FF_COMPLIANCE_EXPERIMENTAL) != 0
            else {
                throw fail("\(container) cannot hold \(name)")
            }
            self.codec = codec
            return
        }
        let holdsH264 =
            avformat_query_codec(format, AV_CODEC_ID_H264, FF_COMPLIANCE_NORMAL) == 1
            || format.pointee.video_codec == AV_CODEC_ID_H264
            || ["mpegts"].contains(container)
        let id = holdsH264 ? AV_CODEC_ID_H264 : format.pointee.video_codec
        guard id != AV_CODEC_ID_NONE else { throw fail("\(container) holds no video") }
        let preferred = id == AV_CODEC_ID_H264 ? avcodec_find_encoder_by_name("libx264") : nil
        guard let codec = preferred ?? avcodec_find_encoder(id) else {
            throw fail(
                "this FFmpeg has no encoder for \(text(avcodec_get_name(id)) ?? "its codec")")
        }
        self.codec = codec
    }

    /// "h264" and "hevc" name codecs, not encoders; people type them.
    private static func find(codecNamed name: String) -> UnsafePointer<AVCodec>? {
        guard let descriptor = avcodec_descriptor_get_by_name(name) else { return nil }
        return avcodec_find_encoder(descriptor.pointee.id)
    }

    /// The pixel format that keeps most of a frame's.
    func pixelFormat(
        for frame: VideoFrame, path: String
    ) throws -> (format: AVPixelFormat, forcesFullRange: Bool) {
        let chosen = bestFormat(for: frame)
        let descriptor = av_pix_fmt_desc_get(chosen.format)
        let depth = descriptor.map { Int($0.pointee.comp.0.depth) } ?? 8
        // What came with 8 bits loses nothing by staying so.
        if frame.colour.isHighDynamicRange && frame.format.bitDepth >= 10 && depth < 10 {
            let transfer = frame.colour.transfer == .pq ? "PQ" : "HLG"
            throw VideoError(
                .cannotWrite, path: path, operation: "encode HDR video",
                reason: "\(transfer) needs 10 bits and \(name) has \(depth) here; "
                    + "choose an encoder with 10 bits, such as libx265")
        }
        return chosen
    }

    private func bestFormat(
        for frame: VideoFrame
    ) -> (format: AVPixelFormat, forcesFullRange: Bool) {
        guard let list = yv_encoder_pixel_formats(codec) else { return (frame.format.raw, false) }
        var offered: [AVPixelFormat] = []
        var entry = list
        while entry.pointee != AV_PIX_FMT_NONE {
            let flags = av_pix_fmt_desc_get(entry.pointee)?.pointee.flags ?? 0
            if flags & UInt64(AV_PIX_FMT_FLAG_HWACCEL) == 0 { offered.append(entry.pointee) }
            entry += 1
        }
        var wanted = [frame.format]
        if frame.format == .nv12 { wanted.append(.yuv420p) }
        if frame.format == .p010 { wanted.append(.yuv420p10) }
        if id == AV_CODEC_ID_MJPEG {
            // JPEG is full range; the encoder lists limited formats but refuses them.
            for format in wanted {
                if let full = format.rawFullRange, offered.contains(full) { return (full, true) }
            }
        }
        for format in wanted where offered.contains(format.raw) { return (format.raw, false) }
        var loss: Int32 = 0
        let best = avcodec_find_best_pix_fmt_of_list(list, frame.format.raw, 0, &loss)
        let isFull = PixelFormat(fullRange: best) != nil
        return (best, isFull)
    }
}
