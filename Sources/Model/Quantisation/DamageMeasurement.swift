/// Measures what a quantisation does to the outputs of a network on some frames, against float32.
struct DamageMeasurement {
    private let configuration: YolactConfiguration
    private let graphs: NetworkGraphs
    private let threads: Int
    private let thread: ComputeThread
    private let exactHeads: GraphRunner
    private let frames: [Frame]

    /// What a frame gives in float32.
    private struct Frame {
        var input: InputTensor
        var features: [AlignedBuffer]
        var outputs: ComparedOutputs
    }

    /// What a quantisation came to.
    struct Outcome {
        /// The largest of ``differences``; infinite if any is no number.
        var damage: Double {
            let values = differences.map(\.value)
            return values.allSatisfy(\.isFinite) ? values.max() ?? 0 : .infinity
        }
        /// Root mean square relative to that of the values, by kind of output.
        var differences: [(name: String, value: Double)]
        /// Layers for which the library has no fast algorithm.
        var slowLayers: [String]
        /// Layers that run as Winograd's in one byte.
        var winogradLayers: [String]
    }

    init(
        _ configuration: YolactConfiguration, _ graphs: NetworkGraphs, _ inputs: [InputTensor],
        threads: Int
    ) throws {
        self.configuration = configuration
        self.graphs = graphs
        self.threads = threads
        thread = ComputeThread(name: "damage", teamSize: threads)
        let engine = try EngineKind.oneDNN.make(threads: threads)
        let backbone = try GraphRunner(graphs.backbone, engine, thread)
        let heads = try GraphRunner(graphs.heads, engine, thread)
        exactHeads = heads
        frames = try inputs.map { input in
            let features = backbone.compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
            try backbone.run(input.buffers, into: features)
            try heads.run(features)
            return Frame(
                input: input, features: features,
                outputs: ComparedOutputs(
                    RawOutputs(configuration: configuration, buffers: heads.outputs)))
        }
    }

    /// Which halves of the network are changed; the others run in float32.
    enum Part { case backbone, heads, both }

    /// Whether any layer would run as Winograd's.
    func usesWinograd(_ quantisation: Quantisation) -> Bool {
        [graphs.backbone, graphs.heads].contains { graph in
            QuantisedChoice(graph, .float32, quantisation).algorithms.contains(.quantisedWinograd)
        }
    }

    func measure(_ quantisation: Quantisation, _ part: Part) throws -> Outcome {
        let engine = try EngineKind.oneDNN.make(threads: threads, quantisation: quantisation)
        let backbone =
            part == .heads ? nil : try GraphRunner(graphs.backbone, engine, thread)
        let heads =
            part == .backbone ? exactHeads : try GraphRunner(graphs.heads, engine, thread)
        var sums: [String: (difference: Double, size: Double)] = [:]
        for frame in frames {
            try backbone?.run(frame.input.buffers)
            try heads.run(backbone?.outputs ?? frame.features)
            let found = ComparedOutputs(
                RawOutputs(configuration: configuration, buffers: heads.outputs))
            for (name, values) in frame.outputs.tensors {
                let other = found.tensors[name] ?? []
                var (difference, size) = sums[name] ?? (0, 0)
                for (a, b) in zip(values, other) {
                    difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
                    size += Double(a) * Double(a)
                }
                sums[name] = (difference, size)
            }
        }
        let layers = (backbone?.compiled.layers ?? []) + heads.compiled.layers
        return Outcome(
            differences: sums.map { name, sum in
                (name, sum.size == 0 ? 0 : (sum.difference / sum.size).squareRoot())
            }.sorted { $0.name < $1.name },
            slowLayers: layers.filter { $0.implementation.hasPrefix("ref") }.map(\.name),
            winogradLayers: layers.filter { $0.implementation.hasPrefix("jit_int8_wino") }
                .map(\.name))
    }
}

/// The outputs of a network that are compared, each in its own unit.
private struct ComparedOutputs {
    let tensors: [String: [Float]]

    init(_ outputs: RawOutputs) {
        tensors = [
            "boxes": outputs.allBoxes, "scores": outputs.allLogits,
            "coefficients": outputs.allRawCoefficients, "prototypes": Array(outputs.prototypes),
        ]
    }
}
