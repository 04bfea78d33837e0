/// How a convolution computes.
enum OneDNNAlgorithm: Hashable, Sendable {
    /// Products of numbers of that format; sums in float32, those of bytes in 32-bit integers.
    case direct(NetworkGraph.Format)
    /// Minimal filtering by tiles (``WinogradConvolution``), products of numbers of that format.
    case winograd(WinogradTile, WinogradFormat)
    /// oneDNN's own Winograd F(4, 3), float32 and AVX-512 only.
    case libraryWinograd
    /// oneDNN's Winograd F(2, 3) on numbers of one byte.
    case quantisedWinograd

    /// Whether it can read and write narrower numbers than those it multiplies.
    var convertsItself: Bool {
        if case .winograd = self { true } else { false }
    }

    /// The format of its factors.
    var format: NetworkGraph.Format {
        switch self {
        case .direct(let format): format
        case .winograd(_, let format): format.format
        case .libraryWinograd: .float32
        case .quantisedWinograd: .uint8
        }
    }
}

extension OneDNNAlgorithm {
    /// How people and files call it.
    var name: String {
        switch self {
        case .direct(let format): "direct \(format.name)"
        case .winograd(let tile, let format): "winograd \(tile.results)x3 \(format.format.name)"
        case .libraryWinograd: "oneDNN winograd f32"
        case .quantisedWinograd: "oneDNN winograd int8"
        }
    }

    /// nil for a name of nothing.
    init?(name: String) {
        let formats: [WinogradFormat] = [.float32, .bfloat16]
        var all: [OneDNNAlgorithm] = [.libraryWinograd, .quantisedWinograd]
        all += formats.map { .direct($0.format) } + [.direct(.uint8), .direct(.int8)]
        for tile in WinogradTile.allCases { all += formats.map { .winograd(tile, $0) } }
        guard let found = all.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// Which algorithm is fastest for a convolution, measured on AVX-512 (docs/performance.md).
enum OneDNNAlgorithmRule {
    static func choose(_ problem: ConvolutionProblem) -> OneDNNAlgorithm {
        if problem.format.isQuantised { return chooseQuantised(problem) }
        let narrow = problem.narrow
        return repaysWinograd(problem) ? winograd(problem, narrow) : .direct(narrow)
    }

    private static func chooseQuantised(_ problem: ConvolutionProblem) -> OneDNNAlgorithm {
        if problem.integers == .exact {
            // For small layers its threads wait for each other more than they compute.
            let isLarge = problem.operations >= 200_000_000
            return problem.allowsQuantisedWinograd && isLarge
                ? .quantisedWinograd : .direct(problem.format)
        }
        // Without VNNI bytes are multiplied twice as fast as float32 at best, and Winograd saves more.
        if repaysWinograd(problem) { return winograd(problem, .float32) }
        return .direct(problem.allowsIntegerProducts ? problem.format : .float32)
    }

    private static func winograd(
        _ problem: ConvolutionProblem, _ format: NetworkGraph.Format
    ) -> OneDNNAlgorithm {
        // F(4, 3) in bf16 has four times the error of the direct algorithm, F(2, 3) not twice. In f32 none has
        // an error to speak of.
        if problem.isLate {
            // The maps of a head share their filters, and F(6, 3) is best for the largest of them.
            return format == .bfloat16 ? .winograd(.four, .bfloat16) : .winograd(.six, .float32)
        }
        // As fast as F(4, 3) there, and its filters are less than half as large.
        let pixels = problem.target.height * problem.target.width
        if pixels < 24 * 24 {
            return .winograd(.two, format == .bfloat16 ? .bfloat16 : .float32)
        }
        return .winograd(pixels >= 48 * 48 ? .six : .four, .float32)
    }

    private static func repaysWinograd(_ problem: ConvolutionProblem) -> Bool {
        // Below that direct convolution is as fast: Winograd's filters are two to seven times as large, and few
        // tiles share the time it takes to read them.
        problem.allowsWinograd && problem.source.channels >= 64 && problem.target.channels >= 64
            && problem.target.height * problem.target.width >= 12 * 12
    }
}
