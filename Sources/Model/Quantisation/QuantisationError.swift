/// Why a network cannot be quantised, or not run so.
public enum QuantisationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Computing in one byte was asked for, and the weights do not tell how.
    case notQuantised(source: String)
    /// There was nothing to calibrate on.
    case noFrames(source: String)
    /// A layer put out numbers that are infinite or none.
    case notFinite(layer: String)
    /// A layer to be kept is none of the network's.
    case unknownLayer(String)
    /// The CPU has no products of numbers of one byte to measure with.
    case unsupportedCPU

    /// One line.
    public var description: String {
        switch self {
        case .notQuantised(let source):
            "\(source): not quantised; make a file for int8 with 'yolact-video quantize'"
        case .noFrames(let source): "\(source): there is no frame to calibrate on"
        case .notFinite(let layer): "layer \(layer) puts out numbers that are not finite"
        case .unknownLayer(let name): "there is no layer '\(name)' that could be quantised"
        case .unsupportedCPU:
            "this CPU has no AVX2 instructions; quantize on one that has, the file can be used "
                + "anywhere"
        }
    }
}
