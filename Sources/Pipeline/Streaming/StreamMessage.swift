/// Something worth telling while streams run.
public struct StreamMessage: Sendable, Hashable {
    /// How much it matters.
    public enum Level: Sendable { case info, warning, error }

    /// How much it matters.
    public var level: Level
    /// One line, without secrets.
    public var text: String

    /// Creates a message.
    public init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}

/// Takes messages; any thread.
public typealias StreamLog = @Sendable (StreamMessage) -> Void
