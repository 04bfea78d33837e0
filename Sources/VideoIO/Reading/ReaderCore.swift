import CFFmpeg

/// The state of a reader, used by one thread at a time.
final class ReaderCore {
    enum Phase {
        case reading
        /// The video is complete; packets of other streams that belong to it may still come.
        case finishingOthers
        /// The decoder gives what it still holds.
        case draining
        case finished
    }

    private(set) var demuxer: Demuxer
    let decoder: Decoder
    let normaliser: FrameNormaliser
    let options: VideoReader.Options
    let flag: InterruptFlag
    let info: MediaInfo
    let video: StreamInfo
    /// The pixel shape that the container states, which goes before the codec's.
    let containerAspect: Rational
    let packet: UnsafeMutablePointer<AVPacket>
    var frame: UnsafeMutablePointer<AVFrame>
    /// Whether `packet` holds a video packet that the decoder did not take yet.
    var hasPendingPacket = false
    /// What the decoder attaches to the frame of the pending packet.
    var pendingNumber: Int64 = -1

    var arrivals = ArrivalLog()
    var senderClock: SenderClock
    /// Frames kept by design.
    var delay: DecoderDelay {
        var delay = decoder.delay
        delay.parsing = DecoderDelay(reading: info).parsing
        return delay
    }
    var pacer: PacketPacer?
    /// Nanoseconds spent on the next frame so far, and those of the present call spent waiting for data.
    var work: UInt64 = 0
    var waiting: UInt64 = 0

    var phase = Phase.reading
    var timeline: Timeline
    var clock: FrameClock
    let sourceClock: SourceClock
    /// Bounds of what is given out, on the shifted line, in seconds.
    var bounds: ReadingBounds

    var statistics = ReaderStatistics()
    var endedEarly: String?
    var wasInterrupted = false
    /// Whether damage may still show: until the next keyframe.
    var isSuspect = false {
        didSet { if isSuspect { suspectSince = Int64(arrivals.count) } }
    }
    /// The first packet after the damage.
    var suspectSince: Int64 = 0
    /// The reason of the last failed read, and how many failed in a row.
    var readFailure: (reason: String, count: Int)?
    var losses: LossDetector
    /// How far in the file damage may lie that was met in opening, until packets from behind it come.
    var damagedProbe: Int64?
    var lastPacketWasCut = false
    /// Whether packets have come that only their owner can read.
    var isEncrypted = false
    /// When the last video packet is decoded, in the file's own units.
    var lastVideoTime: Int64?
    /// The end of the last packet of any stream, in seconds of the file.
    var lastTime = -Double.infinity
    var lastShape: (Int32, Int32, Int32)?
    /// Packets of other streams that wait for the frames they go with.
    var held: [MediaPacket] = []
    /// The end of the last frame given out, in seconds on the shifted line.
    var deliveredEnd = -Double.infinity
    /// Audio streams whose packets have not come to the end of the part.
    var unfinishedAudio: Set<Int>
    var failuresInARow = 0
    /// Whether live input has yet to give its first keyframe.
    var awaitsKeyframe: Bool
    /// When the last video packet came.
    var lastVideoArrival = MonotonicClock.now()
    var gaps = GapDetector()
    /// What the demuxer had told of losses when it was last looked at.
    var knownLosses = 0

    private init(
        demuxer: Demuxer, decoder: Decoder, info: MediaInfo, video: StreamInfo,
        options: VideoReader.Options, flag: InterruptFlag
    ) throws {
        let packet = try allocated(av_packet_alloc(), "a packet")
        var unused: UnsafeMutablePointer<AVPacket>? = packet
        guard let frame = av_frame_alloc() else {
            av_packet_free(&unused)
            throw VideoError(
                .internal, path: info.path, operation: "allocate a frame", reason: "out of memory")
        }
        self.packet = packet
        self.frame = frame
        self.demuxer = demuxer
        self.decoder = decoder
        self.info = info
        self.video = video
        containerAspect =
            demuxer.context.pointee.streams[video.index].map {
                Rational($0.pointee.sample_aspect_ratio)
            } ?? Rational(0, 1)
        self.options = options
        self.flag = flag
        normaliser = FrameNormaliser(
            streamOrientation: video.video?.orientation ?? .upright,
            background: options.background)
        timeline = Timeline(
            shift: info.timestampShift, followsJumps: demuxer.hasDiscontinuousTimestamps)
        clock = FrameClock(info: info, video: video, isLive: options.isLive)
        sourceClock = SourceClock(info: info, timeBase: video.timeBase)
        awaitsKeyframe = options.isLive
        pacer = options.isPaced ? PacketPacer() : nil
        bounds = ReadingBounds(info: info)
        losses = LossDetector(
            frameDuration: Double(clock.usualDuration) * video.timeBase.doubleValue,
            reorderedFrames: decoder.delay.reordering)
        damagedProbe = demuxer.damagedProbe
        senderClock = SenderClock(isBehind: DecoderDelay(reading: info).parsing > 0)
        isEncrypted = video.isEncrypted
        statistics.ignoresTransparency = decoder.ignoresTransparency
        unfinishedAudio = Set(info.streams.lazy.filter { $0.kind == .audio }.map(\.index))
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        free(frame)
    }

    /// Opens everything and goes to the start.
    static func open(
        _ path: String, options: VideoReader.Options, flag: InterruptFlag
    ) throws -> (ReaderCore, MediaInfo) {
        func openDemuxer() throws -> Demuxer {
            try Demuxer(
                path: path, flag: flag, deadline: options.deadline,
                openDeadline: options.openDeadline, format: options.inputFormat,
                options: options.inputOptions)
        }
        let demuxer = try openDemuxer()
        let index = bestVideoStream(demuxer)
        var info = try MediaInfo(path: path, context: demuxer.context, videoIndex: index)
        guard let index, let stream = demuxer.context.pointee.streams[index] else {
            let kinds = Set(
                info.streams.map { $0.isAttachedPicture ? "a picture" : $0.kind.rawValue }
            ).sorted().joined(separator: ", ")
            throw VideoError(
                .notDecodable, path: path, operation: "open",
                reason: "no video stream" + (kinds.isEmpty ? "" : ", only \(kinds)"))
        }
        for (name, value) in [("start", options.start), ("duration", options.duration)] {
            guard let value, !(0...VideoReader.maximumSeconds).contains(value) else { continue }
            throw VideoError(
                .internal, path: path, operation: "read from a position",
                reason: "\(name) is \(value), not a number of seconds up to "
                    + "\(VideoReader.maximumSeconds)")
        }
        let origin = info.startTime ?? 0
        if options.start != nil || options.duration != nil {
            let start = options.start ?? 0
            info.selection = MediaInfo.Selection(
                start: start, end: options.duration.map { start + $0 })
        }
        if let start = options.start, start > 0 {
            info.timestampShift = -(origin + start)
        } else if demuxer.hasDiscontinuousTimestamps {
            // Broadcast clocks count from anywhere; elsewhere 0 means something and is kept.
            info.timestampShift = -origin
        }
        if !options.carriesOtherStreams { demuxer.keepOnly(stream: index) }
        let decoder = try Decoder(
            stream: stream, path: path, threads: options.decoderThreads,
            maximumPixels: options.maximumPixels, isLive: options.isLive,
            exportsMotion: options.exportsMotion)
        if !options.isLive {
            info.isSinglePicture = try demuxer.holdsOneFrame(stream: index)
        }
        let core = try ReaderCore(
            demuxer: demuxer, decoder: decoder, info: info, video: info.streams[index],
            options: options, flag: flag)
        var isPlaced = false
        if let start = options.start, start > 0, demuxer.canSeek {
            isPlaced = try !demuxer.startsAnew(stream: index) && core.seek(to: origin + start)
            if !isPlaced {
                core.demuxer = try openDemuxer()
                if !options.carriesOtherStreams { core.demuxer.keepOnly(stream: index) }
            }
        }
        if !isPlaced, !options.isLive {
            core.statistics.packetsBeforeKeyframe = try core.demuxer.skipToKeyframe(
                stream: index)
        }
        return (core, info)
    }

    static func probe(_ path: String, options: VideoReader.Options) throws -> MediaInfo {
        let demuxer = try Demuxer(
            path: path, flag: InterruptFlag(options.interruption ?? Interruption()),
            deadline: options.deadline,
            options: options.inputOptions)
        let index = bestVideoStream(demuxer)
        var info = try MediaInfo(path: path, context: demuxer.context, videoIndex: index)
        if let index, demuxer.file != nil,
            let orientation = firstOrientation(demuxer, index, options)
        {
            info.streams[index].video?.orientation = orientation
        }
        return info
    }

    /// What the first picture of a stream says about how it is turned.
    private static func firstOrientation(
        _ demuxer: Demuxer, _ index: Int, _ options: VideoReader.Options
    ) -> Orientation? {
        guard let stream = demuxer.context.pointee.streams[index],
            let decoder = try? Decoder(
                stream: stream, path: demuxer.path, threads: 1,
                maximumPixels: options.maximumPixels),
            var packet = Optional(av_packet_alloc()), let fresh = packet,
            var frame = Optional(av_frame_alloc()), let picture = frame
        else { return nil }
        defer {
            av_packet_free(&packet)
            av_frame_free(&frame)
        }
        // No decoder keeps more frames than this inside.
        for _ in 0..<100 {
            av_packet_unref(fresh)
            guard case .packet = demuxer.read(into: fresh) else {
                _ = try? decoder.send(nil)
                guard case .done? = try? decoder.receive(into: picture) else { return nil }
                return Orientation(of: picture)
            }
            guard Int(fresh.pointee.stream_index) == index else { continue }
            _ = try? decoder.send(fresh)
            if case .done? = try? decoder.receive(into: picture) {
                return Orientation(of: picture)
            }
        }
        return nil
    }

    private static func bestVideoStream(_ demuxer: Demuxer) -> Int? {
        let index = av_find_best_stream(
            demuxer.context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        guard index >= 0, let stream = demuxer.context.pointee.streams[Int(index)],
            stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else { return nil }
        return Int(index)
    }
}
