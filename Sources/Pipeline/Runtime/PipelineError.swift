/// The first failure of a pipeline: which stage, at which item, and why.
public struct PipelineError: Error, CustomStringConvertible {
    /// Name of the stage.
    public let stage: String
    /// Number of the item, counted from 0 at the source; nil when a worker could not be made.
    public let sequence: Int?
    /// What the stage threw.
    public let underlying: any Error

    /// Creates an error.
    public init(stage: String, sequence: Int?, underlying: any Error) {
        self.stage = stage
        self.sequence = sequence
        self.underlying = underlying
    }

    /// Stage, item and cause in one line.
    public var description: String {
        if let sequence { return "\(stage), item \(sequence): \(underlying)" }
        return "\(stage): \(underlying)"
    }
}
