import CFFmpeg

/// One connection to a target, or one file: takes packets from a keyframe on.
///
/// Used by one thread at a time; another can hurry it along by its ``LiveHaste``.
public final class LiveMuxer {
    private let muxer: Muxer
    private let flag: InterruptFlag
    private let target: LiveTarget
    private let deadline: Double
    private var origin: Int64?
    /// Bytes of coded data written.
    public private(set) var bytes = 0
    /// Packets written.
    public private(set) var packets = 0

    /// Connects, or creates the file.
    ///
    /// - Parameters:
    ///   - target: Where to write.
    ///   - stream: What is about to come.
    ///   - deadline: Seconds that connecting, and each write, may take.
    ///   - overwrite: Whether an existing file is replaced.
    ///   - haste: Ends everything early when asked to.
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public init(
        _ target: LiveTarget, stream: EncodedStream, deadline: Double, overwrite: Bool = false,
        haste: LiveHaste = LiveHaste()
    ) throws {
        guard let format = target.format else {
            throw VideoError(
                .cannotWrite, path: target.name, operation: "choose a container",
                reason: "this FFmpeg has no \(target.formatName)")
        }
        try target.check(overwrite: overwrite)
        self.target = target
        self.deadline = deadline
        flag = haste.flag
        flag.setDeadline(after: deadline)
        FFmpegLog.install()
        muxer = try Muxer(
            format: format,
            url: target.url, path: target.name,
            flag: flag, protocolOptions: target.protocolOptions)
        let track = try muxer.addStream()
        let code = avcodec_parameters_copy(track.pointee.codecpar, stream.parameters)
        guard code >= 0 else {
            throw VideoError(
                .internal, path: target.name, operation: "describe the video stream", code: code)
        }
        track.pointee.codecpar.pointee.codec_tag = 0
        track.pointee.time_base = stream.timeBase.raw
        track.pointee.sample_aspect_ratio = track.pointee.codecpar.pointee.sample_aspect_ratio
        track.pointee.avg_frame_rate = stream.frameRate.raw
        // What has been written is with the system, or on its way, when the call returns.
        muxer.context.pointee.flush_packets = 1
        muxer.context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
        try muxer.writeHeader(options: target.headerOptions)
    }

    /// Writes a packet. Times begin at 0 with the first one.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`; nothing more can be written then.
    public func write(_ packet: LivePacket) throws {
        flag.setDeadline(after: deadline)
        let copy = try allocated(av_packet_alloc(), "a packet")
        var freed: UnsafeMutablePointer<AVPacket>? = copy
        defer { av_packet_free(&freed) }
        try check(.internal, path: muxer.path, "copy a packet") {
            av_packet_ref(copy, packet.packet.raw)
        }
        let dts = timestamp(copy.pointee.dts) ?? timestamp(copy.pointee.pts) ?? 0
        let origin = self.origin ?? dts
        self.origin = origin
        if copy.pointee.dts != YV_NOPTS_VALUE { copy.pointee.dts -= origin }
        if copy.pointee.pts != YV_NOPTS_VALUE { copy.pointee.pts -= origin }
        bytes += packet.size
        packets += 1
        do {
            // Matroska keeps a cluster in memory until it is whole: none lasts longer than a keyframe.
            if packet.isKeyframe && target.formatName == "matroska" { try muxer.flush() }
            try muxer.write(copy, stream: 0, timeBase: packet.packet.timeBase)
        } catch let error as MuxerError {
            throw timely(error.error)
        }
    }

    /// Completes the file or ends the connection.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func finish() throws {
        flag.setDeadline(after: deadline)
        do {
            try muxer.finish()
        } catch let error as VideoError {
            throw timely(error)
        }
    }

    /// Says so where an error is only the deadline's.
    private func timely(_ error: VideoError) -> VideoError {
        guard flag.isOverdue else { return error }
        return VideoError(
            error.kind, path: error.path, operation: error.operation,
            reason: "not done within \(deadline) seconds")
    }
}

/// Lets another thread hurry connections along.
public final class LiveHaste: Sendable {
    let flag = InterruptFlag()

    /// Creates one for the connections of one output.
    public init() {}

    /// Makes connecting and writing end within some seconds from now, also if it begins later.
    public func hurry(_ seconds: Double) { flag.setLimit(after: seconds) }
}
