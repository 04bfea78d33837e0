/// Which algorithm each convolution uses, in which format each value is stored, and where values change
/// their format.
///
/// A convolution in bf16 can write either format, and tiled Winograd can read either too, so most changes
/// cost nothing. A conversion of its own is needed only where a convolution that writes float32 comes
/// before one in bf16, or where readers of one value disagree.
struct OneDNNPrecisionPlan {
    /// The graph with its formats and conversions.
    private(set) var graph = NetworkGraph()
    /// The algorithms of the convolutions, by index of the node in ``graph``.
    private(set) var algorithms: [Int: OneDNNAlgorithm] = [:]

    /// A plan made elsewhere.
    init(_ graph: NetworkGraph, algorithms: [Int: OneDNNAlgorithm]) {
        self.graph = graph
        self.algorithms = algorithms
    }

    private var values: [NetworkGraph.Value] = []
    private var conversions: [NetworkGraph.Value: NetworkGraph.Value] = [:]

    /// With the algorithms of the rule.
    init(_ source: NetworkGraph, _ format: NetworkGraph.Format) {
        self.init(source, format, choose: OneDNNAlgorithmRule.choose)
    }

    /// - Parameters:
    ///   - format: The narrowest format that is allowed.
    ///   - choose: Chooses the algorithm of each convolution.
    init(
        _ source: NetworkGraph, _ format: NetworkGraph.Format,
        choose: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) rethrows {
        let choice = try FormatChoice(source, format, choose)
        var inputs = source.inputs.makeIterator()
        var outputs: [Int: NetworkGraph.Value] = [:]
        for (index, node) in source.nodes.enumerated() {
            values.append(append(node, index, choice, &inputs))
            // At once, as a later sum may overwrite the value.
            for (number, output) in source.outputs.enumerated()
            where output.value.index == index {
                outputs[number] =
                    output.layout == .native
                    ? converted(values[index], to: format) : values[index]
            }
        }
        // In the order of the source.
        for index in source.outputs.indices {
            guard let value = outputs[index] else { continue }
            let output = source.outputs[index]
            graph.output(output.name, value, layout: output.layout)
        }
    }

    private mutating func append(
        _ node: NetworkGraph.Node, _ index: Int, _ choice: FormatChoice,
        _ inputs: inout IndexingIterator<[(value: NetworkGraph.Value, layout: NetworkGraph.Layout)]>
    ) -> NetworkGraph.Value {
        var node = node
        node.format = choice.format(of: index)
        if case .input = node.operation, let input = inputs.next() {
            return graph.input(
                node.name, shape: node.shape, layout: input.layout, format: node.format)
        }
        let wanted = choice.formatRead(by: index)
        let readsEither = choice.algorithms[index]?.convertsItself ?? false
        var replaced: [NetworkGraph.Value: NetworkGraph.Value] = [:]
        let residual = node.operation.residual
        for operand in node.operation.operands where operand != residual {
            let value = values[operand.index]
            replaced[operand] = readsEither ? value : converted(value, to: wanted)
        }
        node.operation = node.operation.replacing(
            { replaced[$0] ?? values[$0.index] }, overwritten: { values[$0.index] })
        let value = graph.append(node)
        algorithms[value.index] = choice.algorithms[index]
        return value
    }

    private mutating func converted(
        _ value: NetworkGraph.Value, to format: NetworkGraph.Format
    ) -> NetworkGraph.Value {
        let node = graph.nodes[value.index]
        guard node.format != format else { return value }
        if let known = conversions[value] { return known }
        let result = graph.append(
            NetworkGraph.Node(
                name: "\(node.name) as \(format.name)", operation: .conversion(value),
                shape: node.shape,
                format: format))
        conversions[value] = result
        return result
    }
}

/// Chooses algorithms and formats; what is summed in place shares one format.
struct FormatChoice {
    let algorithms: [OneDNNAlgorithm?]
    /// Whether few convolutions stand between a node and the network's outputs.
    let isLate: [Bool]
    private let graph: NetworkGraph
    /// The first node whose memory a node's value lies in.
    private let storage: [Int]
    /// The narrowest format that is allowed.
    private let narrowest: NetworkGraph.Format
    /// What has to keep the precision of float32.
    private let exact: Set<NetworkGraph.Value>
    /// By storage.
    private var formats: [NetworkGraph.Format]

    init(
        _ graph: NetworkGraph, _ format: NetworkGraph.Format,
        _ choose: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) rethrows {
        self.graph = graph
        narrowest = format
        var storage = Array(graph.nodes.indices)
        for (index, node) in graph.nodes.enumerated() {
            if let residual = node.operation.residual { storage[index] = storage[residual.index] }
        }
        self.storage = storage
        // What leaves the network, and deformable convolutions: the fractions of pixels that they sample
        // by magnify differences.
        var exact = Set(graph.outputs.filter { $0.layout == .channelsLast }.map(\.value))
        for case .deformableColumns(_, let offsets, _) in graph.nodes.map(\.operation) {
            exact.insert(offsets)
        }
        self.exact = exact
        let isLate = Self.distancesToOutputs(graph).map { $0 <= Self.fewConvolutions }
        self.isLate = isLate
        algorithms = try graph.nodes.enumerated().map { [exact] index, node in
            guard case .convolution(let convolution) = node.operation else { return nil }
            let input = graph.nodes[convolution.input.index]
            var isExact = exact.contains(NetworkGraph.Value(index: index))
            if case .deformableColumns = input.operation { isExact = true }
            return try choose(
                ConvolutionProblem(
                    convolution, from: input.shape, to: node.shape, format, isExact: isExact,
                    isLate: isLate[index]))
        }
        formats = Array(repeating: format, count: graph.nodes.count)
        if format != .float32 { chooseFormats(format) }
    }

    func format(of index: Int) -> NetworkGraph.Format { formats[storage[index]] }

    /// The format in which a node had best be given what it reads, its residual aside.
    func formatRead(by index: Int) -> NetworkGraph.Format {
        if let algorithm = algorithms[index] {
            return algorithm.convertsItself && !exact.contains(NetworkGraph.Value(index: index))
                ? narrowest : algorithm.format
        }
        if case .deformableColumns = graph.nodes[index].operation { return .float32 }
        return format(of: index)
    }

    /// Protonet and the hidden layers of the head.
    private static let fewConvolutions = 4

    /// How many convolutions read a node's value, one behind the other, before it leaves the network.
    private static func distancesToOutputs(_ graph: NetworkGraph) -> [Int] {
        var distances = Array(repeating: 0, count: graph.nodes.count)
        // What goes to another graph has its way still before it.
        for output in graph.outputs where output.layout == .native {
            distances[output.value.index] = .max / 2
        }
        for (index, node) in graph.nodes.enumerated().reversed() {
            var distance = distances[index]
            if case .convolution = node.operation { distance += 1 }
            for operand in node.operation.operands {
                distances[operand.index] = max(distances[operand.index], distance)
            }
        }
        return distances
    }

    private mutating func chooseFormats(_ format: NetworkGraph.Format) {
        for value in exact { formats[storage[value.index]] = .float32 }
        let native = Set(graph.inputs.filter { $0.layout == .native }.map(\.value.index))
        // What can be written as float32 only.
        for (index, node) in graph.nodes.enumerated() {
            switch node.operation {
            case .input: if !native.contains(index) { formats[index] = .float32 }
            case .deformableColumns: formats[storage[index]] = .float32
            default:
                if let algorithm = algorithms[index], !algorithm.convertsItself,
                    algorithm.format == .float32
                {
                    formats[storage[index]] = .float32
                }
            }
        }
        // What only readers of float32 read; one change can bring about others.
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for root in Set(storage).subtracting(native)
            where formats[root] != .float32 && !hasReader(root, of: format) {
                formats[root] = .float32
                hasChanged = true
            }
        }
    }

    private func hasReader(_ root: Int, of format: NetworkGraph.Format) -> Bool {
        for (index, node) in graph.nodes.enumerated() where formatRead(by: index) == format {
            let residual = node.operation.residual
            for operand in node.operation.operands
            where operand != residual && storage[operand.index] == root { return true }
        }
        return graph.outputs.contains {
            $0.layout == .native && storage[$0.value.index] == root
        }
    }
}
