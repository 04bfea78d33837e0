/// The number format that the convolutions of a network compute in.
///
/// Whatever is chosen, sums are float32, and so are the head outputs, the prototypes and all that follows.
public enum ComputePrecision: String, Sendable, CaseIterable {
    /// float32 throughout.
    case float32 = "f32"
    /// Values between layers as bfloat16, and weights, but for Winograd convolutions that are followed by many
    /// others, whose errors would grow.
    case bfloat16 = "bf16"
    /// Numbers of one byte where the weights' ``Quantisation`` says so, else as ``automatic``. Needs
    /// quantised weights.
    case int8
    /// The fastest format that keeps the accuracy: int8 with quantised weights where the CPU multiplies
    /// bytes (AVX2), else bf16 where it multiplies that, else f32.
    case automatic = "auto"

    var format: NetworkGraph.Format { self == .bfloat16 ? .bfloat16 : .float32 }
}

/// What a precision comes to on a CPU.
public struct ResolvedPrecision: Sendable, Equatable {
    /// Never ``ComputePrecision/automatic``.
    public var precision: ComputePrecision
    /// One line for people if it is not what was asked for.
    public var warning: String?
    /// One line for people if it is what was asked for, and computed in a way of its own on this CPU.
    public var remark: String?
}

extension EngineKind {
    /// What a precision comes to with this library on this CPU.
    ///
    /// - Parameters:
    ///   - precision: What is asked for.
    ///   - isQuantised: Whether the weights are; int8 is nothing without.
    public func resolve(
        _ precision: ComputePrecision, isQuantised: Bool = false
    ) -> ResolvedPrecision {
        let capabilities = OneDNNCapabilities.current
        var result = resolve(
            precision, isQuantised: isQuantised, hasBFloat16: capabilities.bfloat16 == .native,
            hasIntegerProducts: capabilities.integers != .none)
        if result.precision == .int8 && capabilities.integers == .saturating {
            result.remark =
                "this CPU has no VNNI instructions; most 3 x 3 layers, and those of signed values, "
                + "compute in f32 on int8 values, the others in int8"
        }
        return result
    }

    func resolve(
        _ precision: ComputePrecision, isQuantised: Bool, hasBFloat16: Bool,
        hasIntegerProducts: Bool
    ) -> ResolvedPrecision {
        guard precision == .int8 || precision == .automatic && isQuantised else {
            return resolve(precision, hasBFloat16: hasBFloat16)
        }
        if self == .oneDNN && hasIntegerProducts { return ResolvedPrecision(precision: .int8) }
        let other = resolve(.automatic, hasBFloat16: hasBFloat16).precision
        if precision == .automatic { return ResolvedPrecision(precision: other) }
        let reason =
            self == .oneDNN
            ? "this CPU has no integer products (AVX2)"
            : "\(rawValue) does not compute in int8"
        return ResolvedPrecision(
            precision: other,
            warning: "\(reason); computing in \(other.rawValue) with the quantised weights")
    }

    func resolve(_ precision: ComputePrecision, hasBFloat16: Bool) -> ResolvedPrecision {
        if precision == .float32 { return ResolvedPrecision(precision: .float32) }
        if self == .oneDNN && hasBFloat16 { return ResolvedPrecision(precision: .bfloat16) }
        if precision == .automatic { return ResolvedPrecision(precision: .float32) }
        let reason =
            self == .oneDNN
            ? "this CPU has no bf16 instructions (AVX512_BF16)"
            : "\(rawValue) computes in f32 only"
        return ResolvedPrecision(
            precision: .float32, warning: "\(reason); computing in f32 instead of bf16")
    }
}
