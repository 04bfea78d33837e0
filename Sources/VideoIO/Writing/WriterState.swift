import CFFmpeg
import Glibc
import OutputFiles

/// The state of a writer, used by one thread at a time.
final class WriterState {
    private let path: String
    private let source: MediaInfo
    private let options: VideoWriter.Options
    private let format: UnsafePointer<AVOutputFormat>
    private let choice: EncoderChoice
    private let file: OutputFile
    private let room: DiskRoom
    private var output: Output?
    /// Packets that came before the first frame.
    private var early: [MediaPacket] = []
    private var summary = SinkSummary()

    /// What exists from the first frame on.
    private struct Output {
        let muxer: Muxer
        let track: VideoTrack
        let videoStream: Int
        /// Streams of the output by streams of the source.
        let copies: [Int: Int]
    }

    init(path: String, source: MediaInfo, options: VideoWriter.Options) throws {
        self.path = path
        self.source = source
        self.options = options
        format = try Muxer.format(for: path)
        choice = try EncoderChoice(options, format: format, path: path)
        file = try VideoError.converting { () throws(OutputFileError) in
            try OutputFile(path: path, replaces: options.overwrite, input: source.path)
        }
        room = DiskRoom(besides: file.temporaryPath)
        summary.encoder = choice.name
    }

    func write(_ frame: VideoFrame) throws {
        let output = try self.output ?? open(first: frame)
        try output.track.write(frame) { try put($0, in: output) }
    }

    /// Whether anything was taken that could be kept.
    var hasFrames: Bool { output != nil }

    var framesHeld: Int { output?.track.framesHeld ?? 0 }

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
        let track = output.track
        try track.finish { try put($0, in: output) }
        try output.muxer.finish()
        summary.bytes = try VideoError.converting(file.publish)
        summary.path = path
        note(track)
        summary.repairedTimestamps =
            track.encoder.repairedTimestamps + output.muxer.repairedTimestamps
        return summary
    }

    /// Writes a packet of the video, if it fits on the disk together with the index that comes at the end.
    private func put(_ packet: UnsafeMutablePointer<AVPacket>, in output: Output) throws {
        let index = output.muxer.packetsWritten * Self.largestIndexEntry
        guard room.holds(index + Int(packet.pointee.size)) else {
            throw VideoError(.cannotWrite, path: path, operation: "write a packet", errno: ENOSPC)
        }
        try output.muxer.write(
            packet, stream: output.videoStream, timeBase: output.track.encoder.timeBase)
    }

    /// Bytes that containers need for a packet in their index, at most.
    private static let largestIndexEntry = 64

    /// Completes what there is, after an error.
    func keepPart() -> String? {
        guard options.keepsPart, let output, output.track.framesWritten > 0 else { return nil }
        // Whatever the encoder still holds, unless that was the error, or there is no room.
        try? output.track.finish { try put($0, in: output) }
        return output.muxer.finishPart() ? file.keepPart() : nil
    }

    private func open(first frame: VideoFrame) throws -> Output {
        let video = source.videoStream?.video
        let track = try VideoTrack(
            choice, first: frame,
            VideoTrack.Description(
                container: format, stream: source.videoStream, averageRate: video?.averageFrameRate,
                smallestRate: video?.frameRate,
                isSampledAsPictures: source.videoStream?.isSampledAsPictures ?? false,
                needsGlobalHeader: format.pointee.flags & AVFMT_GLOBALHEADER != 0),
            options: options, path: path)
        summary.notes += track.notes
        let muxer = try Muxer(
            format: format, url: "file:" + file.temporaryPath, path: path)
        try muxer.copyMetadata(of: source)
        let videoStream = try addVideo(to: muxer, track: track, frame: frame)
        let copies = try addCopies(to: muxer)
        try muxer.writeHeader(options: isQuickTime ? ["movflags": "+faststart"] : [:])
        let made = Output(
            muxer: muxer, track: track, videoStream: videoStream, copies: copies)
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
        to muxer: Muxer, track: VideoTrack, frame: VideoFrame
    ) throws -> Int {
        let encoder = track.encoder
        let video = source.videoStream?.video
        let rate = track.constantRate?.rate ?? video?.averageFrameRate ?? video?.frameRate
        let stream = try muxer.addStream()
        try check(.cannotWrite, path: path, "describe the video stream") {
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context)
        }
        if isQuickTime, choice.id == AV_CODEC_ID_HEVC {
            // Apple's players know HEVC under this tag only.
            stream.pointee.codecpar.pointee.codec_tag = codecTag("hvc1")
        }
        stream.pointee.time_base = encoder.timeBase.raw
        stream.pointee.sample_aspect_ratio = frame.sampleAspectRatio.raw
        if let rate { stream.pointee.avg_frame_rate = rate.raw }
        if let source = source.videoStream {
            Muxer.copyDescription(of: source, to: stream)
            // The pixels are upright: no display matrix.
            try Muxer.copySideData(of: source, to: stream) { type in
                type == AV_PKT_DATA_SPHERICAL || type == AV_PKT_DATA_STEREO3D
            }
        }
        try DisplayMetadata(stream: source.videoStream, first: frame).apply(to: stream)
        return Int(stream.pointee.index)
    }

    private func addCopies(to muxer: Muxer) throws -> [Int: Int] {
        var copies: [Int: Int] = [:]
        guard options.copiesOtherStreams else { return copies }
        let isMatroska = text(format.pointee.name) == "matroska"
        for stream in source.streams
        where stream.index != source.videoStreamIndex && !stream.isConsumedByDemuxer {
            let isTimecode = stream.parameters.raw.pointee.codec_tag == codecTag("tmcd")
            // The muxer makes a track of its own from the video stream's tag "timecode".
            if isQuickTime && isTimecode { continue }
            if let reason = Muxer.refusal(of: stream, from: source.formatName, in: format) {
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

    private var isQuickTime: Bool { Muxer.isQuickTime(format) }

    private func note(_ track: VideoTrack) {
        summary.framesWritten = track.framesWritten
        summary.framesRepeated = track.framesRepeated
        summary.framesLeftOut = track.framesLeftOut
        summary.rescaledFrames = track.rescaledFrames
        summary.convertedFrames = track.convertedFrames
        summary.width = Int(track.fitter.paddedWidth)
        summary.height = Int(track.fitter.paddedHeight)
        guard let constant = track.constantRate, track.framesRepeated + track.framesLeftOut > 0
        else { return }
        summary.notes.append(
            "\(constant.reason) counts frames: to keep time at \(constant.text) frames a second, "
                + "\(track.framesRepeated) were repeated and \(track.framesLeftOut) left out")
    }
}
