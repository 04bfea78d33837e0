/// Which convolutions of a quantised network compute in one byte, how each value is stored, and where values
/// change their form.
///
/// Numbers of one byte lie channels last, as oneDNN's kernels for them want it; floating-point values have
/// the native layout. A convolution in one byte writes one byte too where anybody can read that, with sum,
/// activation and rounding to the next step fused; elsewhere values are converted.
struct OneDNNQuantisedPlan {
    /// The graph with its formats and conversions.
    private var graph = NetworkGraph()
    private var algorithms: [Int: OneDNNAlgorithm] = [:]
    private let source: NetworkGraph
    private let choice: QuantisedChoice
    /// By node of the source.
    private var values: [NetworkGraph.Value] = []
    private var conversions: [Conversion: NetworkGraph.Value] = [:]
    /// By filter of the source.
    private var roundedFilters: [ObjectIdentifier: NetworkGraph.Filter] = [:]

    private struct Conversion: Hashable {
        var value: NetworkGraph.Value
        var form: ValueForm
    }

    /// - Parameters:
    ///   - format: What layers that stay in floating point may use at most: float32 or bfloat16.
    ///   - choose: Chooses the algorithms of all.
    static func make(
        _ source: NetworkGraph, _ format: NetworkGraph.Format, _ quantisation: Quantisation,
        _ capabilities: OneDNNCapabilities = .current,
        choose: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) rethrows -> OneDNNPrecisionPlan {
        var plan = OneDNNQuantisedPlan(
            source, try QuantisedChoice(source, format, quantisation, capabilities, choose))
        plan.build()
        return OneDNNPrecisionPlan(plan.graph, algorithms: plan.algorithms)
    }

    private init(_ source: NetworkGraph, _ choice: QuantisedChoice) {
        self.source = source
        self.choice = choice
    }

    private mutating func build() {
        var inputs = source.inputs.makeIterator()
        var outputs: [Int: NetworkGraph.Value] = [:]
        for (index, node) in source.nodes.enumerated() {
            var node = node
            node.form = choice.forms[index]
            if case .input = node.operation, let input = inputs.next() {
                values.append(graph.input(node, layout: input.layout))
            } else {
                values.append(append(node, index))
            }
            // At once, as a later sum may overwrite the value.
            for (number, output) in source.outputs.enumerated()
            where output.value.index == index {
                outputs[number] =
                    output.layout == .native
                    ? converted(values[index], to: choice.form(ofBoundary: output.name))
                    : values[index]
            }
        }
        for index in source.outputs.indices {
            guard let value = outputs[index] else { continue }
            graph.output(source.outputs[index].name, value, layout: source.outputs[index].layout)
        }
    }

    private mutating func append(_ node: NetworkGraph.Node, _ index: Int) -> NetworkGraph.Value {
        var node = node
        let residual = node.operation.residual
        var replaced: [NetworkGraph.Value: NetworkGraph.Value] = [:]
        for operand in node.operation.operands where operand != residual {
            var value = values[operand.index]
            if let rounded = choice.form(of: operand, roundedFor: index) {
                value = converted(value, to: rounded)
            }
            replaced[operand] = converted(value, to: choice.form(of: operand, readBy: index))
        }
        if let residual {
            replaced[residual] = overwritable(residual, by: index)
        }
        node.operation = node.operation.replacing(
            { replaced[$0] ?? values[$0.index] }, overwritten: { replaced[$0] ?? values[$0.index] })
        if case .convolution(var convolution) = node.operation, choice.emulatesBytes(index) {
            convolution.filter = rounded(convolution.filter)
            node.operation = .convolution(convolution)
        }
        let value = graph.append(node)
        algorithms[value.index] = choice.algorithms[index]
        return value
    }

    /// The numbers that a filter in one byte stands for.
    private mutating func rounded(_ filter: NetworkGraph.Filter) -> NetworkGraph.Filter {
        if let known = roundedFilters[ObjectIdentifier(filter)] { return known }
        let result = NetworkGraph.Filter(
            inputChannels: filter.inputChannels, outputChannels: filter.outputChannels,
            kernel: filter.kernel, groups: filter.groups
        ) {
            var values = try filter.values()
            values.weights =
                QuantisedWeights(
                    values.weights, outputs: filter.outputChannels
                ).values
            return values
        }
        roundedFilters[ObjectIdentifier(filter)] = result
        return result
    }

    /// The residual, a value of the source, in a form that the node can write its result over.
    private mutating func overwritable(
        _ residual: NetworkGraph.Value, by index: Int
    ) -> NetworkGraph.Value {
        let value = values[residual.index]
        let wanted = choice.form(ofResidual: residual, overwrittenBy: index)
        // What is converted for other readers must not be overwritten.
        return graph.nodes[value.index].form == wanted ? value : convert(value, to: wanted)
    }

    private mutating func converted(
        _ value: NetworkGraph.Value, to form: ValueForm
    ) -> NetworkGraph.Value {
        guard graph.nodes[value.index].form != form else { return value }
        let conversion = Conversion(value: value, form: form)
        if let known = conversions[conversion] { return known }
        let result = convert(value, to: form)
        conversions[conversion] = result
        return result
    }

    private mutating func convert(
        _ value: NetworkGraph.Value, to form: ValueForm
    ) -> NetworkGraph.Value {
        let node = graph.nodes[value.index]
        var result = NetworkGraph.Node(
            name: "\(node.name) as \(form.name)", operation: .conversion(value), shape: node.shape)
        result.form = form
        return graph.append(result)
    }
}

/// How a value is stored.
struct ValueForm: Hashable {
    var format: NetworkGraph.Format
    var layout: NetworkGraph.Layout
    /// What a stored 1 stands for.
    var scale: Float = 1

    init(_ format: NetworkGraph.Format, _ layout: NetworkGraph.Layout = .native, scale: Float = 1) {
        self.format = format
        self.layout = layout
        self.scale = scale
    }

    init(_ value: Quantisation.Value) {
        self.init(value.isSigned ? .int8 : .uint8, .channelsLast, scale: value.scale)
    }

    fileprivate var name: String {
        switch format {
        case .float32: layout == .channelsLast ? "f32, channels last" : "f32"
        case .bfloat16: "bf16"
        case .uint8: "u8"
        case .int8: "s8"
        }
    }
}

extension NetworkGraph.Node {
    fileprivate var form: ValueForm {
        get { ValueForm(format, layout ?? .native, scale: scale) }
        set {
            format = newValue.format
            layout = newValue.layout
            scale = newValue.scale
        }
    }
}
