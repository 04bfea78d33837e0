/// Why a configuration cannot be used.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where the configuration came from: a file, a name.
    public var source: String
    /// Everything that is wrong with it.
    public var problems: [String]

    /// Creates an error.
    public init(source: String, problems: [String]) {
        self.source = source
        self.problems = problems
    }

    /// Source and problems in one line.
    public var description: String { "\(source): \(problems.joined(separator: "; "))" }
}
