/// Finds the range of every value between layers: runs both halves of a network in float32 and counts the
/// magnitudes that occur.
struct RangeCalibration {
    private var backbone: ObservedGraph
    private var heads: ObservedGraph

    init(_ graphs: NetworkGraphs, threads: Int) throws {
        let thread = ComputeThread(name: "calibration", teamSize: threads)
        let engine = try EngineKind.oneDNN.make(threads: threads)
        backbone = try ObservedGraph(graphs.backbone, engine, thread)
        heads = try ObservedGraph(graphs.heads, engine, thread)
    }

    mutating func add(_ input: InputTensor) throws {
        try backbone.run(input.buffers)
        try heads.run(backbone.results)
    }

    /// The steps of all values, by name.
    func values(_ criterion: ClippingCriterion) throws -> [String: Quantisation.Value] {
        var values = try backbone.values(criterion, inputs: [])
        var positive: Set<String> = []
        for output in backbone.graph.outputs where output.layout == .native {
            let producer = backbone.graph.nodes[output.value.index].name
            values[output.name] = values[producer]
            if values[producer]?.isSigned == false { positive.insert(output.name) }
        }
        let others = try heads.values(criterion, inputs: positive)
        return values.merging(others) { first, _ in first }
    }
}

/// A graph whose inner values are outputs too.
private struct ObservedGraph {
    let graph: NetworkGraph
    private let runner: GraphRunner
    /// Nodes, and the outputs with their values.
    private let observed: [(node: Int, output: Int)]
    private var histograms: [ValueHistogram]
    private let nativeCount: Int

    init(_ graph: NetworkGraph, _ engine: any ComputeEngine, _ thread: ComputeThread) throws {
        var extended = graph
        var observed: [(Int, Int)] = []
        let read = Set(graph.nodes.flatMap(\.operation.operands).map(\.index))
        let boundaries = Set(graph.outputs.filter { $0.layout == .native }.map(\.value.index))
        let received = Set(graph.inputs.filter { $0.layout == .native }.map(\.value.index))
        for (index, node) in graph.nodes.enumerated()
        where (read.contains(index) || boundaries.contains(index)) && !received.contains(index) {
            if case .deformableColumns = node.operation { continue }
            observed.append((index, extended.outputs.count))
            extended.output(
                node.name, NetworkGraph.Value(index: index), layout: .channelsFirst)
        }
        self.graph = graph
        self.observed = observed
        nativeCount = graph.outputs.count
        histograms = [ValueHistogram](repeating: ValueHistogram(), count: observed.count)
        runner = try GraphRunner(extended, engine, thread)
    }

    /// The outputs of the graph itself.
    var results: [AlignedBuffer] { Array(runner.outputs.prefix(nativeCount)) }

    mutating func run(_ inputs: [AlignedBuffer]) throws {
        try runner.run(inputs)
        for (number, (_, output)) in observed.enumerated() {
            let buffer = runner.outputs[output]
            withExtendedLifetime(buffer) {
                histograms[number].add(UnsafeBufferPointer(buffer.floats))
            }
        }
    }

    func values(
        _ criterion: ClippingCriterion, inputs: Set<String>
    ) throws(QuantisationError) -> [String: Quantisation.Value] {
        let isPositive = graph.nonNegativeValues(inputs: inputs)
        var values: [String: Quantisation.Value] = [:]
        for (histogram, (node, _)) in zip(histograms, observed) {
            let name = graph.nodes[node].name
            guard histogram.isFinite else { throw .notFinite(layer: name) }
            let largest = Quantisation.Value.largestNumber(isSigned: !isPositive[node])
            values[name] = Quantisation.Value(
                scale: max(criterion.end(histogram, steps: largest) / largest, 1e-20),
                isSigned: !isPositive[node])
        }
        return values
    }
}
