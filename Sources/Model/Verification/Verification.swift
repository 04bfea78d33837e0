import Foundation

/// Checks that this build on this machine computes what the official code does.
public struct Verification: Sendable {
    /// One compared quantity.
    public struct Row: Sendable {
        /// What was compared: a tensor, or a list of detections.
        public var name: String
        /// The largest difference found; its unit is the quantity's own.
        public var difference: Double
        /// The largest difference allowed.
        public var tolerance: Double
        /// Remarks, such as the number of near ties.
        public var note = ""

        /// Whether the quantity agrees. A difference that is not a number does not.
        public var passes: Bool { difference <= tolerance }
    }

    /// The library to check.
    public var engine: EngineKind
    /// What to compute in.
    public var precision: ComputePrecision
    /// Threads to compute with.
    public var threads: Int

    /// Creates a check of an engine.
    public init(engine: EngineKind, precision: ComputePrecision = .float32, threads: Int) {
        self.engine = engine
        self.precision = precision
        self.threads = threads
    }

    /// Builds the golden file's configuration with seeded weights, runs preprocessing, network, detection
    /// and masks on its frame, and compares: float32 with the numbers of the official code, other
    /// precisions with float32 here.
    public func run(_ golden: GoldenFile) throws -> [Row] {
        let precision = engine.resolve(precision).precision
        let computed = try Computed(golden, engine, precision, threads: threads)
        if precision != .float32 {
            return try PrecisionComparison(
                exact: Computed(golden, engine, .float32, threads: threads), other: computed
            ).rows()
        }
        let (network, input, features, outputs) =
            (computed.network, computed.input, computed.features, computed.outputs)
        let frame = computed.frame
        let tensors = TensorComparison(golden: golden, tolerance: tolerance)
        var rows = [try tensors.compare("input", Array(input.values))]
        for (index, buffer) in features.buffers.enumerated() {
            rows.append(
                try tensors.compare("c\(index + 3)", network.plainFeature(index, buffer)))
        }
        for index in 0..<5 {
            rows.append(try tensors.compare("p\(index + 3)", Array(outputs.pyramid(index))))
        }
        rows.append(try tensors.compare("loc", outputs.allBoxes))
        rows.append(try tensors.compare("conf", outputs.allScores(golden.configuration.scoring)))
        rows.append(
            try tensors.compare("coef", outputs.allCoefficients(golden.configuration.prototypes)))
        rows.append(try tensors.compare("proto", Array(outputs.prototypes)))
        rows.append(
            try tensors.compare(
                "priors", Priors(golden.configuration).boxes.flatMap { [$0.x, $0.y, $0.z, $0.w] }))
        for suppression in NonMaximumSuppression.allCases
        where golden.has("\(suppression.rawValue).class") {
            rows += try DetectionComparison(
                golden: golden, suppression: suppression, network: network,
                scoreTolerance: tolerance
            ).compare(outputs, width: frame.width, height: frame.height)
        }
        return rows
    }

    /// What the rounding of the engine's algorithms allows: Winograd transforms lose some bits.
    private var tolerance: Double {
        switch engine {
        case .oneDNN: 2e-3
        case .openBLAS: 1e-4
        }
    }
}

/// What a network makes of a golden file's frame.
struct Computed {
    let network: Network
    let input: InputTensor
    let features: BackboneFeatures
    let outputs: RawOutputs
    /// Size of the frame in pixels.
    let frame: (width: Int, height: Int)

    init(
        _ golden: GoldenFile, _ engine: EngineKind, _ precision: ComputePrecision, threads: Int
    ) throws {
        network = try Network(
            configuration: golden.configuration, parameters: SeededParameters(salt: golden.salt),
            engine: engine, precision: precision, threadsPerWorker: threads, exposesPyramid: true)
        let worker = try NetworkWorker(network)
        input = network.makeInput()
        features = network.makeFeatures()
        outputs = network.makeOutputs()
        let frame = try golden.frame()
        self.frame = (frame.width, frame.height)
        try frame.bytes.withUnsafeBytes { bytes in
            try Preprocessor(golden.configuration).process(
                ImageView(
                    width: frame.width, height: frame.height, layout: .rgb24,
                    planes: [.init(bytes: bytes, bytesPerRow: 3 * frame.width)]), into: input)
        }
        try worker.runBackbone(input, into: features)
        try worker.runHeads(features, into: outputs)
    }
}

/// Compares tensors with sampled entries and statistics.
struct TensorComparison {
    let golden: GoldenFile
    /// The largest absolute difference allowed.
    let tolerance: Double

    func compare(_ name: String, _ values: [Float]) throws -> Verification.Row {
        let indices = try golden.file.int32s("\(name).index")
        let expected = try golden.file.floats("\(name).value")
        let statistics = try golden.file.doubles("\(name).stats")
        guard let last = indices.max(), last < values.count, statistics.count == 4,
            indices.count == expected.count
        else {
            throw VerificationError(
                path: golden.path, reason: "\(name) has \(values.count) entries here")
        }
        var difference = 0.0
        for (index, value) in zip(indices, expected) {
            difference = worse(difference, abs(Double(values[Int(index)]) - Double(value)))
        }
        // The statistics see every entry.
        let own = Self.statistics(values)
        for (mine, theirs) in zip(own, statistics) {
            difference = worse(difference, abs(mine - theirs))
        }
        return Verification.Row(name: name, difference: difference, tolerance: tolerance)
    }

    /// The larger one; not a number if either is not.
    private func worse(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : max(a, b) }

    /// Mean, standard deviation, minimum, maximum.
    private static func statistics(_ values: [Float]) -> [Double] {
        let count = Double(values.count)
        let mean = values.reduce(0.0) { $0 + Double($1) } / count
        let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        return [
            mean, variance.squareRoot(), Double(values.min() ?? .nan), Double(values.max() ?? .nan),
        ]
    }
}

extension Network {
    /// C3, C4 or C5 as [channels, height, width].
    fileprivate func plainFeature(_ index: Int, _ buffer: AlignedBuffer) throws -> [Float] {
        let channels = configuration.backbone.outputChannels[index]
        let side = configuration.pyramidSizes[index]
        let plain = AlignedBuffer(floatCount: channels * side * side)
        try backbone.copyToChannelsFirst(output: index, buffer, into: plain)
        return withExtendedLifetime(plain) { Array(plain.floats) }
    }
}

extension RawOutputs {
    /// A level of the pyramid, [channels, height, width], where the network exposes it.
    fileprivate func pyramid(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        buffers[levelSizes.count + 1 + index].floats
    }

    /// [anchors, 4].
    var allBoxes: [Float] { perAnchor(layout.box, 4) }

    /// [anchors, classes], as the head puts them out.
    var allLogits: [Float] { perAnchor(layout.scores, layout.classes) }

    /// [anchors, coefficients], as the head puts them out.
    var allRawCoefficients: [Float] { perAnchor(layout.coefficients, layout.coefficients) }

    /// [anchors, classes], background first, as the detection step sees them.
    func allScores(_ scoring: YolactConfiguration.ClassScoring) -> [Float] {
        let logits = perAnchor(layout.scores, layout.classes)
        let masks = layout.hasMaskScore ? perAnchor(layout.maskScore, 1) : []
        var result: [Float] = []
        logits.withUnsafeBufferPointer { logits in
            for anchor in 0..<logits.count / layout.classes {
                let row = UnsafeBufferPointer(
                    rebasing: logits[anchor * layout.classes..<(anchor + 1) * layout.classes])
                result.append(
                    scoring.background(of: row, maskScore: masks.isEmpty ? nil : masks[anchor]))
                _ = scoring.appendForeground(
                    of: row, maskScore: masks.isEmpty ? nil : masks[anchor], to: &result)
            }
        }
        return result
    }

    /// [anchors, prototypes], as the masks are made with them.
    func allCoefficients(_ prototypes: YolactConfiguration.Prototypes) -> [Float] {
        var result: [Float] = []
        for (level, side) in levelSizes.enumerated() {
            for index in 0..<side * side * layout.anchors {
                appendCoefficients(
                    AnchorPlace(
                        level: level, position: index / layout.anchors,
                        anchor: index % layout.anchors),
                    prototypes, to: &result)
            }
        }
        return result
    }

    private func perAnchor(_ offset: (Int) -> Int, _ count: Int) -> [Float] {
        var result: [Float] = []
        for (level, side) in levelSizes.enumerated() {
            let head = head(level)
            for position in 0..<side * side {
                for anchor in 0..<layout.anchors {
                    let start = position * layout.channels + offset(anchor)
                    result.append(contentsOf: head[start..<start + count])
                }
            }
        }
        return result
    }
}
