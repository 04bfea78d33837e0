public import ArgumentParser
import Glibc
public import Logging
import Pipeline

/// Options that every command has; use with `@OptionGroup`.
struct GlobalOptions: ParsableArguments {
    @Flag(
        name: [.short, .long],
        help: "Print warnings and errors only: no progress, no summary, no table.")
    var quiet = false

    @Option(
        name: .customLong("log-level"),
        help: "Least important messages to print (default: info; warning with --quiet).")
    var logLevel: Logger.Level?

    /// A logger that writes to standard error, above the progress line.
    func makeLogger(label: String = "yolact-video") -> Logger {
        var logger = Self.makeDefaultLogger(label: label)
        logger.logLevel = logLevel ?? (quiet ? .warning : .info)
        return logger
    }

    /// The logger of commands without these options.
    static func makeDefaultLogger(label: String = "yolact-video") -> Logger {
        Logger(label: label) { _ in ConsoleLogHandler(console: .standardError) }
    }

    /// A progress line on standard error; nil with --quiet. Call its `finish()` at the end.
    ///
    /// - Parameter output: A path that lines are written to meanwhile; "-" is standard output, and where
    ///   that is a terminal, its lines would be torn by those of the progress.
    func makeProgressLine(
        total: Int?, unit: Progress.Unit = .frames, besides output: String? = nil,
        count: @escaping @Sendable () -> Int
    ) -> ProgressLine? {
        guard !quiet, output != "-" || isatty(STDOUT_FILENO) == 0 else { return nil }
        return ProgressLine(console: .standardError, total: total, unit: unit, count: count)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
