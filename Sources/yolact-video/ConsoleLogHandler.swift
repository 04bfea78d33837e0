import Logging
import Pipeline

/// Writes log messages for people: one line each, in the style of the program's error messages.
struct ConsoleLogHandler: LogHandler {
    let console: Console
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(console: Console) {
        self.console = console
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        console.write(
            Self.line(level: event.level, message: "\(event.message)", error: event.error, fields))
    }

    static func line(
        level: Logger.Level, message: String, error: (any Error)? = nil,
        _ fields: Logger.Metadata = [:]
    ) -> String {
        let prefix =
            switch level {
            case .info, .notice: ""
            case .trace, .debug, .warning, .error, .critical: "\(level): "
            }
        let cause = error.map { ": \($0)" } ?? ""
        let tail = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "yolact-video: " + prefix + message + cause + tail
    }
}
