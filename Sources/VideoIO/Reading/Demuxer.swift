import CFFmpeg
import Glibc

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

    let path: String
    let context: UnsafeMutablePointer<AVFormatContext>
    /// Keeps the object alive that FFmpeg's callback refers to.
    private let flag: InterruptFlag
    private let deadline: Double?
    /// Times that packets were reported lost.
    private(set) var reportedLosses = 0
    /// Set where the input is a pipe; outlives the context.
    private let pipe: PipeInput?
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
        let inputFormat = try format.map { name in
            if let found = InputDevices.format(named: name) { return found }
            throw VideoError(
                .noInput, path: path, operation: "open",
                reason: "this FFmpeg has no input format named \(name)")
        }
        let pipe = PipeInput.isNeeded(for: path) ? try PipeInput(path: path, flag: flag) : nil
        self.pipe = pipe
        let url = pipe == nil ? try Self.url(for: path) : "pipe:"
        var context: UnsafeMutablePointer<AVFormatContext>? = avformat_alloc_context()
        let fresh = try allocated(context, "a demuxer")
        fresh.pointee.interrupt_callback = flag.callback
        if let pipe { fresh.pointee.pb = pipe.context }
        flag.setDeadline(after: opening)
        var dictionary = FFmpegDictionary(options)
        let (code, log) = FFmpegLog.collecting {
            avformat_open_input(&context, url, inputFormat, &dictionary.raw)
        }
        // avformat_open_input frees the context itself when it fails.
        guard code >= 0, let context else {
            throw Self.openError(path: path, code: code, log: log, flag: flag, deadline: opening)
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
            throw Self.openError(
                path: path, code: found, log: probeLog.map(\.text), flag: flag, deadline: opening)
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
        return .failed(code: code, reason: ffmpegText(code) + said)
    }

    /// What the container's own reader said; parsers of codecs complain about much that is harmless.
    private func complaint(in lines: [FFmpegLog.Line]) -> String? {
        lines.last { $0.source == UInt(bitPattern: context) }?.text
    }

    /// Goes to a keyframe of a stream at or before a time in that stream's units.
    func seek(stream: Int, notAfter time: Int64) -> Bool {
        flag.setDeadline(after: deadline)
        let (code, _) = FFmpegLog.collecting {
            avformat_seek_file(context, Int32(stream), Int64.min, time, time, 0)
        }
        return code >= 0
    }

    /// Goes to the beginning.
    func rewind() -> Bool {
        flag.setDeadline(after: deadline)
        let (code, _) = FFmpegLog.collecting { () -> Int32 in
            let first = timestamp(context.pointee.start_time) ?? 0
            let code = avformat_seek_file(context, -1, Int64.min, first, first, 0)
            return code >= 0
                ? code : avformat_seek_file(context, -1, Int64.min, 0, 0, AVSEEK_FLAG_BYTE)
        }
        return code >= 0
    }

    /// Whether timestamps may jump within the container, as in broadcast streams.
    var hasDiscontinuousTimestamps: Bool {
        context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    }

    /// The URL for FFmpeg: a local file keeps its colons and percent signs.
    private static func url(for path: String) throws -> String {
        // Standard input from a file can be opened anew, and then sought in.
        if path == "-" { return "file:/dev/fd/0" }
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            // Not a file; a URL perhaps. Anything else is reported with the system's words.
            guard path.contains(":") else {
                throw VideoError(.noInput, path: path, operation: "open", errno: code)
            }
            return path
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            throw VideoError(.noInput, path: path, operation: "open", errno: EISDIR)
        case S_IFREG where status.st_size == 0:
            throw VideoError(
                .notDecodable, path: path, operation: "open", reason: "the file is empty")
        default:
            return "file:" + path
        }
    }

    private static func openError(
        path: String, code: Int32, log: [String], flag: InterruptFlag, deadline: Double?
    ) -> VideoError {
        if flag.isInterrupted {
            return VideoError(.noInput, path: path, operation: "open", reason: "interrupted")
        }
        if flag.isOverdue {
            return VideoError(
                .noInput, path: path, operation: "open",
                reason: "no answer within \(deadline ?? 0) seconds")
        }
        let undecodable = [
            YV_ERROR_INVALIDDATA, YV_ERROR_DEMUXER_NOT_FOUND, YV_ERROR_STREAM_NOT_FOUND,
            YV_ERROR_EOF,
        ]
        let kind: VideoError.Kind =
            code == YV_ERROR_ENOMEM
            ? .internal : undecodable.contains(code) ? .notDecodable : .noInput
        return VideoError(kind, path: path, operation: "open", code: code, log: log)
    }
}
