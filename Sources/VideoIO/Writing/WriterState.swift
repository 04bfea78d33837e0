import CFFmpeg
import OutputFiles

/// The state of a writer, used by one thread at a time.
final class WriterState {
    private let path: String
    private let source: MediaInfo
    private let options: VideoWriter.Options
    private let format: UnsafePointer<AVOutputFormat>
    private let choice: EncoderChoice
    private let file: OutputFile
    private var output: Output?
    /// Packets that came before the first frame.
    private var early: [MediaPacket] = []
    private var summary = SinkSummary()

    /// What exists from the first frame on.
    private struct Output {
        let muxer: Muxer
        let encoder: Encoder
        let fitter: FrameFitter
        let videoStream: Int
        /// Streams of the output by streams of the source.
        let copies: [Int: Int]
    }

    init(path: String, source: MediaInfo, options: VideoWriter.Options) throws {
        self.path = path
        self.source = source
        self.options = options
        format = try Muxer.format(for: path)
        choice = try EncoderChoice(named: options.codec, format: format, path: path)
        file = try VideoError.converting { () throws(OutputFileError) in
            try OutputFile(path: path, replaces: options.overwrite, input: source.path)
        }
        summary.encoder = choice.name
    }

    func write(_ frame: VideoFrame) throws {
        let output = try self.output ?? open(first: frame)
        let fitted = try output.fitter.fit(frame)
        defer { if fitted.isOwned { free(fitted.frame) } }
        if fitted.wasRescaled { summary.rescaledFrames += 1 }
        if fitted.wasConverted { summary.convertedFrames += 1 }
        let unit = output.encoder.timeBase
        let time = frame.presentationTimestamp.map { frame.timeBase.rescale($0, to: unit) }
        try output.encoder.encode(
            fitted.frame, timestamp: time ?? Int64(summary.framesWritten),
            duration: frame.timeBase.rescale(frame.duration, to: unit)
        ) { packet in
            try output.muxer.write(packet, stream: output.videoStream, timeBase: unit)
        }
        summary.framesWritten += 1
    }

    var framesHeld: Int { output?.encoder.framesHeld ?? 0 }

    func write(_ packet: MediaPacket) throws {
        guard let output else {
            if options.copiesOtherStreams { early.append(packet) }
            return
        }
        guard let stream = output.copies[packet.streamIndex] else { return }
        do {
            try output.muxer.writeCopy(of: packet, stream: stream)
            summary.packetsCopied += 1
        } catch let failure as MuxerError where failure.code == YV_ERROR_INVALIDDATA {
            // A damaged packet of a stream that is only copied is no reason to lose the video.
            summary.refusedPackets += 1
        }
    }

    func finish() throws -> SinkSummary {
        guard let output else {
            throw VideoError(
                .cannotWrite, path: path, operation: "complete the file",
                reason: "there is no frame to write")
        }
        let unit = output.encoder.timeBase
        try output.encoder.finish { packet in
            try output.muxer.write(packet, stream: output.videoStream, timeBase: unit)
        }
        try output.muxer.finish()
        summary.bytes = try VideoError.converting(file.publish)
        summary.path = file.path
        summary.width = Int(output.fitter.paddedWidth)
        summary.height = Int(output.fitter.paddedHeight)
        summary.repairedTimestamps =
            output.encoder.repairedTimestamps + output.muxer.repairedTimestamps
        return summary
    }

    private func open(first frame: VideoFrame) throws -> Output {
        let (pixels, forcesFullRange) = try choice.pixelFormat(for: frame, path: path)
        let fitter = FrameFitter(
            first: frame, format: pixels, forcesFullRange: forcesFullRange,
            acceptsOddSizes: Encoder.acceptsOddSizes(choice.id))
        note(fitter, first: frame)
        let video = source.videoStream?.video
        let rate = video?.averageFrameRate ?? video?.frameRate
        let encoder = try Encoder(
            choice,
            settings: Encoder.Settings(
                width: fitter.paddedWidth, height: fitter.paddedHeight, format: pixels,
                colour: fitter.colour, sampleAspectRatio: frame.sampleAspectRatio,
                timeBase: Encoder.timeBase(
                    for: choice, format: format, source: frame.timeBase, frameRate: rate),
                frameRate: rate,
                hasConstantRate: rate != nil && video?.averageFrameRate == video?.frameRate,
                needsGlobalHeader: format.pointee.flags & AVFMT_GLOBALHEADER != 0,
                options: options),
            path: path)
        let muxer = try Muxer(
            format: format, url: "file:" + file.temporaryPath, path: path)
        try muxer.copyMetadata(of: source)
        let videoStream = try addVideo(to: muxer, encoder: encoder, frame: frame, rate: rate)
        let copies = try addCopies(to: muxer)
        try muxer.writeHeader(options: isQuickTime ? ["movflags": "+faststart"] : [:])
        let made = Output(
            muxer: muxer, encoder: encoder, fitter: fitter, videoStream: videoStream,
            copies: copies)
        output = made
        for (index, stream) in copies {
            guard let picture = source.streams[index].attachedPicture else { continue }
            try muxer.writeCopy(of: picture, stream: stream)
        }
        for packet in early { try write(packet) }
        early = []
        return made
    }

    private func addVideo(
        to muxer: Muxer, encoder: Encoder, frame: VideoFrame, rate: Rational?
    ) throws -> Int {
        let stream = try muxer.addStream()
        try check(.cannotWrite, path: path, "describe the video stream") {
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context)
        }
        if isQuickTime, choice.id == AV_CODEC_ID_HEVC {
            // Apple's players know HEVC under this tag only.
            stream.pointee.codecpar.pointee.codec_tag = Self.tag("hvc1")
        }
        stream.pointee.time_base = encoder.timeBase.raw
        stream.pointee.sample_aspect_ratio = frame.sampleAspectRatio.raw
        if let rate { stream.pointee.avg_frame_rate = rate.raw }
        if let source = source.videoStream {
            Muxer.copyDescription(of: source, to: stream)
            // The pixels are upright: no display matrix. HDR's description of the display stays.
            try Muxer.copySideData(of: source, to: stream) { type in
                type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA
                    || type == AV_PKT_DATA_CONTENT_LIGHT_LEVEL
                    || type == AV_PKT_DATA_SPHERICAL || type == AV_PKT_DATA_STEREO3D
            }
        }
        return Int(stream.pointee.index)
    }

    private func addCopies(to muxer: Muxer) throws -> [Int: Int] {
        var copies: [Int: Int] = [:]
        guard options.copiesOtherStreams else { return copies }
        let isMatroska = text(format.pointee.name) == "matroska"
        for stream in source.streams
        where stream.index != source.videoStreamIndex && !stream.isConsumedByDemuxer {
            let isTimecode = stream.parameters.raw.pointee.codec_tag == Self.tag("tmcd")
            // The muxer makes a track of its own from the video stream's tag "timecode".
            if isQuickTime && isTimecode { continue }
            if let reason = Muxer.refusal(of: stream, in: format) {
                summary.omittedStreams.append(
                    SinkSummary.OmittedStream(
                        index: stream.index, content: Muxer.content(of: stream), reason: reason))
                continue
            }
            if stream.isAttachedPicture && isMatroska {
                try muxer.addAttachment(of: stream)
            } else {
                copies[stream.index] = try muxer.addCopy(of: stream, from: source)
            }
            summary.copiedStreams.append(stream.index)
        }
        return copies
    }

    /// Whether the container is one of the family that began with QuickTime.
    private var isQuickTime: Bool {
        ["mp4", "mov", "ipod", "3gp", "3g2", "psp"].contains(text(format.pointee.name) ?? "")
    }

    /// A codec tag from its four letters.
    private static func tag(_ letters: String) -> UInt32 {
        letters.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func note(_ fitter: FrameFitter, first frame: VideoFrame) {
        if fitter.pads {
            summary.notes.append(
                "\(frame.width)x\(frame.height) was padded to "
                    + "\(fitter.paddedWidth)x\(fitter.paddedHeight): \(choice.name) needs even sizes"
            )
        }
        let depth = av_pix_fmt_desc_get(fitter.format).map { Int($0.pointee.comp.0.depth) } ?? 8
        if depth < frame.format.bitDepth {
            summary.notes.append(
                "\(frame.format.bitDepth) bits were reduced to \(depth): \(choice.name) has no more"
            )
        }
    }
}
