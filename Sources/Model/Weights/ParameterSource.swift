/// Where a network's parameters come from: a checkpoint file or a formula.
///
/// Parameters carry the names of the official PyTorch code, such as
/// `backbone.layers.0.0.conv1.weight`.
public protocol ParameterSource: Sendable {
    /// What to call the source in messages: the path of a file.
    var name: String { get }

    /// Shapes of all parameters by name; nil for a source that can make any parameter.
    var shapes: [String: [Int]]? { get }

    /// How a network of these parameters computes in one byte; nil where they do not tell.
    var quantisation: Quantisation? { get }

    /// The values of a parameter, row-major, as 32-bit floats.
    ///
    /// - Parameters:
    ///   - name: A name from ``shapes``, or any name where that is nil.
    ///   - shape: The shape from ``shapes``, or the wanted one where that is nil.
    func values(of name: String, shape: [Int]) throws -> [Float]
}

extension ParameterSource {
    /// "the weights".
    public var name: String { "the weights" }
    /// nil.
    public var quantisation: Quantisation? { nil }
}
