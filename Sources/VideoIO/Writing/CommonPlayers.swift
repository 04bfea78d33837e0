import CFFmpeg

/// What browsers, phones and QuickTime play of the codecs that they know. Each of these codecs has profiles
/// that none of them decodes; whether they do depends on the profile alone, in every container.
enum CommonPlayers {
    /// Whether they know a codec at all; what they do not know is chosen for another purpose.
    static func know(_ codec: AVCodecID) -> Bool {
        [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1].contains(codec)
    }

    /// Whether they play a codec with a pixel format: 4:2:0 with 8 bits (the profiles Main and High of
    /// H.264), and where it is not H.264 also with 10 (Main 10, profile 2).
    static func play(_ format: AVPixelFormat, in codec: AVCodecID) -> Bool {
        guard let descriptor = av_pix_fmt_desc_get(format)?.pointee else { return false }
        let isSubsampled =
            descriptor.nb_components == 3 && descriptor.log2_chroma_w == 1
            && descriptor.log2_chroma_h == 1
        let depth = descriptor.comp.0.depth
        return isSubsampled && (depth == 8 || depth == 10 && codec != AV_CODEC_ID_H264)
    }

    /// What a user should know of a choice that they do not play, with the remedy; nil where they play it.
    static func remark(
        on format: AVPixelFormat, of choice: EncoderChoice, isHighDynamicRange: Bool
    ) -> String? {
        let codec = choice.id
        guard know(codec), !play(format, in: codec) else { return nil }
        let name = text(avcodec_get_name(codec)) ?? choice.name
        let remedy =
            isHighDynamicRange && codec == AV_CODEC_ID_H264
            ? "--codec libx265, which they play with HDR"
            : "--pixel-format \(isHighDynamicRange ? "yuv420p10le" : "yuv420p")"
        return
            "browsers, QuickTime and many other players do not play \(name) with the pixel format "
            + "\(VideoIO.name(of: format)); for them use \(remedy)"
    }
}

extension StreamInfo {
    /// Whether it holds samples as pictures have them, RGB, palettes, grey or JPEG: their chroma is as full
    /// as it is because no video codec chose otherwise.
    var isSampledAsPictures: Bool {
        let raw = parameters.raw.pointee
        if [AV_CODEC_ID_MJPEG, AV_CODEC_ID_MJPEGB].contains(raw.codec_id) { return true }
        guard let descriptor = av_pix_fmt_desc_get(AVPixelFormat(rawValue: raw.format))?.pointee
        else { return false }
        let picture = UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)
        return descriptor.nb_components <= 2 || descriptor.flags & picture != 0
    }
}
