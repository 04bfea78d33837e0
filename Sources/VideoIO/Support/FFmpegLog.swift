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
    private static let collectors = Mutex<[pthread_t: [Line]]>([:])

    /// An error, or a statement of any level, without prefix and line end.
    struct Line {
        let text: String
        /// The address of the FFmpeg context that said it; 0 for none.
        let source: UInt
        /// What it says, where that is to be found nowhere else.
        let statement: LogStatement?
    }

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
        let (result, lines) = try collectingLines(body)
        return (result, lines.filter { $0.statement != .networkLoss }.map(\.text))
    }

    /// The same with who said it: parsers and protocols log beside the context that is called.
    static func collectingLines<R>(_ body: () throws -> R) rethrows -> (R, [Line]) {
        install()
        let thread = pthread_self()
        // What was collected around this call goes on afterwards.
        let outer = collectors.withLock { $0.updateValue([], forKey: thread) }
        var lines: [Line] = []
        let result: R
        do {
            defer {
                lines = collectors.withLock { collectors in
                    let own = collectors[thread] ?? []
                    collectors[thread] = outer.map { $0 + own }
                    return own
                }
            }
            result = try body()
        }
        return (result, lines)
    }

    /// Takes what FFmpeg's `av_log` is given.
    static func receive(
        _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>?,
        _ arguments: CVaListPointer?
    ) {
        let prints = level <= av_log_get_level()
        guard let format, let arguments else { return }
        let thread = pthread_self()
        let statement = LogStatement(format: format)
        let collects =
            (level <= AV_LOG_ERROR || statement != nil)
            && collectors.withLock { $0[thread] != nil }
        let listener =
            level <= AV_LOG_ERROR && statement?.isDamage != false
            ? DecoderLog.listener(to: context) : nil
        guard prints || collects || listener != nil else { return }
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
            guard collects || listener != nil else { return }
            let text = withoutAddresses(withoutPrefix(String(cString: base)))
            listener?.note(text)
            guard collects else { return }
            let line = Line(
                text: text, source: UInt(bitPattern: context), statement: statement)
            collectors.withLock { $0[thread]?.append(line) }
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

    /// Shortens hexadecimal numbers of so many digits that they may tell where something lies in memory.
    private static func withoutAddresses(_ line: String) -> String {
        guard line.contains("0x") else { return line }
        return line.replacing(/0x[0-9a-fA-F]{8,}/, with: "0x...")
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        firstRange(of: text)
    }
}
