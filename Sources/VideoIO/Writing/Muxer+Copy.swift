import CFFmpeg

extension Muxer {
    /// Whether the container can hold a stream of another container as it is; nil if so, else the reason why
    /// not.
    static func refusal(
        of stream: StreamInfo, from sourceFormat: String,
        in format: UnsafePointer<AVOutputFormat>
    ) -> String? {
        let name = text(format.pointee.name) ?? "the container"
        let id = stream.copiedCodec
        guard id != AV_CODEC_ID_NONE else {
            let tag = fourLetters(stream.parameters.raw.pointee.codec_tag)
            return "FFmpeg does not know its coding" + (tag.map { " (\($0))" } ?? "")
        }
        switch stream.kind {
        case .attachment:
            return name == "matroska" ? nil : "\(name) holds no attachments"
        case .unknown: return "its kind is unknown"
        case .video, .audio, .subtitle, .data: break
        }
        if stream.isAttachedPicture {
            let holds = ["mp4", "mov", "ipod", "matroska"].contains(name)
            return holds && stream.attachedPicture != nil ? nil : "\(name) holds no cover picture"
        }
        let answer = avformat_query_codec(format, id, FF_COMPLIANCE_EXPERIMENTAL)
        // QuickTime's muxer takes tags that its table does not have.
        if answer == 0 && !(stream.kind == .data && isQuickTime(format)) {
            return "\(name) cannot hold it"
        }
        if answer < 0 && name == "mpegts" && !Self.transportStreamCodecs.contains(id) {
            // The muxer takes anything, as private data that no player understands.
            return "\(name) cannot hold it"
        }
        return acceptsHeader(of: stream, from: sourceFormat, format: format)
            ? nil : "\(name) cannot hold it"
    }

    /// Describes a stream for a report: "subtitle (subrip)".
    static func content(of stream: StreamInfo) -> String {
        let codec =
            stream.parameters.codecID == stream.copiedCodec
            ? stream.codecName : text(avcodec_get_name(stream.copiedCodec)) ?? stream.codec
        return "\(stream.isAttachedPicture ? "picture" : stream.kind.rawValue) (\(codec))"
    }

    /// Adds a stream with the source's parameters.
    func addCopy(of source: StreamInfo, from info: MediaInfo) throws -> Int {
        let stream = try addStream()
        try Self.fill(stream, from: source, sourceFormat: info.formatName, in: context)
        return Int(stream.pointee.index)
    }

    /// Adds a cover picture as an attachment, which is what Matroska has for it.
    func addAttachment(of source: StreamInfo) throws {
        guard let picture = source.attachedPicture else { return }
        let stream = try addStream()
        let size = picture.size
        let padded = size + Int(AV_INPUT_BUFFER_PADDING_SIZE)
        let memory = try allocated(av_mallocz(padded), "an attachment")
        if size > 0 { memory.copyMemory(from: picture.raw.pointee.data, byteCount: size) }
        let codec: UnsafeMutablePointer<AVCodecParameters> = stream.pointee.codecpar
        codec.pointee.codec_type = AVMEDIA_TYPE_ATTACHMENT
        codec.pointee.codec_id = source.parameters.codecID
        codec.pointee.extradata = memory.assumingMemoryBound(to: UInt8.self)
        codec.pointee.extradata_size = Int32(size)
        let isPNG = source.parameters.codecID == AV_CODEC_ID_PNG
        let tags = source.metadata.merging([
            "filename": isPNG ? "cover.png" : "cover.jpg",
            "mimetype": isPNG ? "image/png" : "image/jpeg",
        ]) { own, _ in own }
        for (key, value) in tags { av_dict_set(&stream.pointee.metadata, key, value, 0) }
    }

    private static let transportStreamCodecs: Set<AVCodecID> = [
        AV_CODEC_ID_AAC, AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3,
        AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS, AV_CODEC_ID_TRUEHD, AV_CODEC_ID_OPUS,
        AV_CODEC_ID_S302M, AV_CODEC_ID_DVB_SUBTITLE, AV_CODEC_ID_DVB_TELETEXT,
        AV_CODEC_ID_HDMV_PGS_SUBTITLE, AV_CODEC_ID_SMPTE_KLV, AV_CODEC_ID_TIMED_ID3,
        AV_CODEC_ID_SCTE_35, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG2VIDEO,
        AV_CODEC_ID_MPEG4,
    ]

    private static func fill(
        _ stream: UnsafeMutablePointer<AVStream>, from source: StreamInfo, sourceFormat: String,
        in context: UnsafeMutablePointer<AVFormatContext>
    ) throws {
        let codec: UnsafeMutablePointer<AVCodecParameters> = stream.pointee.codecpar
        try check(.internal, path: "", "copy codec parameters") {
            avcodec_parameters_copy(codec, source.parameters.raw)
        }
        codec.pointee.codec_id = source.copiedCodec
        let format: UnsafePointer<AVOutputFormat> = context.pointee.oformat
        let name = text(format.pointee.name) ?? ""
        let isSameContainer = sourceFormat.split(separator: ",").contains { $0 == name }
        var tag: UInt32 = 0
        let isKnownTag =
            format.pointee.codec_tag == nil
            || av_codec_get_id(format.pointee.codec_tag, codec.pointee.codec_tag)
                == codec.pointee.codec_id
            // As FFmpeg has it: where the container's table has no tag for a coding, any will do.
            || av_codec_get_tag2(format.pointee.codec_tag, codec.pointee.codec_id, &tag) == 0
        // A tag belongs to the container it was read from.
        if !isSameContainer || !isKnownTag { codec.pointee.codec_tag = 0 }
        stream.pointee.time_base = source.timeBase.raw
        if let video = source.video {
            stream.pointee.sample_aspect_ratio = video.sampleAspectRatio.raw
            if let rate = video.averageFrameRate { stream.pointee.avg_frame_rate = rate.raw }
        }
        copyDescription(of: source, to: stream)
        try copySideData(of: source, to: stream) { _ in true }
    }

    /// Writes a header with this stream alone into memory: the muxer itself knows best.
    private static func acceptsHeader(
        of source: StreamInfo, from sourceFormat: String, format: UnsafePointer<AVOutputFormat>
    ) -> Bool {
        var context: UnsafeMutablePointer<AVFormatContext>?
        let (made, _) = FFmpegLog.collecting {
            avformat_alloc_output_context2(&context, format, nil, nil)
        }
        guard made >= 0, let context else { return false }
        defer { avformat_free_context(context) }
        context.pointee.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL
        guard avio_open_dyn_buf(&context.pointee.pb) >= 0 else { return false }
        defer {
            var bytes: UnsafeMutablePointer<UInt8>?
            avio_close_dyn_buf(context.pointee.pb, &bytes)
            context.pointee.pb = nil
            av_free(bytes)
        }
        guard let stream = avformat_new_stream(context, nil),
            (try? fill(stream, from: source, sourceFormat: sourceFormat, in: context)) != nil
        else { return false }
        let (code, _) = FFmpegLog.collecting { avformat_write_header(context, nil) }
        return code >= 0
    }
}
