import CFFmpeg

/// Encodes pictures that have to be seen at once: no frame is kept inside, and keyframes come at fixed
/// times, so that a viewer who joins, and a file that is cut off, lose little.
///
/// Used by one thread at a time.
public final class LiveEncoder {
    /// How to encode.
    public struct Options: Sendable {
        /// Name of an FFmpeg encoder; nil for H.264.
        public var codec: String?
        /// Quality of encoders that have a constant rate factor; nil for 23 with libx264.
        public var crf: Double?
        /// Preset of encoders that have one; nil for "veryfast" with libx264.
        public var preset: String?
        /// Seconds from keyframe to keyframe.
        public var keyframeInterval = 1.0
        /// Threads of the encoder; 0 for its choice.
        public var threads = 0

        /// Creates the default options.
        public init() {}
    }

    private struct Output {
        let encoder: Encoder
        let fitter: FrameFitter
        let stream: EncodedStream
    }

    private let options: Options
    private let frameRate: Rational
    private let name: String
    private var output: Output?
    private var lastKeyframe: Int64?

    /// Prepares an encoder; it is opened with the first frame.
    ///
    /// - Parameters:
    ///   - name: What errors call the output.
    ///   - frameRate: Frames a second that are about to come.
    ///   - options: How to encode.
    public init(name: String, frameRate: Rational?, options: Options = Options()) {
        self.name = name
        self.options = options
        let usable = frameRate.map { $0.isPositive && (1...240).contains($0.doubleValue) } ?? false
        self.frameRate = usable ? frameRate ?? Rational(30, 1) : Rational(30, 1)
    }

    /// What containers have to know; nil before the first frame.
    public var stream: EncodedStream? { output?.stream }

    /// Encodes a frame. Frames of another size than the first are scaled into it.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func encode(_ frame: VideoFrame) throws -> [LivePacket] {
        let output = try self.output ?? open(frame)
        self.output = output
        let fitted = try output.fitter.fit(frame)
        defer { if fitted.isOwned { free(fitted.frame) } }
        let unit = output.encoder.timeBase
        let time = frame.timeBase.rescale(frame.presentationTimestamp ?? 0, to: unit)
        let isDue =
            lastKeyframe.map {
                Double(time - $0) * unit.doubleValue >= options.keyframeInterval - 0.001
            } ?? true
        if isDue { lastKeyframe = time }
        var packets: [LivePacket] = []
        try output.encoder.encode(
            fitted.frame, timestamp: time,
            duration: frame.timeBase.rescale(frame.duration, to: unit), forcesKeyframe: isDue
        ) { packets.append(try Self.take($0, unit)) }
        return packets
    }

    /// What is still inside.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func finish() throws -> [LivePacket] {
        guard let output else { return [] }
        var packets: [LivePacket] = []
        try output.encoder.finish { packets.append(try Self.take($0, output.encoder.timeBase)) }
        self.output = nil
        return packets
    }

    private static func take(
        _ packet: UnsafeMutablePointer<AVPacket>, _ unit: Rational
    ) throws -> LivePacket {
        let isKeyframe = packet.pointee.flags & AV_PKT_FLAG_KEY != 0
        return LivePacket(
            packet: try MediaPacket(copying: packet, timeBase: unit), isKeyframe: isKeyframe)
    }

    private func open(_ frame: VideoFrame) throws -> Output {
        // Matroska holds everything; containers that do not hold the codec say so when they are opened.
        guard let container = av_guess_format("matroska", nil, nil) else {
            throw VideoError(
                .internal, path: name, operation: "choose an encoder",
                reason: "this FFmpeg has no Matroska")
        }
        let choice = try EncoderChoice(named: options.codec, format: container, path: name)
        let isX264 = choice.name == "libx264"
        var (format, isFull) = try choice.pixelFormat(for: frame, path: name)
        // Of H.264 most players know 4:2:0 with 8 bits only.
        if isX264 && frame.format.bitDepth == 8 { (format, isFull) = (AV_PIX_FMT_YUV420P, false) }
        let fitter = FrameFitter(
            first: frame, format: format, forcesFullRange: isFull,
            acceptsOddSizes: Encoder.acceptsOddSizes(choice.id))
        var writing = VideoWriter.Options()
        writing.crf = options.crf ?? (isX264 ? 23 : nil)
        writing.preset = options.preset
        writing.threads = options.threads
        if isX264 || choice.name == "libx265" {
            writing.encoderOptions = ["tune": "zerolatency", "g": "1000"]
        }
        let encoder = try Encoder(
            choice,
            settings: Encoder.Settings(
                width: fitter.paddedWidth, height: fitter.paddedHeight, format: format,
                colour: fitter.colour, sampleAspectRatio: frame.sampleAspectRatio,
                timeBase: Encoder.timeBase(
                    for: choice, format: container, source: frame.timeBase, frameRate: frameRate),
                frameRate: frameRate, hasConstantRate: true, needsGlobalHeader: true,
                options: writing),
            path: name)
        return Output(
            encoder: encoder, fitter: fitter,
            stream: try EncodedStream(encoder, name: choice.name, frameRate: frameRate))
    }
}
