public import ArgumentParser
public import Logging
import Pipeline

/// Options that every command has; use with `@OptionGroup`.
struct GlobalOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Print errors only: no progress, no summary.")
    var quiet = false

    @Option(
        name: .customLong("log-level"),
        help: "Least important messages to print (default: info; error with --quiet).")
    var logLevel: Logger.Level?

    /// A logger that writes to standard error, above the progress line.
    func makeLogger(label: String = "yolact-video") -> Logger {
        var logger = Self.makeDefaultLogger(label: label)
        logger.logLevel = logLevel ?? (quiet ? .error : .info)
        return logger
    }

    /// The logger of commands without these options.
    static func makeDefaultLogger(label: String = "yolact-video") -> Logger {
        Logger(label: label) { _ in ConsoleLogHandler(console: .standardError) }
    }

    /// A progress line on standard error; nil with --quiet. Call its `finish()` at the end.
    func makeProgressLine(
        total: Int?, unit: Progress.Unit = .frames, count: @escaping @Sendable () -> Int
    ) -> ProgressLine? {
        quiet ? nil : ProgressLine(console: .standardError, total: total, unit: unit, count: count)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
