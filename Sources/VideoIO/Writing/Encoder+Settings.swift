import CFFmpeg

extension Encoder {
    /// Copies the settings that all encoders have.
    static func apply(_ settings: Settings, to context: UnsafeMutablePointer<AVCodecContext>) {
        context.pointee.width = settings.width
        context.pointee.height = settings.height
        context.pointee.pix_fmt = settings.format
        context.pointee.colorspace = settings.colour.matrix.raw
        context.pointee.color_primaries = settings.colour.primaries.raw
        context.pointee.color_trc = settings.colour.transfer.raw
        context.pointee.color_range = settings.colour.range.raw
        context.pointee.chroma_sample_location = settings.colour.chromaLocation.raw
        context.pointee.sample_aspect_ratio = settings.sampleAspectRatio.raw
        context.pointee.time_base = settings.timeBase.raw
        if let rate = settings.frameRate { context.pointee.framerate = rate.raw }
        context.pointee.thread_count = Int32(clamping: settings.options.threads)
        if settings.needsGlobalHeader {
            context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        }
        // Players would show each frame as late as reordering delays it.
        if !settings.allowsReordering { context.pointee.max_b_frames = 0 }
        context.pointee.field_order = settings.fieldOrder.raw(for: context.pointee.codec_id)
        if codesFields(settings, name: text(context.pointee.codec?.pointee.name) ?? "") {
            context.pointee.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME
        }
    }

    /// Whether the encoder has to be told that frames hold two fields, and has ways to code them so. Others
    /// take it from the frames, or leave it to the container.
    static func codesFields(_ settings: Settings, name: String) -> Bool {
        guard settings.fieldOrder != .progressive else { return false }
        switch name {
        case "mpeg2video", "mpeg4", "prores", "prores_aw", "prores_ks": return true
        case "libx264":
            // Each field has to have whole rows of chroma.
            let shift = av_pix_fmt_desc_get(settings.format)?.pointee.log2_chroma_h ?? 0
            return settings.height % (2 << Int32(shift)) == 0
        default: return false
        }
    }

    /// The time base of an output that tells times: the source's where the codec can have it.
    static func timeBase(for choice: EncoderChoice, source: Rational) -> Rational {
        // MPEG-4 part 2 stores the unit in 16 bits.
        let isMPEG4 = choice.id == AV_CODEC_ID_MPEG4
        return isMPEG4 && source.denominator > 65535 ? Rational(1, 60_000) : source
    }

    /// Whether a codec takes odd sizes although chroma has half the samples.
    static func acceptsOddSizes(_ id: AVCodecID) -> Bool {
        [AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_FFV1, AV_CODEC_ID_MJPEG].contains(id)
    }
}
