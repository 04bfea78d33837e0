import CFFmpeg

/// A video decoder: packets in, frames out, with FFmpeg's send and receive loop.
final class Decoder {
    /// Errors that the decoder has logged: often all it tells of damaged or missing data.
    var complaints: Int { log.count - ignoredComplaints }
    /// The latest of them.
    var latestComplaint: String? { log.latest }

    /// Whether the stream carries transparency that this FFmpeg cannot decode.
    let ignoresTransparency: Bool

    private let log = DecoderLog()
    private var ignoredComplaints = 0

    /// What a call gave.
    enum Outcome {
        /// A frame was received or a packet was taken.
        case done
        /// The decoder wants the other call first.
        case again
        /// All frames have been given.
        case end
        /// The data were damaged; decoding goes on.
        case damaged
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let path: String

    /// Opens the decoder for a stream.
    init(
        stream: UnsafePointer<AVStream>, path: String, threads: Int, maximumPixels: Int,
        isLive: Bool = false, exportsMotion: Bool = false
    ) throws {
        self.path = path
        let parameters: UnsafeMutablePointer<AVCodecParameters> = stream.pointee.codecpar
        let name = text(avcodec_get_name(parameters.pointee.codec_id)) ?? "unknown"
        let transparent = Self.transparentDecoder(for: stream)
        ignoresTransparency = transparent.isNeeded && transparent.codec == nil
        guard let codec = transparent.codec ?? avcodec_find_decoder(parameters.pointee.codec_id)
        else {
            throw VideoError(
                .notDecodable, path: path, operation: "decode the video",
                reason: "this FFmpeg has no decoder for \(name)")
        }
        let pixels = Int(parameters.pointee.width) * Int(parameters.pointee.height)
        guard pixels <= maximumPixels else {
            throw VideoError(
                .notDecodable, path: path, operation: "decode the video",
                reason: "\(parameters.pointee.width)x\(parameters.pointee.height) is more than "
                    + "the \(maximumPixels) pixels allowed")
        }
        let context = try allocated(avcodec_alloc_context3(codec), "a decoder")
        self.context = context
        // From here on deinit frees the context.
        try check(.notDecodable, path: path, "set up the \(name) decoder") {
            avcodec_parameters_to_context(context, parameters)
        }
        context.pointee.pkt_timebase = stream.pointee.time_base
        context.pointee.framerate = stream.pointee.avg_frame_rate
        context.pointee.thread_count = Int32(clamping: threads)
        if exportsMotion { context.pointee.export_side_data |= AV_CODEC_EXPORT_DATA_MVS }
        context.pointee.max_pixels = Int64(maximumPixels)
        log.listen(to: context)
        yv_decoder_expect_numbers(context)
        if isLive {
            // Threads that work on one frame each would hold frames back.
            context.pointee.thread_type = FF_THREAD_SLICE
            context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        }
        try check(.notDecodable, path: path, "open the \(name) decoder") {
            avcodec_open2(context, codec, nil)
        }
    }

    /// The decoder that a stream with transparency needs. In WebM that is a stream of its own beside the picture,
    /// which FFmpeg's own decoders of VP8 and VP9 leave out.
    private static func transparentDecoder(
        for stream: UnsafePointer<AVStream>
    ) -> (isNeeded: Bool, codec: UnsafePointer<AVCodec>?) {
        let names = [AV_CODEC_ID_VP8: "libvpx", AV_CODEC_ID_VP9: "libvpx-vp9"]
        guard dictionary(stream.pointee.metadata)["alpha_mode"] == "1",
            let name = names[stream.pointee.codecpar.pointee.codec_id]
        else { return (false, nil) }
        return (true, avcodec_find_decoder_by_name(name))
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// What the decoder keeps inside by design, as far as it knows by now.
    var delay: DecoderDelay {
        let usesFrameThreads = context.pointee.active_thread_type & FF_THREAD_FRAME != 0
        return DecoderDelay(
            reordering: Int(max(0, context.pointee.has_b_frames)),
            frameThreads: usesFrameThreads ? Int(max(1, context.pointee.thread_count)) - 1 : 0)
    }

    /// Hands over a packet; nil announces the end. After `.again` the same packet has to come again.
    ///
    /// - Parameter number: What `yv_frame_packet_number` will tell of the packet's frame.
    func send(_ packet: UnsafeMutablePointer<AVPacket>?, number: Int64 = -1) throws -> Outcome {
        yv_decoder_set_number(context, packet, number)
        return try outcome(avcodec_send_packet(context, packet))
    }

    /// Takes complaints, those to come as well, for none.
    func ignore(complaints count: Int) { ignoredComplaints += count }

    /// Forgets all packets, and begins anew with the next.
    func flush() { avcodec_flush_buffers(context) }

    /// Receives a frame into an empty one.
    func receive(into frame: UnsafeMutablePointer<AVFrame>) throws -> Outcome {
        try outcome(avcodec_receive_frame(context, frame))
    }

    private func outcome(_ code: Int32) throws -> Outcome {
        switch code {
        case 0...: return .done
        case YV_ERROR_EAGAIN: return .again
        case YV_ERROR_EOF: return .end
        case YV_ERROR_ENOMEM:
            throw VideoError(.internal, path: path, operation: "decode the video", code: code)
        default: return .damaged
        }
    }
}
