/// What is wrong with the parameters of a checkpoint, seen from the network that should use them.
public struct ParameterMismatch: Error, Equatable, CustomStringConvertible {
    /// A parameter whose shape is not the network's.
    public struct Shape: Equatable, Sendable {
        /// Parameter name.
        public var name: String
        /// Shape that the network needs.
        public var expected: [Int]
        /// Shape in the file.
        public var found: [Int]
    }

    /// Where the parameters come from: the path of a file.
    public var source: String
    /// Name of the configuration that the network was to be built for.
    public var configuration: String
    /// Names that the network needs and the file lacks.
    public var missing: [String]
    /// Names in the file that the network has no use for.
    public var unused: [String]
    /// Names present with another shape.
    public var misshaped: [Shape]

    var isEmpty: Bool { missing.isEmpty && unused.isEmpty && misshaped.isEmpty }

    /// How many of each kind ``description`` names.
    private static let examples = 2

    /// The problem in one line, with counts and the first names of each kind. ``details`` has all.
    public var description: String {
        let parts = groups.filter { !$0.entries.isEmpty }.map { group in
            let shown = group.entries.prefix(Self.examples).joined(separator: ", ")
            let more = group.entries.count > Self.examples ? ", ..." : ""
            return "\(group.entries.count) \(group.title) (\(shown)\(more))"
        }
        return "\(source): the weights do not fit \(configuration): "
            + parts.joined(separator: ", ")
    }

    /// Every problem, a line each.
    public var details: [String] {
        groups.flatMap { group in group.entries.map { "\(group.title): \($0)" } }
    }

    private var groups: [(title: String, entries: [String])] {
        [
            ("missing", missing), ("unused", unused),
            ("mis-shaped", misshaped.map { "\($0.name) is \($0.found), not \($0.expected)" }),
        ]
    }
}
