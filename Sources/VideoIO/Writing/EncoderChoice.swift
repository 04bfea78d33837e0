import CFFmpeg

/// Which encoder and pixel format an output gets.
struct EncoderChoice {
    let codec: UnsafePointer<AVCodec>
    /// The pixel format that was asked for; nil for one that suits the frames.
    let pixelFormat: AVPixelFormat?

    var name: String { text(codec.pointee.name) ?? "" }
    var id: AVCodecID { codec.pointee.id }

    /// Takes an encoder that is known already.
    init(codec: UnsafePointer<AVCodec>) {
        self.codec = codec
        pixelFormat = nil
    }

    /// Picks the encoder that is asked for, or H.264, or the container's own default, and checks that it takes
    /// the options.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    init(
        _ options: VideoWriter.Options, format: UnsafePointer<AVOutputFormat>, path: String
    ) throws {
        codec = try Self.encoder(named: options.codec, format: format, path: path)
        pixelFormat = try options.pixelFormat.map { [codec] name in
            guard let format = Self.pixelFormat(named: name, of: codec) else {
                let offered = Self.pixelFormats(of: codec).map(VideoIO.name)
                throw VideoError(
                    .cannotWrite, path: path, operation: "choose a pixel format",
                    reason: "\(text(codec.pointee.name) ?? "the encoder") has no pixel format "
                        + "'\(name)'; it has: " + offered.joined(separator: ", "))
            }
            return format
        }
        _ = try Encoder.options(of: self, options, path: path)
    }

    private static func encoder(
        named name: String?, format: UnsafePointer<AVOutputFormat>, path: String
    ) throws -> UnsafePointer<AVCodec> {
        func fail(_ reason: String) -> VideoError {
            VideoError(.cannotWrite, path: path, operation: "choose an encoder", reason: reason)
        }
        let container = text(format.pointee.name) ?? "this container"
        if let name {
            guard let codec = avcodec_find_encoder_by_name(name) ?? find(codecNamed: name)
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
            return codec
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
        return codec
    }

    /// "h264" and "hevc" name codecs, not encoders; people type them.
    private static func find(codecNamed name: String) -> UnsafePointer<AVCodec>? {
        guard let descriptor = avcodec_descriptor_get_by_name(name) else { return nil }
        return avcodec_find_encoder(descriptor.pointee.id)
    }
}
