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
    }

    /// Whether an encoder's quality is set by a constant rate factor.
    static func hasRateFactor(_ choice: EncoderChoice) -> Bool { has("crf", choice) }

    /// The options of the one encoder chosen: rate factor, preset and what the user adds.
    static func privateOptions(
        _ choice: EncoderChoice, settings: Settings, path: String
    ) throws -> [String: String] {
        let options = settings.options
        func refuse(_ reason: String) -> VideoError {
            VideoError(
                .cannotWrite, path: path, operation: "open the encoder \(choice.name)",
                reason: reason)
        }
        var result: [String: String] = [:]
        if has("crf", choice) {
            if let crf = options.crf ?? (choice.name == "libx264" ? 20 : nil) {
                result["crf"] = "\(crf)"
            }
        } else if options.crf != nil {
            throw refuse("it has no rate factor (crf)")
        }
        if has("preset", choice) {
            if let preset = options.preset ?? (choice.name == "libx264" ? "veryfast" : nil) {
                if let problem = problem(withPreset: preset, of: choice.name) {
                    throw refuse(problem)
                }
                result["preset"] = preset
            }
        } else if options.preset != nil {
            throw refuse("it has no preset")
        }
        if choice.name == "libvpx-vp9" || choice.name == "libvpx" {
            // Their own defaults are a bit rate for tiny pictures and a speed for overnight jobs.
            result["b"] = "0"
            result["crf"] = result["crf"] ?? "31"
            result["deadline"] = "good"
            result["cpu-used"] = "4"
            if choice.name == "libvpx" { result["b"] = "4M" }
        }
        result.merge(options.encoderOptions) { $1 }
        if let (option, own) = ownSettings(
            choice.name, hasConstantRate: settings.hasConstantRate)
        {
            result[option] = result[option].map { "\(own):\($0)" } ?? own
        }
        return result
    }

    private static func has(_ option: String, _ choice: EncoderChoice) -> Bool {
        guard var options = choice.codec.pointee.priv_class else { return false }
        return withUnsafeMutablePointer(to: &options) { pointer in
            av_opt_find(
                UnsafeMutableRawPointer(pointer), option, nil, 0, AV_OPT_SEARCH_FAKE_OBJ) != nil
        }
    }

    /// The time base an output can have: the source's, or one frame where container or codec count
    /// frames instead of time.
    static func timeBase(
        for choice: EncoderChoice, format: UnsafePointer<AVOutputFormat>, source: Rational,
        frameRate: Rational?
    ) -> Rational {
        let countsFrames =
            ["avi", "mxf", "mxf_d10", "gxf", "dv"].contains(text(format.pointee.name) ?? "")
            || [AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO].contains(choice.id)
        if countsFrames, let frameRate, frameRate.isPositive { return frameRate.inverted }
        // MPEG-4 part 2 stores the unit in 16 bits.
        let isMPEG4 = choice.id == AV_CODEC_ID_MPEG4
        return isMPEG4 && source.denominator > 65535 ? Rational(1, 60_000) : source
    }

    /// Whether a codec takes odd sizes although chroma has half the samples.
    static func acceptsOddSizes(_ id: AVCodecID) -> Bool {
        [AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_FFV1, AV_CODEC_ID_MJPEG].contains(id)
    }
}
