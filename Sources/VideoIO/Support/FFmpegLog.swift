import CFFmpeg
import Glibc
import Synchronization

/// How much of FFmpeg's own log goes to standard error.
public enum LogLevel: Int32, Sendable, CaseIterable {
    /// Nothing; errors still carry FFmpeg's words. The default.
    case quiet = -8
    /// Errors only.
    case error = 16
    /// Errors and warnings.
    case warning = 24
    /// What FFmpeg tells its users by default.
    case info = 32
    /// More of that.
    case verbose = 40
    /// Everything but single bits.
    case debug = 48
}

/// Sets how much of FFmpeg's log goes to standard error, for the whole process.
public func setLogLevel(_ level: LogLevel) {
    FFmpegLog.install()
    av_log_set_level(level.rawValue)
}

/// Receives FFmpeg's log. FFmpeg knows one callback per process and hands it no context, so the
/// lines that threads collect have to live in a global of their own.
enum FFmpegLog {
    /// What one thread's calls said.
    private struct Collected {
        var lines: [String] = []
        var losses = 0
    }

    private static let collectors = Mutex<[pthread_t: Collected]>([:])

    private static let installed: Void = {
        av_log_set_level(LogLevel.quiet.rawValue)
        av_log_set_callback { context, level, format, arguments in
            FFmpegLog.receive(context, level, format, arguments)
        }
    }()

    /// Takes over FFmpeg's log; does nothing the second time.
    static func install() { _ = installed }

    /// Runs a body and hands back the error lines FFmpeg logged on this thread meanwhile.
    static func collecting<R>(_ body: () throws -> R) rethrows -> (R, [String]) {
        let (result, lines, _) = try collectingLosses(body)
        return (result, lines)
    }

    /// The same, with the number of times that a demuxer told of packets lost on their way. The log is the
    /// only place where it does.
    static func collectingLosses<R>(
        _ body: () throws -> R
    ) rethrows -> (R, lines: [String], losses: Int) {
        install()
        let thread = pthread_self()
        collectors.withLock { $0[thread] = Collected() }
        var collected = Collected()
        let result: R
        do {
            defer {
                collected = collectors.withLock { $0.removeValue(forKey: thread) } ?? Collected()
            }
            result = try body()
        }
        return (result, collected.lines, collected.losses)
    }

    /// How the RTP demuxer's warnings about lost packets begin.
    private static let lossWarnings = ["RTP: missed", "RTP: dropping old packet"]

    private static func receive(
        _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>?,
        _ arguments: CVaListPointer?
    ) {
        let prints = level <= av_log_get_level()
        let thread = pthread_self()
        let collects =
            level <= AV_LOG_WARNING && collectors.withLock { $0[thread] != nil }
        guard prints || collects, let format, let arguments else { return }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            guard let base = buffer.baseAddress else { return }
            var prefix: Int32 = 1
            let length = av_log_format_line2(
                context, level, format, arguments, base, Int32(buffer.count), &prefix)
            guard length > 0 else { return }
            if prints {
                let line = redacted(String(cString: base))
                _ = line.utf8.withContiguousStorageIfAvailable {
                    write(STDERR_FILENO, $0.baseAddress, $0.count)
                }
            }
            guard collects else { return }
            let line = withoutPrefix(String(cString: base))
            if level <= AV_LOG_ERROR {
                collectors.withLock { $0[thread]?.lines.append(line) }
            } else if lossWarnings.contains(where: line.hasPrefix) {
                collectors.withLock { $0[thread]?.losses += 1 }
            }
        }
    }

    /// Takes "[mov,mp4 @ 0x55d0]" off the front and the line end off the back.
    private static func withoutPrefix(_ line: String) -> String {
        var rest = Substring(line)
        while rest.hasPrefix("["), let end = rest.range(of: "] ") {
            rest = rest[end.upperBound...]
        }
        return String(rest.reversed().drop { $0.isWhitespace }.reversed())
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        firstRange(of: text)
    }
}
