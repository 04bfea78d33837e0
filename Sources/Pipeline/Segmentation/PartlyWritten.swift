/// An error of a run that had finished frames before: they are kept.
public struct PartlyWritten: Error, CustomStringConvertible {
    /// What ended the run.
    public let underlying: any Error
    /// The files that hold what was finished.
    public let parts: [String]

    /// The error, without the stage where it happened, and where the parts are.
    public var description: String {
        let cause = (underlying as? PipelineError)?.underlying ?? underlying
        return "\(cause); what was finished is kept in \(parts.joined(separator: " and "))"
    }
}
