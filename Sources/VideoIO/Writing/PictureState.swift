import CFFmpeg
import OutputFiles

/// The state of a writer of pictures, used by one thread at a time.
final class PictureState {
    private let path: String
    private let source: MediaInfo
    private let options: VideoWriter.Options
    private let format: PictureFormat
    private let choice: EncoderChoice
    /// The file of a single picture.
    private let file: OutputFile?
    /// Pictures written that have a number.
    private var count = 0
    private var track: VideoTrack?
    private var summary = SinkSummary()

    init(path: String, source: MediaInfo, options: VideoWriter.Options) throws {
        guard let format = PictureFormat(path: path) else {
            throw VideoError(
                .cannotWrite, path: path, operation: "choose a format",
                reason: "the extension of the name belongs to no format for pictures")
        }
        self.path = path
        self.source = source
        self.format = format
        var options = options
        let name = text(format.codec.pointee.name) ?? ""
        if let codec = options.codec, codec != name,
            avcodec_find_encoder_by_name(codec)?.pointee.id != format.codec.pointee.id
        {
            throw VideoError(
                .cannotWrite, path: path, operation: "choose an encoder",
                reason: "the extension of the name says \(name), not \(codec)")
        }
        options.codec = options.codec ?? name
        let offered = EncoderChoice.pixelFormats(of: format.codec)
        if options.pixelFormat == nil, format.codec.pointee.id != AV_CODEC_ID_MJPEG,
            offered.contains(AV_PIX_FMT_RGB24), offered.contains(AV_PIX_FMT_YUV444P)
        {
            // What viewers of such pictures expect.
            options.pixelFormat = "rgb24"
        }
        self.options = options
        choice = try EncoderChoice(options, format: format.container, path: path)
        summary.encoder = choice.name
        file =
            format.isPattern
            ? nil
            : try VideoError.converting { () throws(OutputFileError) in
                try OutputFile(path: path, replaces: options.overwrite, input: source.path)
            }
        for stream in source.streams where stream.index != source.videoStreamIndex {
            summary.omittedStreams.append(
                SinkSummary.OmittedStream(
                    index: stream.index, content: Muxer.content(of: stream),
                    reason: "a picture holds nothing else"))
        }
    }

    func write(_ frame: VideoFrame) throws {
        guard format.isPattern || summary.framesWritten == 0 else {
            throw VideoError(
                .cannotWrite, path: path, operation: "write a second picture",
                reason:
                    "the name is that of one; choose a video, a name such as out-%05d.png, or --frames 1"
            )
        }
        let track = try self.track ?? open(first: frame)
        summary.framesWritten += 1
        try track.write(frame, keep)
    }

    func finish() throws -> SinkSummary {
        guard let track else {
            throw VideoError(
                .cannotWrite, path: path, operation: "complete the file",
                reason: "there is no frame to write")
        }
        try track.finish(keep)
        if let file { summary.bytes = try VideoError.converting(file.publish) }
        summary.path = path
        summary.width = Int(track.fitter.paddedWidth)
        summary.height = Int(track.fitter.paddedHeight)
        summary.rescaledFrames = track.rescaledFrames
        summary.convertedFrames = track.convertedFrames
        return summary
    }

    /// Writes what was encoded: each packet is a whole picture.
    private func keep(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        let bytes = UnsafeRawBufferPointer(
            start: packet.pointee.data, count: Int(packet.pointee.size))
        if let file {
            try VideoError.converting { () throws(OutputFileError) in try file.write(bytes) }
            return
        }
        count += 1
        guard let name = PictureFormat.name(path, number: count) else {
            throw VideoError(
                .cannotWrite, path: path, operation: "name a picture", reason: "it is too long")
        }
        let numbered = try open(name)
        summary.bytes += try VideoError.converting { () throws(OutputFileError) in
            try numbered.write(bytes)
            return try numbered.publish()
        }
    }

    private func open(_ name: String) throws -> OutputFile {
        try VideoError.converting { () throws(OutputFileError) in
            try OutputFile(path: name, replaces: options.overwrite, input: source.path)
        }
    }

    private func open(first frame: VideoFrame) throws -> VideoTrack {
        let made = try VideoTrack(
            choice, first: frame,
            VideoTrack.Description(
                container: format.container, stream: source.videoStream, needsGlobalHeader: false),
            options: options, path: path)
        track = made
        summary.notes += made.notes
        return made
    }
}
