import CFFmpeg

/// A container being written.
final class Muxer {
    let context: UnsafeMutablePointer<AVFormatContext>
    /// The path that errors speak of.
    let path: String
    private(set) var hasHeader = false
    private var isFinished = false
    /// Whether everything has been written, the trailer too.
    private var isComplete = false
    private let packet: UnsafeMutablePointer<AVPacket>
    private var lastDecodingTimestamps: [Int: Int64] = [:]
    /// Timestamps of copied packets that had to be moved because they did not grow.
    private(set) var repairedTimestamps = 0
    /// Packets of all streams that the container has taken.
    private(set) var packetsWritten = 0

    /// Ends calls that take too long; keeps the object alive that FFmpeg's callback refers to.
    private let flag: InterruptFlag?

    /// Opens a file or URL for writing.
    ///
    /// - Parameters:
    ///   - format: The container.
    ///   - url: What FFmpeg writes to.
    ///   - path: The name that errors speak of.
    ///   - flag: What ends calls that take too long.
    ///   - protocolOptions: Options for what lies below the container.
    /// - Throws: ``VideoError`` `.cannotWrite`.
    init(
        format: UnsafePointer<AVOutputFormat>, url: String, path: String,
        flag: InterruptFlag? = nil, protocolOptions: [String: String] = [:]
    ) throws {
        self.path = path
        self.flag = flag
        packet = try allocated(av_packet_alloc(), "a packet")
        var context: UnsafeMutablePointer<AVFormatContext>?
        let (code, log) = FFmpegLog.collecting {
            avformat_alloc_output_context2(&context, format, nil, url)
        }
        guard code >= 0, let context else {
            var unused: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&unused)
            throw VideoError(
                .cannotWrite, path: path, operation: "set up the container", code: code, log: log)
        }
        self.context = context
        // From here on deinit frees everything.
        if let flag { context.pointee.interrupt_callback = flag.callback }
        // Some formats, such as RTSP, make their connections themselves.
        if format.pointee.flags & AVFMT_NOFILE == 0 {
            var dictionary = FFmpegDictionary(protocolOptions)
            try check(.cannotWrite, path: path, "open it for writing") {
                avio_open2(
                    &context.pointee.pb, url, AVIO_FLAG_WRITE, &context.pointee.interrupt_callback,
                    &dictionary.raw)
            }
        }
        // FLAC and Opus in mp4 have long been standard; FFmpeg 5.1 calls them experimental.
        context.pointee.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL
    }

    deinit {
        // Only the trailer closes RTSP's connection.
        if hasHeader && !isFinished && context.pointee.oformat.pointee.flags & AVFMT_NOFILE != 0 {
            flag?.setDeadline(after: 0.2)
            _ = FFmpegLog.collecting { av_write_trailer(context) }
        }
        if context.pointee.pb != nil { avio_closep(&context.pointee.pb) }
        avformat_free_context(context)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    /// Finds the container for a path by its extension.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    static func format(for path: String) throws -> UnsafePointer<AVOutputFormat> {
        FFmpegLog.install()
        func fail(_ reason: String) -> VideoError {
            VideoError(.cannotWrite, path: path, operation: "choose a container", reason: reason)
        }
        guard let format = av_guess_format(nil, path, nil) else {
            throw fail("the extension of the name belongs to no container that FFmpeg writes")
        }
        let name = text(format.pointee.name) ?? ""
        if name == "image2" { throw fail("a picture holds no video") }
        guard format.pointee.flags & AVFMT_NOFILE == 0, name != "hls", name != "dash",
            format.pointee.video_codec != AV_CODEC_ID_NONE,
            // Audio containers name the coding of their cover picture here.
            format.pointee.video_codec != AV_CODEC_ID_PNG
                || format.pointee.audio_codec == AV_CODEC_ID_NONE
        else { throw fail("\(name) is no container for one video file") }
        return format
    }

    /// Adds a stream and hands it out to be filled in.
    func addStream() throws -> UnsafeMutablePointer<AVStream> {
        try allocated(avformat_new_stream(context, nil), "a stream")
    }

    /// Writes the header; the streams' time bases are final afterwards.
    func writeHeader(options: [String: String]) throws {
        var dictionary = FFmpegDictionary(options)
        let (code, log) = FFmpegLog.collecting { avformat_write_header(context, &dictionary.raw) }
        guard code >= 0 else {
            throw VideoError(
                .cannotWrite, path: path, operation: "write the header", code: code, log: log)
        }
        if let unused = dictionary.keys.first {
            throw VideoError(
                .internal, path: path, operation: "write the header",
                reason: "the container has no option named \(unused)")
        }
        hasHeader = true
    }

    /// Writes a packet whose timestamps count in `timeBase`; the packet is empty afterwards.
    func write(
        _ source: UnsafeMutablePointer<AVPacket>, stream index: Int, timeBase: Rational
    ) throws {
        guard let stream = context.pointee.streams[index] else { return }
        av_packet_rescale_ts(source, timeBase.raw, stream.pointee.time_base)
        source.pointee.stream_index = Int32(index)
        source.pointee.pos = -1
        order(source, stream: index)
        let (code, log) = FFmpegLog.collecting { av_interleaved_write_frame(context, source) }
        av_packet_unref(source)
        packetsWritten += 1
        guard code >= 0 else {
            throw MuxerError(
                code: code,
                error: VideoError(
                    .cannotWrite, path: path, operation: "write a packet", code: code, log: log))
        }
    }

    /// Writes out what the container has gathered so far.
    func flush() throws {
        let (code, log) = FFmpegLog.collecting { av_write_frame(context, nil) }
        guard code >= 0 else {
            throw MuxerError(
                code: code,
                error: VideoError(
                    .cannotWrite, path: path, operation: "write out what was gathered", code: code,
                    log: log))
        }
    }

    /// Writes a packet that others may refer to.
    func writeCopy(of source: MediaPacket, stream index: Int) throws {
        let packet = packet
        try check(.internal, path: path, "copy a packet") { av_packet_ref(packet, source.raw) }
        if context.pointee.streams[index]?.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_WEBVTT {
            try Self.describeCue(packet)
        }
        try write(packet, stream: index, timeBase: source.timeBase)
    }

    /// Writes the trailer and closes the file; a full disk may show only here.
    func finish() throws {
        isFinished = true
        try check(.cannotWrite, path: path, "write the trailer") { av_write_trailer(context) }
        try check(.cannotWrite, path: path, "close the file") {
            avio_closep(&context.pointee.pb)
        }
        isComplete = true
    }

    /// Completes the file after an error, as far as it came. Returns whether it can be played: the family of
    /// QuickTime needs its index, of others the part before the error is good without.
    func finishPart() -> Bool {
        guard hasHeader else { return false }
        if !isFinished, let output = context.pointee.pb, output.pointee.error >= 0 {
            isFinished = true
            if isQuickTime {
                // Moving the index to the front takes room that there may not be.
                av_opt_set(context.pointee.priv_data, "movflags", "-faststart", 0)
            }
            let (code, _) = FFmpegLog.collecting { av_write_trailer(context) }
            isComplete = code >= 0
        }
        isFinished = true
        if context.pointee.pb != nil {
            let code = avio_closep(&context.pointee.pb)
            isComplete = isComplete && code >= 0
        }
        return isComplete || !isQuickTime
    }

    /// Whether the container is one of the family that began with QuickTime.
    var isQuickTime: Bool { Self.isQuickTime(UnsafePointer(context.pointee.oformat)) }

    /// Whether a container is one of the family that began with QuickTime.
    static func isQuickTime(_ format: UnsafePointer<AVOutputFormat>) -> Bool {
        ["mp4", "mov", "ipod", "3gp", "3g2", "psp"].contains(text(format.pointee.name) ?? "")
    }

    /// Containers refuse decoding timestamps that do not grow; sources and coarser time bases have
    /// such.
    private func order(_ packet: UnsafeMutablePointer<AVPacket>, stream: Int) {
        let isLoose = context.pointee.oformat.pointee.flags & AVFMT_TS_NONSTRICT != 0
        if packet.pointee.dts == YV_NOPTS_VALUE { packet.pointee.dts = packet.pointee.pts }
        if let last = lastDecodingTimestamps[stream] {
            let lowest = isLoose ? last : last + 1
            if packet.pointee.dts == YV_NOPTS_VALUE || packet.pointee.dts < lowest {
                packet.pointee.dts = lowest
                repairedTimestamps += 1
            }
        }
        if packet.pointee.dts == YV_NOPTS_VALUE { packet.pointee.dts = 0 }
        if packet.pointee.pts == YV_NOPTS_VALUE || packet.pointee.pts < packet.pointee.dts {
            packet.pointee.pts = packet.pointee.dts
        }
        lastDecodingTimestamps[stream] = packet.pointee.dts
    }
}

/// A failed write with FFmpeg's code, which tells bad packets from bad files.
struct MuxerError: Error {
    let code: Int32
    let error: VideoError
}
