/// How a convolution computes.
enum OneDNNAlgorithm: Hashable, Sendable {
    /// Products of numbers of that format, sums in float32.
    case direct(NetworkGraph.Format)
    /// Winograd's F(4, 3), float32 only.
    case winograd
    /// Winograd's F(2, 3) on numbers of one byte.
    case quantisedWinograd

    /// The format of what it reads.
    var format: NetworkGraph.Format {
        switch self {
        case .direct(let format): format
        case .winograd: .float32
        case .quantisedWinograd: .uint8
        }
    }
}

/// Which algorithm is fastest for a convolution, measured on AVX-512 (docs/performance.md).
enum OneDNNAlgorithmRule {
    /// - Parameters:
    ///   - target: The shape of the result.
    ///   - format: The narrowest format that is allowed.
    ///   - isExact: Whether the result has to keep the precision of float32.
    static func choose(
        _ target: NetworkGraph.Shape, _ convolution: NetworkGraph.Convolution,
        _ format: NetworkGraph.Format, isExact: Bool
    ) -> OneDNNAlgorithm {
        if prefersWinograd(target, convolution, format) { return .winograd }
        let filter = convolution.filter
        // Groups of several channels have bf16 kernels for whole blocks of channels only.
        let isPlain = filter.groups == 1 || filter.groups == filter.inputChannels
        return .direct(isExact || !isPlain ? .float32 : format)
    }

    /// Winograd needs a quarter of the multiplications. In float32 that also beats direct convolutions in
    /// bf16, which have twice the products an instruction, except where few tiles share large weights.
    private static func prefersWinograd(
        _ target: NetworkGraph.Shape, _ convolution: NetworkGraph.Convolution,
        _ format: NetworkGraph.Format
    ) -> Bool {
        let filter = convolution.filter
        guard filter.kernel == 3, convolution.stride == 1, filter.groups == 1,
            filter.inputChannels >= 64, filter.outputChannels >= 64
        else { return false }
        let pixels = target.height * target.width
        if pixels >= 24 * 24 { return true }
        let smallest = format == .bfloat16 ? 16 * 16 : 9 * 9
        return filter.inputChannels <= 256 && pixels >= smallest
    }
}
