/// Turns a network into one that computes in one byte where that does little harm: finds the ranges of its
/// values on frames of the user's own, and measures for each layer what quantising it alone changes.
public struct Quantiser {
    /// How to choose.
    public struct Options: Sendable {
        /// Where ranges end.
        public var criterion = ClippingCriterion.meanSquareError
        /// A layer stays in floating point if quantising it alone changes boxes, scores, coefficients or
        /// prototypes by more than this, root mean square relative to theirs.
        public var threshold = Quantiser.defaultThreshold
        /// The same for Winograd's algorithm, which rounds once more, instead of direct convolution.
        public var winogradThreshold = Quantiser.defaultWinogradThreshold
        /// Frames on which that is measured.
        public var damageFrames = 2
        /// Names of layers that stay in floating point anyhow, or beginnings of names that end in a dot.
        public var kept: [String] = []
        /// Whether the last layers of the head and of the prototypes are tried too.
        public var quantisesOutputs = false
        /// Threads to compute with.
        public var threads: Int

        /// Creates the default options.
        public init(threads: Int) { self.threads = threads }
    }

    /// Measured on the shapes ground truth (docs/quantisation.md).
    public static let defaultThreshold = 0.1
    /// Measured on the shapes ground truth (docs/quantisation.md).
    public static let defaultWinogradThreshold = 0.1

    /// A layer and what became of it.
    public struct Layer: Sendable {
        /// Name of the layer; without the level of the pyramid where it works on several.
        public var name: String
        /// How it computes; nil in floating point.
        public var algorithm: Quantisation.Algorithm?
        /// The damage of direct convolution in one byte; nil if it was not tried.
        public var damage: Double?
        /// The damage of Winograd's algorithm; nil where it does not apply or was not tried.
        public var winogradDamage: Double?
    }

    /// A quantised network.
    public struct Result: Sendable {
        /// What to compute how.
        public var quantisation: Quantisation
        /// All layers that could be quantised, in the order they run.
        public var layers: [Layer]
        /// What all of it together changes, root mean square relative to the values, by kind of output.
        public var differences: [(name: String, value: Double)]
        /// Names of the tensors to store in one byte.
        var parameters: Set<String>
    }

    private let configuration: YolactConfiguration
    private let options: Options
    private let graphs: NetworkGraphs
    private let layers: [QuantisableLayer]

    /// Prepares to quantise, and finds what would be in the way.
    ///
    /// - Throws: ``QuantisationError``, ``ParameterMismatch``, ``UnsupportedConfiguration``, and what reading the
    ///   parameters throws.
    public init(
        _ configuration: YolactConfiguration, _ parameters: any ParameterSource, _ options: Options
    ) throws {
        self.configuration = configuration
        self.options = options
        graphs = try NetworkGraphs(configuration, parameters)
        layers = try QuantisableLayer.all(
            configuration, parameters, withOutputs: options.quantisesOutputs)
        for name in options.kept where !layers.contains(where: { $0.isNamed(by: name) }) {
            throw QuantisationError.unknownLayer(name)
        }
    }

    /// Steps of quantising with that many frames: each of them, then each layer, which takes about as long.
    public func stepCount(frames: Int) -> Int { frames + layers.count }

    /// A new input tensor for a frame.
    public func makeInput() -> InputTensor { InputTensor(side: configuration.inputSize) }

    /// Quantises.
    ///
    /// - Parameters:
    ///   - inputs: Preprocessed frames, at least one.
    ///   - video: Name of the video that they come from, for the record.
    ///   - progress: Called with the number of steps done, of ``stepCount(frames:)``.
    /// - Throws: ``QuantisationError`` if there are no frames or the CPU has no AVX2, ``ComputeError``, and
    ///   what reading the parameters throws.
    public func quantise(
        _ inputs: [InputTensor], video: String, progress: (_ done: Int) -> Void
    ) throws -> Result {
        guard !inputs.isEmpty else { throw QuantisationError.noFrames(source: video) }
        guard OneDNNCapabilities.current.integers != .none else {
            throw QuantisationError.unsupportedCPU
        }
        var ranges: RangeCalibration? = try RangeCalibration(graphs, threads: options.threads)
        for (index, input) in inputs.enumerated() {
            try ranges?.add(input)
            progress(index + 1)
        }
        let values = try ranges?.values(options.criterion) ?? [:]
        // Its memory, all values of the network, is no longer needed.
        ranges = nil
        var quantisation = Quantisation(
            calibration: .init(
                video: video, contentHash: Self.hash(inputs), frames: inputs.count,
                criterion: options.criterion.text, threshold: options.threshold),
            values: values.filter { !isBoundary($0.key) }, convolutions: [:])
        let damage = try DamageMeasurement(
            configuration, graphs, Self.spread(inputs, options.damageFrames),
            threads: options.threads)
        var outcomes: [Layer] = []
        for (index, layer) in layers.enumerated() {
            let outcome = try decide(layer, quantisation, damage) { alone in
                // What reads the backbone's features reads bytes only where the backbone writes them.
                addBoundaries(to: &alone, values)
            }
            outcomes.append(outcome)
            progress(inputs.count + index + 1)
        }
        var stored: Set<String> = []
        for (layer, outcome) in zip(layers, outcomes) {
            guard let algorithm = outcome.algorithm else {
                // JSON knows no infinity.
                let damage = outcome.damage.flatMap { $0.isFinite ? $0 : nil }
                quantisation.kept.append(.init(layer: layer.name, damage: damage))
                continue
            }
            for place in layer.places { quantisation.convolutions[place] = algorithm }
            stored.formUnion(layer.parameters)
        }
        addBoundaries(to: &quantisation, values)
        return Result(
            quantisation: quantisation, layers: outcomes,
            differences: try damage.measure(quantisation, .both).differences, parameters: stored)
    }

    private func decide(
        _ layer: QuantisableLayer, _ quantisation: Quantisation, _ damage: DamageMeasurement,
        _ addBoundaries: (inout Quantisation) -> Void
    ) throws -> Layer {
        var result = Layer(name: layer.name)
        guard !options.kept.contains(where: layer.isNamed(by:)) else { return result }
        func alone(_ algorithm: Quantisation.Algorithm) -> Quantisation {
            var result = quantisation
            for place in layer.places { result.convolutions[place] = algorithm }
            addBoundaries(&result)
            return result
        }
        let quantised = alone(.direct)
        let changesFeatures = quantised.values.count > quantisation.values.count
        let part: DamageMeasurement.Part =
            changesFeatures ? .both : layer.isInBackbone ? .backbone : .heads
        let direct = try damage.measure(quantised, part)
        result.damage = direct.damage
        guard direct.damage <= options.threshold,
            !direct.slowLayers.contains(where: layer.places.contains)
        else { return result }
        result.algorithm = .direct
        let transformed = alone(.winograd)
        guard options.winogradThreshold > 0, damage.usesWinograd(transformed) else {
            return result
        }
        let winograd = try damage.measure(transformed, part)
        guard winograd.winogradLayers.contains(where: layer.places.contains) else { return result }
        result.winogradDamage = winograd.damage
        if winograd.damage <= options.winogradThreshold { result.algorithm = .winograd }
        return result
    }

    // MARK: Between the halves

    private func isBoundary(_ name: String) -> Bool {
        graphs.backbone.outputs.contains { $0.layout == .native && $0.name == name }
    }

    /// The halves hand each other bytes where the second reads bytes.
    private func addBoundaries(
        to quantisation: inout Quantisation, _ values: [String: Quantisation.Value]
    ) {
        for node in graphs.heads.nodes {
            guard case .convolution(let convolution) = node.operation,
                quantisation.convolutions[node.name] != nil
            else { continue }
            let name = graphs.heads.nodes[convolution.input.index].name
            if isBoundary(name) { quantisation.values[name] = values[name] }
        }
    }

    // MARK: Frames

    private static func spread(_ inputs: [InputTensor], _ count: Int) -> [InputTensor] {
        let count = max(1, min(count, inputs.count))
        return (0..<count).map { inputs[(2 * $0 + 1) * inputs.count / (2 * count)] }
    }

    private static func hash(_ inputs: [InputTensor]) -> String {
        var digest = SHA256()
        for input in inputs {
            withExtendedLifetime(input) { digest.update(UnsafeRawBufferPointer(input.values)) }
        }
        return digest.finish()
    }
}
