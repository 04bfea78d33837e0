/// Chooses the algorithms of a quantised network and how its values are stored.
struct QuantisedChoice {
    /// By node; nil for what is no convolution.
    private(set) var algorithms: [OneDNNAlgorithm?]
    /// By node.
    private(set) var forms: [ValueForm] = []
    private let graph: NetworkGraph
    private let quantisation: Quantisation
    private let capabilities: OneDNNCapabilities
    /// What values in floating point have where nothing else is asked for.
    private let format: NetworkGraph.Format
    /// Nodes that read a node's value, its overwriter among them.
    private let readers: [[Int]]

    /// With the algorithms of the rule.
    init(
        _ graph: NetworkGraph, _ format: NetworkGraph.Format, _ quantisation: Quantisation,
        _ capabilities: OneDNNCapabilities = .current
    ) {
        self.init(graph, format, quantisation, capabilities, OneDNNAlgorithmRule.choose)
    }

    init(
        _ graph: NetworkGraph, _ format: NetworkGraph.Format, _ quantisation: Quantisation,
        _ capabilities: OneDNNCapabilities,
        _ choose: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) rethrows {
        self.graph = graph
        self.format = format
        self.quantisation = quantisation
        self.capabilities = capabilities
        var readers = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            for operand in node.operation.operands { readers[operand.index].append(index) }
        }
        self.readers = readers
        let choice = try FormatChoice(graph, format) { problem in
            var problem = problem
            // Beside layers in one byte, bf16 is exact enough for the large last layer of the head.
            if problem.isLate && problem.allowsWinograd { problem.isExact = false }
            return try choose(problem)
        }
        algorithms = choice.algorithms
        for index in graph.nodes.indices {
            try chooseAlgorithm(index, isLate: choice.isLate[index], choose)
        }
        for (index, node) in graph.nodes.enumerated() {
            forms.append(form(of: node, index))
        }
    }

    // MARK: Algorithms

    private mutating func chooseAlgorithm(
        _ index: Int, isLate: Bool, _ choose: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) rethrows {
        guard let (convolution, input, algorithm) = quantised(index) else { return }
        var problem = ConvolutionProblem(
            convolution, from: graph.shape(of: convolution.input), to: graph.nodes[index].shape,
            input.isSigned ? .int8 : .uint8, isExact: false, isLate: isLate)
        problem.integers = capabilities.integers
        // Where Winograd's algorithm does little harm it may still be slower, or have no kernel.
        problem.allowsIntegerWinograd =
            capabilities.hasIntegerWinograd && algorithm == .winograd
            && convolution.residual == nil
        algorithms[index] = try choose(problem)
    }

    /// A convolution that the quantisation wants in one byte, and the step of what it reads.
    private func quantised(
        _ index: Int
    ) -> (NetworkGraph.Convolution, Quantisation.Value, Quantisation.Algorithm)? {
        let node = graph.nodes[index]
        guard case .convolution(let convolution) = node.operation,
            let algorithm = quantisation.convolutions[node.name],
            let input = step(of: convolution.input), convolution.filter.groups == 1
        else { return nil }
        return (convolution, input, algorithm)
    }

    /// Whether a convolution that the quantisation wants in one byte computes in floating point here, with
    /// the numbers that the bytes stand for: a network is nearly the same on every CPU that it runs on.
    func emulatesBytes(_ index: Int) -> Bool {
        guard let algorithm = algorithms[index], !algorithm.format.isQuantised else { return false }
        return quantised(index) != nil
    }

    /// The form that a value takes on the way to a node that computes with what bytes stand for; nil for
    /// none.
    func form(of value: NetworkGraph.Value, roundedFor reader: Int) -> ValueForm? {
        guard emulatesBytes(reader), !forms[value.index].format.isQuantised else { return nil }
        return step(of: value).map(ValueForm.init)
    }

    /// The step of a value, if it was calibrated.
    private func step(of value: NetworkGraph.Value) -> Quantisation.Value? {
        quantisation.values[graph.nodes[value.index].name]
    }

    // MARK: Forms

    /// What halves of a network hand each other.
    func form(ofBoundary name: String) -> ValueForm {
        quantisation.values[name].map(ValueForm.init) ?? ValueForm(format)
    }

    /// The form of a value that a node adds and overwrites: the node's own, but in one byte with its own step
    /// and sign.
    func form(ofResidual value: NetworkGraph.Value, overwrittenBy index: Int) -> ValueForm {
        let found = forms[value.index]
        guard forms[index].format.isQuantised else { return forms[index] }
        return found.format.isQuantised ? found : step(of: value).map(ValueForm.init) ?? found
    }

    /// The form in which a node reads a value that it does not overwrite.
    func form(of value: NetworkGraph.Value, readBy reader: Int) -> ValueForm {
        let found = forms[value.index]
        if let algorithm = algorithms[reader] {
            if takesBytes(reader) {
                if found.format.isQuantised { return found }
                return step(of: value).map(ValueForm.init) ?? found
            }
            guard algorithm.format.isQuantised else {
                if keepsChannelsLast(reader) { return found }
                // The first layer reads the few planes of the image as they are.
                let isImage =
                    found.layout == .channelsFirst && graph.shape(of: value).channels < 8
                let layout: NetworkGraph.Layout = isImage ? .channelsFirst : .native
                return ValueForm(algorithm.format, layout)
            }
            if found.format.isQuantised { return found }
            return step(of: value).map(ValueForm.init) ?? found
        }
        switch graph.nodes[reader].operation {
        case .deformableColumns: return ValueForm(.float32)
        case .maxPool, .resize, .add:
            if forms[reader].format.isQuantised && found.format.isQuantised { return found }
        default: break
        }
        return ValueForm(forms[reader].format)
    }

    private func form(of node: NetworkGraph.Node, _ index: Int) -> ValueForm {
        switch node.operation {
        case .input:
            let layout = graph.inputs.first { $0.value.index == index }?.layout ?? .native
            return layout == .native ? form(ofBoundary: node.name) : ValueForm(.float32, layout)
        case .convolution(let convolution): return form(of: node, convolution, index)
        case .maxPool(let input):
            let found = forms[input.index]
            return found.layout == .native || found.format.isQuantised ? found : ValueForm(format)
        case .resize(let input, let residual, let activation):
            let isQuantised = forms[input.index].format.isQuantised
            guard let residual else {
                return isQuantised && activation.keepsSteps && isExact(input, resizedTo: index)
                    ? forms[input.index] : ValueForm(format)
            }
            guard isQuantised, forms[residual.index].format.isQuantised, activation.keepsSteps,
                let step = step(of: NetworkGraph.Value(index: index))
            else { return ValueForm(format) }
            return ValueForm(step)
        case .add(let first, let second):
            guard forms[first.index].format.isQuantised, forms[second.index].format.isQuantised,
                let step = step(of: NetworkGraph.Value(index: index))
            else { return ValueForm(format) }
            return ValueForm(step)
        case .deformableColumns: return ValueForm(.float32)
        case .concatenation, .conversion:
            return ValueForm(isOutput(index) && !isHandedOn(index) ? .float32 : format)
        }
    }

    /// Without VNNI sums of signed numbers are not exact, and algorithms are chosen by the sign of a value's own
    /// step: what is resized must not bring another.
    private func isExact(_ value: NetworkGraph.Value, resizedTo index: Int) -> Bool {
        guard capabilities.integers == .saturating,
            let step = step(of: NetworkGraph.Value(index: index))
        else { return true }
        return step.isSigned == (forms[value.index].format == .int8)
    }

    private func form(
        of node: NetworkGraph.Node, _ convolution: NetworkGraph.Convolution, _ index: Int
    ) -> ValueForm {
        let algorithm = algorithms[index] ?? .direct(.float32)
        guard algorithm.format.isQuantised || takesBytes(index) else {
            if keepsChannelsLast(index) { return ValueForm(.float32, .channelsLast) }
            let isNarrow = algorithm.format == .bfloat16 && !isOutput(index)
            return ValueForm(
                isNarrow && readers[index].contains(where: isNotFloat32) ? format : .float32)
        }
        let value = NetworkGraph.Value(index: index)
        guard let step = step(of: value), convolution.activation != .tanh,
            readers[index].contains(where: readsBytes) || isBoundary(index),
            convolution.residual.map({ canBeBytes($0) }) ?? true
        else { return ValueForm(.float32, takesBytes(index) ? .native : .channelsLast) }
        return ValueForm(step)
    }

    /// Whether a Winograd convolution in float32 reads bytes, and may write them, as it is.
    private func takesBytes(_ index: Int) -> Bool {
        guard emulatesBytes(index), algorithms[index]?.convertsItself == true,
            case .convolution(let convolution) = graph.nodes[index].operation
        else { return false }
        let block = capabilities.blockSize
        return convolution.residual == nil && convolution.filter.inputChannels % block == 0
            && convolution.filter.outputChannels % block == 0
    }

    /// Whether a convolution in float32 reads what one in one byte writes, and writes what leaves the network,
    /// both channels last: then nothing has to be rearranged.
    private func keepsChannelsLast(_ index: Int) -> Bool {
        guard algorithms[index] == .direct(.float32), readers[index].isEmpty,
            case .convolution(let convolution) = graph.nodes[index].operation,
            convolution.filter.kernel == 1, convolution.filter.groups == 1,
            convolution.residual == nil
        else { return false }
        return forms[convolution.input.index] == ValueForm(.float32, .channelsLast)
    }

    private func canBeBytes(_ value: NetworkGraph.Value) -> Bool {
        forms[value.index].format.isQuantised || step(of: value) != nil
    }

    private func readsBytes(_ reader: Int) -> Bool {
        switch graph.nodes[reader].operation {
        case .convolution: (algorithms[reader]?.format.isQuantised ?? false) || takesBytes(reader)
        case .maxPool, .resize, .add: true
        default: false
        }
    }

    private func isNotFloat32(_ reader: Int) -> Bool {
        if let algorithm = algorithms[reader] { return algorithm.format != .float32 }
        switch graph.nodes[reader].operation {
        case .deformableColumns: return false
        case .concatenation: return !isOutput(reader) || isHandedOn(reader)
        default: return true
        }
    }

    private func isOutput(_ index: Int) -> Bool {
        graph.outputs.contains { $0.value.index == index }
    }

    /// Whether it goes to the other half of the network.
    private func isHandedOn(_ index: Int) -> Bool {
        graph.outputs.contains { $0.value.index == index && $0.layout == .native }
    }

    private func isBoundary(_ index: Int) -> Bool {
        graph.outputs.contains {
            $0.value.index == index && $0.layout == .native && quantisation.values[$0.name] != nil
        }
    }
}

extension NetworkGraph.Activation {
    /// Whether it does the same to multiples of a step.
    fileprivate var keepsSteps: Bool {
        switch self {
        case .identity, .relu, .leakyReLU: true
        case .relu6, .tanh: false
        }
    }
}
