/// A configuration that this version cannot run.
public struct UnsupportedConfiguration: Error, Equatable, CustomStringConvertible {
    /// Name of the configuration.
    public var name: String
    /// What is not supported.
    public var feature: String

    /// One line.
    public var description: String { "\(name) needs \(feature), which is not supported" }
}
