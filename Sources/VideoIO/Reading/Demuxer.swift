import CFFmpeg

/// An opened container: gives packets in file order.
final class Demuxer {
    /// What a read gave.
    enum Outcome {
        /// - Parameter complaint: What the container's reader said about damage before this packet.
        case packet(complaint: String?)
        /// - Parameter complaint: The same, of what lies behind the last packet.
        case end(complaint: String?)
        case interrupted
        case failed(code: Int32, reason: String)
    }

    /// Packets among which a keyframe is looked for.
    private static let longestWait = 1000

    let path: String
    let context: UnsafeMutablePointer<AVFormatContext>
    /// Keeps the object alive that FFmpeg's callback refers to.
    private let flag: InterruptFlag
    private let deadline: Double?
    /// Times that packets were reported lost.
    private(set) var reportedLosses = 0
    /// What the context reads from where that is no file or URL; outlives it.
    private let source: InputContext?
    /// The path of the file that is read; nil for anything else.
    let file: String?
    /// Whether the input is a pipe.
    private let isPipe: Bool
    /// Packets that were put back; the next one last.
    private var ahead: [AheadPacket] = []
    /// What was read behind them, where that was no packet.
    private var outcomeAhead: Outcome?
    /// Set where packets were looked at in opening and damage was met: how far in the file, in bytes.
    private(set) var damagedProbe: Int64?

    /// Opens a file or URL and probes its streams.
    ///
    /// - Parameter deadline: Seconds that opening, and each later read, may take.
    init(
        path: String, flag: InterruptFlag, deadline: Double?, openDeadline: Double? = nil,
        format: String? = nil, options: [String: String]
    ) throws {
        self.path = path
        self.flag = flag
        self.deadline = deadline
        let opening = openDeadline ?? deadline
        FFmpegLog.install()
        let location = format == nil ? try InputLocation(path) : .url(path)
        var (url, ownFormat, ownOptions): (String, String?, [String: String]) = ("", nil, [:])
        switch location {
        case .pipe(let name):
            source = try InputContext(PipeInput(path: name, flag: flag))
            (isPipe, url) = (true, "pipe:")
        case .pictures(let script):
            (source, isPipe) = (try InputContext(MemoryInput(script)), false)
            (ownFormat, ownOptions) = ("concat", ["safe": "0"])
        case .url(let text, let format, let options):
            (source, isPipe) = (nil, false)
            (url, ownFormat, ownOptions) = (text, format, options)
        }
        file = url.hasPrefix("file:") ? String(url.dropFirst("file:".count)) : nil
        let inputFormat = try (format ?? ownFormat).map { name in
            if let found = InputDevices.format(named: name) { return found }
            throw VideoError(
                .noInput, path: path, operation: "open",
                reason: "this FFmpeg has no input format named \(name)")
        }
        var context: UnsafeMutablePointer<AVFormatContext>? = avformat_alloc_context()
        let fresh = try allocated(context, "a demuxer")
        fresh.pointee.interrupt_callback = flag.callback
        if let source { fresh.pointee.pb = source.raw }
        flag.setDeadline(after: opening)
        var dictionary = FFmpegDictionary(ownOptions.merging(options) { $1 })
        let (code, log) = FFmpegLog.collectingLines {
            avformat_open_input(&context, url, inputFormat, &dictionary.raw)
        }
        // avformat_open_input frees the context itself when it fails.
        guard code >= 0, let context else {
            throw InputFailure(path: path, file: file, isPipe: isPipe)
                .inOpening(code: code, log: log, flag: flag, deadline: opening)
        }
        self.context = context
        // From here on deinit closes the context.
        if let unused = dictionary.keys.first {
            throw VideoError(
                .noInput, path: path, operation: "open",
                reason: "the input has no option named \(unused)")
        }
        if text(context.pointee.iformat.pointee.name) == "tty" {
            throw VideoError(
                .notDecodable, path: path, operation: "open", reason: "it is a text file")
        }
        let (found, probeLog) = FFmpegLog.collectingLines {
            avformat_find_stream_info(context, nil)
        }
        if found < 0 {
            throw InputFailure(path: path, file: file, isPipe: isPipe)
                .inOpening(code: found, log: probeLog, flag: flag, deadline: opening)
        }
        if complaint(in: probeLog) != nil, let pb = context.pointee.pb {
            damagedProbe = pb.pointee.pos
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// Reads the next packet into `packet`, which has to be empty.
    func read(into packet: UnsafeMutablePointer<AVPacket>) -> Outcome {
        if let next = ahead.popLast() {
            av_packet_move_ref(packet, next.raw)
            return .packet(complaint: next.complaint)
        }
        if let outcome = outcomeAhead.take() { return outcome }
        flag.setDeadline(after: deadline)
        let (code, all) = FFmpegLog.collectingLines { av_read_frame(context, packet) }
        reportedLosses += all.count { $0.statement == .networkLoss }
        let lines = all.filter { $0.statement != .networkLoss }
        if code >= 0 { return .packet(complaint: complaint(in: lines)) }
        if flag.isInterrupted { return .interrupted }
        if flag.isOverdue {
            return .failed(
                code: YV_ERROR_EXIT, reason: "no data for \(deadline ?? 0) seconds")
        }
        if code == YV_ERROR_EOF {
            // A connection that breaks gives a code of its own; a file that is cut off is at its end.
            let cut = lines.last { $0.statement == .prematureEnd }
            return cut.map { .failed(code: code, reason: $0.text) }
                ?? .end(complaint: complaint(in: lines))
        }
        let said = lines.last.map { " (\($0.text))" } ?? ""
        return .failed(
            code: code,
            reason: InputFailure(path: path, file: file, isPipe: isPipe).explanation(of: lines)
                ?? ffmpegText(code) + said)
    }

    /// What the container's own reader said; parsers of codecs complain about much that is harmless.
    private func complaint(in lines: [FFmpegLog.Line]) -> String? {
        lines.last { $0.source == UInt(bitPattern: context) }?.text
    }

    /// Gives packets out again, before those that are read; the first one first.
    ///
    /// - Parameter outcome: What was read behind them, where that was no packet.
    func putBack(_ packets: [AheadPacket], outcome: Outcome? = nil) {
        ahead += packets.reversed()
        if let outcome { outcomeAhead = outcome }
    }

    /// Whether a stream is one picture. Pictures may come one after the other in formats that know nothing of it, so
    /// that for these the second one is looked for.
    func holdsOneFrame(stream index: Int) throws -> Bool {
        let name = text(context.pointee.iformat.pointee.name) ?? ""
        guard name == "image2" || name.hasSuffix("_pipe") else {
            return context.pointee.streams[index]?.pointee.nb_frames == 1
        }
        var seen: [AheadPacket] = []
        var end: Outcome?
        defer { putBack(seen, outcome: end) }
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let fresh = try allocated(packet, "a packet")
        while seen.count < 2, end == nil {
            switch read(into: fresh) {
            case .packet(let complaint):
                seen.append(try AheadPacket(fresh, complaint: complaint))
                av_packet_unref(fresh)
            case let other: end = other
            }
        }
        return seen.count < 2
    }

    /// Leaves out the packets of a stream before its first keyframe, as of a recording that was begun or cut
    /// anywhere: decoders make grey smear of them.
    ///
    /// - Returns: How many; none where no keyframe is in sight, which some streams do without.
    func skipToKeyframe(stream index: Int) throws -> Int {
        var early: [AheadPacket] = []
        var others: [AheadPacket] = []
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let fresh = try allocated(packet, "a packet")
        var all: [AheadPacket] = []
        while early.count < Self.longestWait {
            let outcome = read(into: fresh)
            guard case .packet(let complaint) = outcome else {
                putBack(all, outcome: outcome)
                return 0
            }
            let seen = try AheadPacket(fresh, complaint: complaint)
            all.append(seen)
            let isKeyframe = fresh.pointee.flags & AV_PKT_FLAG_KEY != 0
            let isWanted = Int(fresh.pointee.stream_index) == index
            av_packet_unref(fresh)
            if isWanted, !isKeyframe {
                early.append(seen)
            } else {
                others.append(seen)
            }
            if isWanted, isKeyframe {
                putBack(others)
                return early.count
            }
        }
        putBack(all)
        return 0
    }

    /// Goes to about a place at or before a time, in a stream's units. What is there has to be looked at:
    /// containers without an index come near, and some go to where no keyframe is.
    func seek(stream: Int, notAfter time: Int64) -> Bool {
        seek { avformat_seek_file($0, Int32(stream), Int64.min, time, time, 0) }
    }

    /// Goes to a place in the file.
    func seek(byte place: Int64) -> Bool {
        seek { avformat_seek_file($0, -1, Int64.min, place, place, AVSEEK_FLAG_BYTE) }
    }

    private func seek(_ go: (UnsafeMutablePointer<AVFormatContext>) -> Int32) -> Bool {
        flag.setDeadline(after: deadline)
        ahead = []
        outcomeAhead = nil
        return FFmpegLog.collecting { go(context) }.0 >= 0
    }

    /// Whether a time can be gone to, and packets found there still know theirs. A pipe cannot; what holds no
    /// timestamps counts from wherever it is read; and an MPEG program stream states the times of a few frames only.
    var canSeek: Bool {
        let format = context.pointee.iformat.pointee
        guard format.flags & AVFMT_NOTIMESTAMPS == 0, text(format.name) != "mpeg" else {
            return false
        }
        return format.flags & AVFMT_NOFILE != 0 || context.pointee.pb?.pointee.seekable != 0
    }

    /// Leaves out the packets of all streams but one.
    func keepOnly(stream index: Int) {
        for other in 0..<Int(context.pointee.nb_streams) where other != index {
            context.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
        }
    }

    /// Whether timestamps may jump within the container, as in broadcast streams.
    var hasDiscontinuousTimestamps: Bool {
        context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    }
}
