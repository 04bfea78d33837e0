import CFFmpeg
import OutputFiles

/// The state of a framemd5 sink, used by one thread at a time. The lines are made by FFmpeg's own
/// framemd5 muxer over raw video.
final class FrameMD5State {
    private let path: String
    private let url: String
    private let file: OutputFile?
    private var muxer: Muxer?
    private var summary = SinkSummary()

    init(path: String, url: String, file: OutputFile?) {
        self.path = path
        self.url = url
        self.file = file
    }

    func write(_ frame: VideoFrame) throws {
        let muxer = try self.muxer ?? open(first: frame)
        let raw = frame.raw
        let (width, height) = (raw.pointee.width, raw.pointee.height)
        let bytes = try check(.internal, path: path, "measure a frame") {
            av_image_get_buffer_size(raw.pixelFormat, width, height, 1)
        }
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let made = try allocated(packet, "a packet")
        try check(.internal, path: path, "allocate a packet") { av_new_packet(made, bytes) }
        try check(.internal, path: path, "copy a frame") {
            raw.withPlanePointers { data, strides in
                let planes = (0..<4).map { data[$0].map { UnsafePointer($0) } }
                return av_image_copy_to_buffer(
                    made.pointee.data, bytes, planes, strides, raw.pixelFormat, width, height, 1)
            }
        }
        let time = frame.presentationTimestamp ?? Int64(summary.framesWritten)
        made.pointee.pts = time
        made.pointee.dts = time
        made.pointee.duration = frame.duration
        made.pointee.flags |= AV_PKT_FLAG_KEY
        try muxer.write(made, stream: 0, timeBase: frame.timeBase)
        summary.framesWritten += 1
        summary.width = frame.width
        summary.height = frame.height
    }

    func finish() throws -> SinkSummary {
        guard let muxer else {
            throw VideoError(
                .cannotWrite, path: path, operation: "complete the file",
                reason: "there is no frame to write")
        }
        try muxer.finish()
        summary.repairedTimestamps = muxer.repairedTimestamps
        if let file {
            summary.bytes = try VideoError.converting(file.publish)
            summary.path = path
        }
        return summary
    }

    /// Completes what there is, after an error.
    func keepPart() -> String? {
        guard let muxer, muxer.finishPart() else { return nil }
        return file?.keepPart()
    }

    private func open(first frame: VideoFrame) throws -> Muxer {
        guard let format = av_guess_format("framemd5", nil, nil) else {
            throw VideoError(
                .cannotWrite, path: path, operation: "choose a container",
                reason: "this FFmpeg has no framemd5")
        }
        let muxer = try Muxer(format: format, url: url, path: path)
        let stream = try muxer.addStream()
        stream.pointee.time_base = frame.timeBase.raw
        stream.pointee.sample_aspect_ratio = frame.sampleAspectRatio.raw
        let codec: UnsafeMutablePointer<AVCodecParameters> = stream.pointee.codecpar
        codec.pointee.codec_type = AVMEDIA_TYPE_VIDEO
        codec.pointee.codec_id = AV_CODEC_ID_RAWVIDEO
        codec.pointee.format = frame.raw.pointee.format
        codec.pointee.width = frame.raw.pointee.width
        codec.pointee.height = frame.raw.pointee.height
        codec.pointee.sample_aspect_ratio = frame.sampleAspectRatio.raw
        try muxer.writeHeader(options: [:])
        self.muxer = muxer
        return muxer
    }
}
