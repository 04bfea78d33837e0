/// What decides which algorithm is fastest for a convolution, and which are allowed.
struct ConvolutionProblem: Hashable, Sendable {
    var source: NetworkGraph.Shape
    var target: NetworkGraph.Shape
    var kernel: Int
    var stride: Int
    var padding: Int
    var groups: Int
    var activation: NetworkGraph.Activation
    /// The narrowest format that is allowed, or the format in one byte that is wanted.
    var format: NetworkGraph.Format
    /// The result has to keep the precision of float32.
    var isExact: Bool
    /// Few convolutions stand between the result and the network's outputs, so that errors have little time
    /// to grow.
    var isLate: Bool
    /// What products of bytes the CPU has, where the format is one of one byte.
    var integers = OneDNNCapabilities.IntegerProducts.exact
    /// Whether Winograd's algorithm on bytes may be used where its kernel can.
    var allowsIntegerWinograd = false

    /// All that compute it precisely enough, the plainest first.
    var candidates: [OneDNNAlgorithm] {
        if format.isQuantised {
            var found: [OneDNNAlgorithm] = []
            if allowsIntegerProducts { found.append(.direct(format)) }
            if allowsQuantisedWinograd { found.append(.quantisedWinograd) }
            guard integers != .exact else { return found }
            found.append(.direct(.float32))
            if allowsWinograd { found += WinogradTile.allCases.map { .winograd($0, .float32) } }
            return found
        }
        var found: [OneDNNAlgorithm] = [.direct(narrow)]
        if narrow != .float32 { found.append(.direct(.float32)) }
        guard allowsWinograd else { return found }
        found += WinogradTile.allCases.map { .winograd($0, .float32) }
        found.append(.libraryWinograd)
        if narrow == .bfloat16 {
            found.append(.winograd(.two, .bfloat16))
            if isLate { found.append(.winograd(.four, .bfloat16)) }
        }
        return found
    }

    /// The narrowest format that it may multiply in.
    var narrow: NetworkGraph.Format {
        // Groups of several channels have bf16 kernels for whole blocks of channels only.
        let isPlain = groups == 1 || groups == source.channels
        return isPlain && !isExact ? format : .float32
    }

    /// Winograd needs a fraction of the products, and pays with transforms, which few channels do not repay.
    var allowsWinograd: Bool {
        kernel == 3 && stride == 1 && padding == 1 && groups == 1 && source.channels >= 32
            && target.channels >= 32 && WinogradActivation(activation) != nil
    }

    /// Whether sums of products of bytes are exact; without VNNI those of signed numbers are not.
    var allowsIntegerProducts: Bool {
        integers == .exact || integers == .saturating && format == .uint8
    }

    /// Whether oneDNN has a Winograd kernel for numbers of one byte; it has none with a residual.
    var allowsQuantisedWinograd: Bool {
        allowsIntegerWinograd && format == .uint8 && kernel == 3 && stride == 1 && padding == 1
            && groups == 1
            && source.channels % 16 == 0 && target.channels % 16 == 0 && source.channels >= 64
    }

    /// Floating-point operations; a multiply-add is two.
    var operations: Int { 2 * target.elementCount * source.channels / groups * kernel * kernel }
}

extension ConvolutionProblem {
    init(
        _ convolution: NetworkGraph.Convolution, from source: NetworkGraph.Shape,
        to target: NetworkGraph.Shape, _ format: NetworkGraph.Format, isExact: Bool, isLate: Bool
    ) {
        self.init(
            source: source, target: target, kernel: convolution.filter.kernel,
            stride: convolution.stride, padding: convolution.padding,
            groups: convolution.filter.groups, activation: convolution.activation, format: format,
            isExact: isExact, isLate: isLate)
    }

    /// The problem in words, the key of what was measured.
    var description: String {
        let way =
            "\(source.channels)x\(source.height)x\(source.width) to "
            + "\(target.channels)x\(target.height)x\(target.width), \(kernel)x\(kernel)"
        let details =
            "stride \(stride), padding \(padding), groups \(groups), \(activation), \(format.name)"
        return way + ", " + details + (isExact ? ", exact" : "") + (isLate ? ", late" : "")
    }
}
