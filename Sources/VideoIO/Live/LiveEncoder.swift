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
        /// FFmpeg's name of the pixel format that is encoded; nil for 4:2:0 with 8 bits (10 for HDR) in the codecs
        /// that browsers play, else for the source's.
        public var pixelFormat: String?
        /// Seconds from keyframe to keyframe.
        public var keyframeInterval = 1.0
        /// Threads of the encoder; 0 for its choice.
        public var threads = 0

        /// Creates the default options.
        public init() {}
    }

    private struct Output {
        let track: VideoTrack
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
        let unit = output.track.encoder.timeBase
        let time = frame.timeBase.rescale(frame.presentationTimestamp ?? 0, to: unit)
        let isDue =
            lastKeyframe.map {
                Double(time - $0) * unit.doubleValue >= options.keyframeInterval - 0.001
            } ?? true
        if isDue { lastKeyframe = time }
        var packets: [LivePacket] = []
        try output.track.write(frame, forcesKeyframe: isDue) {
            packets.append(try Self.take($0, unit))
        }
        return packets
    }

    /// What is still inside.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func finish() throws -> [LivePacket] {
        guard let output else { return [] }
        var packets: [LivePacket] = []
        let unit = output.track.encoder.timeBase
        try output.track.finish { packets.append(try Self.take($0, unit)) }
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
        let (choice, container, writing) = try options.choose(path: name)
        // Live pictures are there to be seen at once, by whatever looks on.
        let track = try VideoTrack(
            choice, first: frame,
            VideoTrack.Description(
                container: container, averageRate: frameRate, smallestRate: frameRate,
                isSampledAsPictures: true, needsGlobalHeader: true),
            options: writing, path: name)
        return Output(
            track: track,
            stream: try EncodedStream(
                track.encoder, name: choice.name,
                frameRate: track.constantRate?.rate ?? frameRate))
    }
}

extension LiveEncoder.Options {
    /// Checks that there is such an encoder and that it takes these values.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func check() throws { _ = try choose(path: "") }

    /// The encoder, the container that it is asked for, and what it is told.
    func choose(
        path: String
    ) throws -> (EncoderChoice, UnsafePointer<AVOutputFormat>, VideoWriter.Options) {
        FFmpegLog.install()
        // Matroska holds everything; containers that do not hold the codec say so when they are opened.
        guard let container = av_guess_format("matroska", nil, nil) else {
            throw VideoError(
                .internal, path: path, operation: "choose an encoder",
                reason: "this FFmpeg has no Matroska")
        }
        var writing = VideoWriter.Options()
        writing.codec = codec
        writing.preset = preset
        writing.pixelFormat = pixelFormat
        writing.threads = threads
        writing.crf = crf
        let choice = try EncoderChoice(writing, format: container, path: path)
        if choice.name == "libx264" { writing.crf = crf ?? 23 }
        if ["libx264", "libx265"].contains(choice.name) {
            writing.encoderOptions = ["tune": "zerolatency", "g": "1000"]
        }
        return (choice, container, writing)
    }
}
