import CFFmpeg

extension MediaInfo {
    /// Describes an opened container.
    init(path: String, context: UnsafePointer<AVFormatContext>, videoIndex: Int?) throws {
        let raw = context.pointee
        self.path = redactedAddress(path)
        formatName = text(raw.iformat.pointee.name) ?? ""
        formatDescription = text(raw.iformat.pointee.long_name) ?? ""
        duration = timestamp(raw.duration).map { Double($0) / 1e6 }
        startTime = timestamp(raw.start_time).map { Double($0) / 1e6 }
        bitRate = raw.bit_rate > 0 ? raw.bit_rate : nil
        metadata = dictionary(raw.metadata)
        chapters = (0..<Int(raw.nb_chapters)).compactMap { index in
            raw.chapters[index].map { Chapter($0.pointee) }
        }
        videoStreamIndex = videoIndex
        var streams: [StreamInfo] = []
        for index in 0..<Int(raw.nb_streams) {
            guard let stream = raw.streams[index] else { continue }
            streams.append(try StreamInfo(stream))
        }
        self.streams = streams
    }
}

extension MediaInfo.Chapter {
    init(_ chapter: borrowing AVChapter) {
        id = chapter.id
        start = chapter.start
        end = chapter.end
        timeBase = Rational(chapter.time_base)
        metadata = dictionary(chapter.metadata)
    }
}

extension StreamInfo {
    init(_ stream: UnsafePointer<AVStream>) throws {
        let raw = stream.pointee
        let codec = raw.codecpar.pointee
        parameters = try StreamParameters(copying: stream)
        index = Int(raw.index)
        kind = Kind(codec.codec_type)
        self.codec = text(avcodec_get_name(codec.codec_id)) ?? "unknown"
        profile = text(avcodec_profile_name(codec.codec_id, codec.profile))
        timeBase = Rational(raw.time_base)
        let unit = Rational(raw.time_base).doubleValue
        startTime = timestamp(raw.start_time).map { Double($0) * unit }
        duration = timestamp(raw.duration).map { Double($0) * unit }
        frameCount = raw.nb_frames > 0 ? raw.nb_frames : nil
        bitRate = codec.bit_rate > 0 ? codec.bit_rate : nil
        metadata = dictionary(raw.metadata)
        disposition = Disposition(rawValue: raw.disposition)
        let hasPicture = raw.attached_pic.size > 0
        attachedPicture =
            hasPicture
            ? try withUnsafePointer(to: raw.attached_pic) {
                try MediaPacket(copying: $0, timeBase: Rational(raw.time_base))
            } : nil
        isConsumedByDemuxer = raw.discard == AVDISCARD_ALL && !hasPicture
        video =
            kind == .video
            ? Video(stream: raw, codec: codec, orientation: parameters.orientation) : nil
        audio = kind == .audio ? Audio(codec) : nil
    }
}

extension StreamInfo.Video {
    init(stream: borrowing AVStream, codec: AVCodecParameters, orientation: Orientation?) {
        width = Int(codec.width)
        height = Int(codec.height)
        pixelFormat = name(of: AVPixelFormat(rawValue: codec.format))
        colour = ColourDescription(codec)
        let container = Rational(stream.sample_aspect_ratio)
        sampleAspectRatio = container.isPositive ? container : Rational(codec.sample_aspect_ratio)
        let average = Rational(stream.avg_frame_rate)
        averageFrameRate = average.isPositive ? average : nil
        let real = Rational(stream.r_frame_rate)
        frameRate = real.isPositive ? real : nil
        self.orientation = orientation ?? .upright
        isInterlaced =
            ![AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(codec.field_order)
    }
}

extension StreamInfo.Audio {
    init(_ codec: AVCodecParameters) {
        sampleRate = Int(codec.sample_rate)
        channels = Int(codec.ch_layout.nb_channels)
        channelLayout = withUnsafePointer(to: codec.ch_layout) { layout in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
                guard let base = buffer.baseAddress,
                    av_channel_layout_describe(layout, base, buffer.count) > 0
                else { return "" }
                return String(cString: base)
            }
        }
    }
}

extension StreamInfo.Kind {
    init(_ type: AVMediaType) {
        switch type {
        case AVMEDIA_TYPE_VIDEO: self = .video
        case AVMEDIA_TYPE_AUDIO: self = .audio
        case AVMEDIA_TYPE_SUBTITLE: self = .subtitle
        case AVMEDIA_TYPE_DATA: self = .data
        case AVMEDIA_TYPE_ATTACHMENT: self = .attachment
        default: self = .unknown
        }
    }
}

extension Disposition {
    static func name(ofBit bit: Int32) -> String? { text(av_disposition_to_string(bit)) }
}

/// The entries of an FFmpeg dictionary.
func dictionary(_ raw: OpaquePointer?) -> [String: String] {
    var entries: [String: String] = [:]
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = av_dict_get(raw, "", entry, AV_DICT_IGNORE_SUFFIX) {
        entries[String(cString: next.pointee.key)] = String(cString: next.pointee.value)
        entry = next
    }
    return entries
}
