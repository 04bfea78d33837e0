import CFFmpeg

/// The video of one output: makes frames fit, puts them on a grid where the output counts frames, and encodes
/// them.
final class VideoTrack {
    /// What is known of the video besides its frames.
    struct Description {
        /// The container that it goes to.
        var container: UnsafePointer<AVOutputFormat>
        /// The stream of the source, if there is one.
        var stream: StreamInfo?
        /// Frames a second, the mean.
        var averageRate: Rational?
        /// The smallest rate that represents all timestamps.
        var smallestRate: Rational?
        /// Whether full chroma was nobody's choice.
        var isSampledAsPictures = false
        var needsGlobalHeader: Bool
    }

    /// A picture that is encoded when it is known how long it stays.
    private struct Held {
        let frame: UnsafeMutablePointer<AVFrame>
        let place: Int64
        let seconds: Double
        let forcesKeyframe: Bool
    }

    let encoder: Encoder
    let fitter: FrameFitter
    /// Set where the output counts frames.
    let constantRate: ConstantFrameRate?
    private let path: String
    private var grid: FrameGrid?
    private var held: Held?
    /// What a user should know of the frames' format in the output: padding, lost bits, players' limits.
    let notes: [String]
    /// Pictures given to the encoder.
    private(set) var framesWritten = 0
    /// Frames that were given to the encoder once more, to keep time.
    private(set) var framesRepeated = 0
    /// Frames that had no place in an output of so few frames a second.
    private(set) var framesLeftOut = 0
    /// Frames of another size than the first.
    private(set) var rescaledFrames = 0
    /// Frames whose pixel format or colour equations had to be converted.
    private(set) var convertedFrames = 0
    /// More frames than any pause needs; times that need more are an error.
    private static let longestGap = 1_000_000

    /// Opens an encoder for frames like the first.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    init(
        _ choice: EncoderChoice, first frame: VideoFrame, _ description: Description,
        options: VideoWriter.Options, path: String
    ) throws {
        self.path = path
        let samples = try choice.pixelFormat(
            for: frame, isSampledAsPictures: description.isSampledAsPictures, path: path)
        fitter = FrameFitter(
            first: frame, format: samples, acceptsOddSizes: Encoder.acceptsOddSizes(choice.id))
        let (average, smallest) = (description.averageRate, description.smallestRate)
        constantRate = ConstantFrameRate(
            choice, format: description.container, average: average, smallest: smallest)
        grid = constantRate.map { FrameGrid(rate: $0.rate) }
        let rate = constantRate?.rate ?? average ?? smallest
        encoder = try Encoder(
            choice,
            settings: Encoder.Settings(
                width: fitter.paddedWidth, height: fitter.paddedHeight, format: fitter.format,
                colour: fitter.colour, sampleAspectRatio: frame.sampleAspectRatio,
                fieldOrder: Self.fieldOrder(first: frame, description.stream),
                displayMetadata: DisplayMetadata(stream: description.stream, first: frame),
                timeBase: constantRate?.rate.inverted
                    ?? Encoder.timeBase(for: choice, source: frame.timeBase),
                frameRate: rate,
                allowsReordering: text(description.container.pointee.name) != "avi",
                hasConstantRate: constantRate != nil || rate != nil && average == smallest,
                needsGlobalHeader: description.needsGlobalHeader, options: options),
            path: path)
        notes = Self.notes(choice, fitter, first: frame, isFormatGiven: options.pixelFormat != nil)
    }

    deinit { if let held { free(held.frame) } }

    /// Frames taken whose packets have not come out.
    var framesHeld: Int { encoder.framesHeld + (held == nil ? 0 : 1) }

    /// Takes a frame and hands each packet that is ready to `body`.
    func write(
        _ frame: VideoFrame, forcesKeyframe: Bool = false,
        _ body: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        let fitted = try fitter.fit(frame)
        if fitted.wasRescaled { rescaledFrames += 1 }
        if fitted.wasConverted { convertedFrames += 1 }
        guard let place = grid?.place(at: frame.presentationTime) else {
            defer { if fitted.isOwned { free(fitted.frame) } }
            let unit = encoder.timeBase
            let time = frame.presentationTimestamp.map { frame.timeBase.rescale($0, to: unit) }
            try encoder.encode(
                fitted.frame, timestamp: time ?? Int64(framesWritten),
                duration: frame.timeBase.rescale(frame.duration, to: unit),
                forcesKeyframe: forcesKeyframe, body)
            framesWritten += 1
            return
        }
        let copy =
            fitted.isOwned ? fitted.frame : try allocated(av_frame_clone(fitted.frame), "a frame")
        let taken = Held(
            frame: copy, place: place,
            seconds: Double(frame.duration) * frame.timeBase.doubleValue,
            forcesKeyframe: forcesKeyframe || (held?.place == place && held?.forcesKeyframe == true)
        )
        let previous = held
        held = taken
        guard let previous else { return }
        defer { free(previous.frame) }
        if previous.place == place {
            framesLeftOut += 1
        } else {
            try encode(previous, until: place, body)
        }
    }

    /// Hands out everything that is still inside.
    func finish(_ body: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        if let last = held, let grid {
            held = nil
            defer { free(last.frame) }
            try encode(last, until: grid.end(of: last.place, shownFor: last.seconds), body)
        }
        try encoder.finish(body)
    }

    private func encode(
        _ picture: Held, until end: Int64, _ body: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        guard end - picture.place <= Self.longestGap else {
            throw VideoError(
                .cannotWrite, path: path, operation: "encode a frame",
                reason:
                    "\(constantRate?.reason ?? "the output") counts frames, and the next one comes "
                    + "\(end - picture.place) frames later")
        }
        for place in picture.place..<end {
            try encoder.encode(
                picture.frame, timestamp: place, duration: 1,
                forcesKeyframe: picture.forcesKeyframe && place == picture.place, body)
            framesWritten += 1
        }
        framesRepeated += Int(end - picture.place) - 1
    }

    private static func notes(
        _ choice: EncoderChoice, _ fitter: FrameFitter, first frame: VideoFrame, isFormatGiven: Bool
    ) -> [String] {
        var notes: [String] = []
        if fitter.pads {
            notes.append(
                "\(frame.width)x\(frame.height) was padded to "
                    + "\(fitter.paddedWidth)x\(fitter.paddedHeight): \(choice.name) needs even sizes"
            )
        }
        if isFormatGiven { return notes }
        let depth = av_pix_fmt_desc_get(fitter.format).map { Int($0.pointee.comp.0.depth) } ?? 8
        if depth < frame.format.bitDepth {
            let reason =
                choice.largestDepth > depth
                ? "as most players need it; --pixel-format keeps more"
                : "\(choice.name) has no more"
            notes.append("\(frame.format.bitDepth) bits were reduced to \(depth): \(reason)")
        }
        let remark = CommonPlayers.remark(
            on: fitter.format, of: choice, isHighDynamicRange: frame.colour.isHighDynamicRange)
        return notes + (remark.map { [$0] } ?? [])
    }

    /// The order of the fields; where the first frame has none, as that of a broadcast may, the stream's.
    private static func fieldOrder(first frame: VideoFrame, _ stream: StreamInfo?) -> FieldOrder {
        guard !frame.isInterlaced, frame.sourceOrientation == .upright, let stream else {
            return frame.fieldOrder
        }
        return FieldOrder(stream.parameters.raw.pointee.field_order)
    }
}
