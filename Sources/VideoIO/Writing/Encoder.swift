import CFFmpeg

/// A video encoder: frames in, packets out, with FFmpeg's send and receive loop.
final class Encoder {
    /// What an encoder is opened with.
    struct Settings {
        var width: Int32
        var height: Int32
        var format: AVPixelFormat
        var colour: ColourDescription
        var sampleAspectRatio: Rational
        var fieldOrder = FieldOrder.progressive
        /// What HDR's brightest and darkest places are, for encoders that write it.
        var displayMetadata = DisplayMetadata()
        var timeBase: Rational
        var frameRate: Rational?
        /// Whether the container tells when frames are shown, not only when they are decoded.
        var allowsReordering = true
        /// Whether all frames last as long, as far as the source tells.
        var hasConstantRate: Bool
        var needsGlobalHeader: Bool
        var options: VideoWriter.Options
    }

    let context: UnsafeMutablePointer<AVCodecContext>
    let timeBase: Rational
    private let path: String
    private let packet: UnsafeMutablePointer<AVPacket>
    private let frame: UnsafeMutablePointer<AVFrame>
    /// Durations of the frames inside, by timestamp: encoders do not hand them through.
    private var durations: [Int64: Int64] = [:]
    private var firstTimestamp: Int64?
    private var lastTimestamp: Int64?
    private var framesTaken = 0
    private var packetsGiven = 0
    /// Whether the end came before the first packet, with fewer frames than the encoder reorders.
    private var isShort = false
    /// Frames taken whose packets have not come out.
    private(set) var framesHeld = 0
    /// More frames than any encoder keeps inside.
    private static let largestDelay = 4096
    /// Timestamps that had to be moved because they did not grow.
    private(set) var repairedTimestamps = 0

    /// Opens an encoder.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite` with the encoder's own words.
    init(_ choice: EncoderChoice, settings: Settings, path: String) throws {
        self.path = path
        timeBase = settings.timeBase
        let context = try allocated(avcodec_alloc_context3(choice.codec), "an encoder")
        self.context = context
        var made: UnsafeMutablePointer<AVCodecContext>? = context
        guard let packet = av_packet_alloc() else {
            avcodec_free_context(&made)
            throw VideoError(
                .internal, path: path, operation: "allocate a packet", reason: "out of memory")
        }
        self.packet = packet
        guard let frame = av_frame_alloc() else {
            avcodec_free_context(&made)
            var unused: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&unused)
            throw VideoError(
                .internal, path: path, operation: "allocate a frame", reason: "out of memory")
        }
        self.frame = frame
        // From here on deinit frees all three.
        Self.apply(settings, to: context)
        let operation = "open the encoder \(choice.name)"
        var dictionary = FFmpegDictionary(
            try Self.privateOptions(choice, settings: settings, path: path))
        if dictionary.keys.isEmpty && !choice.hasOption("crf") {
            // No rate factor and no lossless codec's freedom: a good constant quantiser.
            context.pointee.flags |= AV_CODEC_FLAG_QSCALE
            context.pointee.global_quality = FF_QP2LAMBDA * 3
        }
        let (code, log) = FFmpegLog.collecting {
            avcodec_open2(context, choice.codec, &dictionary.raw)
        }
        guard code >= 0 else {
            throw VideoError(
                .cannotWrite, path: path, operation: operation, code: code, log: log)
        }
        if let unused = dictionary.keys.first {
            throw VideoError(
                .cannotWrite, path: path, operation: operation,
                reason: "it has no option named \(unused)")
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        free(frame)
    }

    /// Encodes a frame and hands each packet that is ready to `body`.
    func encode(
        _ source: UnsafePointer<AVFrame>, timestamp: Int64, duration: Int64,
        forcesKeyframe: Bool = false,
        _ body: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        av_frame_unref(frame)
        try check(.internal, path: path, "refer to a frame") { av_frame_ref(frame, source) }
        defer { av_frame_unref(frame) }
        var time = timestamp
        if let lastTimestamp, time <= lastTimestamp {
            time = lastTimestamp + 1
            repairedTimestamps += 1
        }
        firstTimestamp = firstTimestamp ?? time
        lastTimestamp = time
        framesTaken += 1
        // An encoder that changes timestamps must not make this grow for ever.
        if durations.count >= Self.largestDelay { durations.removeAll(keepingCapacity: true) }
        durations[time] = duration
        frame.pointee.pts = time
        yv_frame_set_duration(frame, duration)
        // The source's choice of frame types would become the encoder's.
        frame.pointee.pict_type = forcesKeyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        yv_frame_clear_key(frame)
        framesHeld += 1
        while true {
            let (code, log) = FFmpegLog.collecting { avcodec_send_frame(context, frame) }
            if code >= 0 { break }
            guard code == YV_ERROR_EAGAIN else { throw failure(code, log) }
            try drain(body)
        }
        try drain(body)
    }

    /// Hands out everything the encoder still holds.
    func finish(_ body: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        let (code, log) = FFmpegLog.collecting { avcodec_send_frame(context, nil) }
        guard code >= 0 else { throw failure(code, log) }
        isShort = packetsGiven == 0 && framesTaken <= max(2, context.pointee.has_b_frames)
        try drain(body)
    }

    /// Decoding times for a short video: x265 takes its own from a frame
    /// that never comes, the third with its usual B-frames. Any that grow and lie before all frames will do.
    private func repairDecodingTime() {
        guard isShort, let firstTimestamp else { return }
        packet.pointee.dts = firstTimestamp - Int64(framesTaken - packetsGiven)
    }

    private func drain(_ body: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        while true {
            let (code, log) = FFmpegLog.collecting { avcodec_receive_packet(context, packet) }
            if code == YV_ERROR_EAGAIN || code == YV_ERROR_EOF { return }
            guard code >= 0 else { throw failure(code, log) }
            defer { av_packet_unref(packet) }
            framesHeld -= 1
            repairDecodingTime()
            packetsGiven += 1
            if let duration = durations.removeValue(forKey: packet.pointee.pts) {
                packet.pointee.duration = duration
            }
            try body(packet)
        }
    }

    private func failure(_ code: Int32, _ log: [String]) -> VideoError {
        VideoError(.cannotWrite, path: path, operation: "encode a frame", code: code, log: log)
    }
}
