/// The number format that the convolutions of a network compute in.
///
/// Whatever is chosen, sums are float32, and so are the head outputs, the prototypes and all that follows.
public enum ComputePrecision: String, Sendable, CaseIterable {
    /// float32 throughout.
    case float32 = "f32"
    /// Weights and values between layers as bfloat16 where that is faster; Winograd convolutions, which
    /// are faster still, stay float32.
    case bfloat16 = "bf16"
    /// The fastest format that keeps the accuracy: bf16 where the CPU multiplies it, else f32.
    case automatic = "auto"

    var format: NetworkGraph.Format { self == .bfloat16 ? .bfloat16 : .float32 }
}

/// What a precision comes to on a CPU.
public struct ResolvedPrecision: Sendable, Equatable {
    /// Never ``ComputePrecision/automatic``.
    public var precision: ComputePrecision
    /// One line for people if it is not what was asked for.
    public var warning: String?
}

extension EngineKind {
    /// What a precision comes to with this library on this CPU.
    public func resolve(_ precision: ComputePrecision) -> ResolvedPrecision {
        resolve(precision, hasBFloat16: OneDNNEngine.hasBFloat16)
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
