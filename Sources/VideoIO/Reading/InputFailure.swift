import CFFmpeg

/// Says why an input could not be opened or read, where FFmpeg's words leave it open.
struct InputFailure {
    let path: String
    /// The path of the file that is read; nil for anything else.
    let file: String?
    let isPipe: Bool

    /// What opening failed with.
    ///
    /// - Parameters:
    ///   - code: FFmpeg's.
    ///   - log: What FFmpeg said.
    ///   - flag: What may have made it stop.
    ///   - deadline: Seconds that opening was given.
    func inOpening(
        code: Int32, log: [FFmpegLog.Line], flag: InterruptFlag, deadline: Double?
    ) -> VideoError {
        func error(_ kind: VideoError.Kind, _ reason: String) -> VideoError {
            VideoError(kind, path: path, operation: "open", reason: reason)
        }
        if flag.isInterrupted { return error(.noInput, "interrupted") }
        if flag.isOverdue {
            return error(.noInput, "no answer within \(deadline ?? 0) seconds")
        }
        if code == YV_ERROR_ENOMEM {
            return VideoError(.internal, path: path, operation: "open", code: code)
        }
        // A file that is there and can be read, but not by any demuxer.
        let isUnreadable = [
            YV_ERROR_INVALIDDATA, YV_ERROR_DEMUXER_NOT_FOUND, YV_ERROR_STREAM_NOT_FOUND,
            YV_ERROR_EOF, YV_ERROR_EINVAL,
        ].contains(code)
        let head = file.flatMap { FileHead(path: $0) }
        if isUnreadable {
            if let reason = explanation(of: log) { return error(.notDecodable, reason) }
            if let head, let reason = reason(head, log) { return error(.notDecodable, reason) }
        }
        let kind: VideoError.Kind =
            isUnreadable && (code != YV_ERROR_EINVAL || head != nil) ? .notDecodable : .noInput
        let failure = VideoError(
            kind, path: path, operation: "open", code: code, log: log.map(\.text))
        guard hasAmbiguousUser else { return failure }
        return error(
            kind, failure.reason + "; @, /, ? and # in a password have to be percent-encoded")
    }

    /// Whether what comes before the last @ of a URL holds signs at which FFmpeg takes the host to end.
    private var hasAmbiguousUser: Bool {
        guard let scheme = path.firstRange(of: "://"),
            let user = path[scheme.upperBound...].lastIndex(of: "@")
        else { return false }
        return path[scheme.upperBound..<user].contains { "/?#@".contains($0) }
    }

    /// What a file is that FFmpeg cannot open.
    private func reason(_ head: FileHead, _ log: [FFmpegLog.Line]) -> String? {
        if head.isPage { return "it is a web page, not a video" }
        if head.isList { return nil }
        if head.isText { return "it is a text file" }
        guard let line = log.first(where: { $0.statement == .noIndex }) else { return nil }
        return head.isQuickTime
            ? "its index is missing (\(line.text)): the file is cut off, or its recording was not "
                + "completed"
            : "it is in no format that FFmpeg knows, whatever its name says"
    }

    /// What reading met, in words that tell what to do; nil where FFmpeg's own are clear.
    func explanation(of log: [FFmpegLog.Line]) -> String? {
        guard log.contains(where: { $0.statement == .sampleOutOfReach }) else { return nil }
        return isPipe
            ? "its index lies at the end, and in a pipe nothing can be gone back to: give the file itself, "
                + "or write it with ffmpeg's -movflags +faststart"
            : "the file ends before the place of a frame"
    }
}
