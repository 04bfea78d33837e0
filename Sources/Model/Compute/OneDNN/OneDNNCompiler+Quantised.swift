import COneDNN

/// A filter in one byte as an algorithm wants it.
struct PreparedQuantisedFilter {
    var weights: AlignedBuffer
    /// What a 1 in ``weights`` stands for, by output channel.
    var scales: [Float]
    /// As it was.
    var bias: [Float]
}

extension OneDNNCompiler {
    /// A convolution of numbers of one byte: sums are exact integers, then comes one factor for each channel,
    /// the residual, the activation, and rounding to the step of the result.
    mutating func appendQuantisedConvolution(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution, isWinograd: Bool
    ) throws {
        let filter = convolution.filter
        if try appendIndirectConvolution(node, value, convolution) { return }
        // Layouts do not depend on the factors, the factors depend on the weights in their layout.
        let isWinograd = isWinograd && graph.nodes[convolution.input.index].format == .uint8
        let probe = try describeQuantised(
            node, value, convolution, isWinograd: isWinograd,
            outputScales: [Float](repeating: 0.5, count: filter.outputChannels))
        guard let probe, let layout = try probe.layout(dnnl_query_weights_md) else {
            if isWinograd {
                return try appendQuantisedConvolution(
                    node, value, convolution, isWinograd: false)
            }
            throw ComputeError.unavailable(
                library: "oneDNN", reason: "no convolution in one byte for \(node.name)")
        }
        let prepared = try quantisedFilters.filter(filter, layout) { [engine] in
            try PreparedQuantisedFilter(filter, layout, isWinograd: isWinograd, engine, node.name)
        }
        let input = graph.nodes[convolution.input.index]
        let accumulator = prepared.scales.map { $0 * input.scale }
        let found = try describeQuantised(
            node, value, convolution, isWinograd: isWinograd,
            outputScales: accumulator.map { $0 / node.scale })
        guard let found else {
            throw ComputeError.unavailable(
                library: "oneDNN", reason: "no convolution in one byte for \(node.name)")
        }
        if isWinograd { try limit(convolution.input) }
        if isLimited(node, isWinograd: isWinograd) { limitedNodes.insert(value.index) }
        // Of a channel whose unit is no normal number only the bias would remain; it is lost.
        let bias = zip(prepared.bias, accumulator).map { bias, unit in
            unit.isNormal ? bias / yv_bias_unit(unit, node.scale) : 0
        }
        try appendConvolution(
            node, value, convolution, found,
            PreparedFilter(weights: prepared.weights, bias: AlignedBuffer(bias)), layout)
    }

    /// False where oneDNN's kernels are to be used.
    private mutating func appendIndirectConvolution(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution
    ) throws -> Bool {
        let filter = convolution.filter
        let input = graph.nodes[convolution.input.index]
        let added = convolution.residual.map { graph.nodes[$0.index] }
        guard input.format == .uint8, filter.groups == 1,
            [input, node].allSatisfy({ $0.layout == .channelsLast }),
            let kernel = IndirectConvolution(
                .init(
                    source: input.shape, target: node.shape, kernel: filter.kernel,
                    stride: convolution.stride, padding: convolution.padding,
                    targetFormat: node.format,
                    added: added.map { ($0.scale / node.scale, $0.format) },
                    activation: convolution.activation, targetStep: node.scale,
                    threads: OpenMP.teamSizeOfThisThread))
        else { return false }
        let prepared = try indirectFilters.filter(filter, true) {
            let values = try filter.values()
            let quantised = QuantisedWeights(
                values.weights, outputs: filter.outputChannels,
                pairDistance: filter.kernel * filter.kernel)
            return PreparedQuantisedFilter(
                weights: kernel.prepare(quantised.numbers), scales: quantised.scales,
                bias: values.bias)
        }
        let factors = prepared.scales.map { $0 * input.scale / node.scale }
        steps.append(
            OneDNNStep(
                node.name, kernel,
                try arguments(from: convolution.input, to: value), weights: prepared.weights,
                factors: AlignedBuffer(factors),
                bias: AlignedBuffer(prepared.bias.map { $0 / node.scale }),
                operations: filter.operations(node.shape)))
        return true
    }

    private func describeQuantised(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution, isWinograd: Bool, outputScales: [Float]
    ) throws(ComputeError) -> DNNLPrimitiveDescription? {
        var fusion = OneDNNFusion(
            outputScales: outputScales, activation: convolution.activation, unit: node.scale,
            limit: isLimited(node, isWinograd: isWinograd) ? OneDNNFusion.winogradLimit : nil)
        if let residual = convolution.residual {
            let added = graph.nodes[residual.index]
            fusion.sum = (added.scale / node.scale, added.format)
        }
        return try describe(
            isWinograd ? dnnl_convolution_winograd : dnnl_convolution_direct, .int8, node, value,
            convolution, DNNLAttributes(fusion))
    }

    // MARK: The largest number

    /// Whether a convolution keeps what it writes below the limit: the Winograd kernel fuses plain ReLUs only.
    private func isLimited(_ node: NetworkGraph.Node, isWinograd: Bool) -> Bool {
        guard node.format == .uint8, !isWinograd,
            case .convolution(let convolution) = node.operation
        else { return false }
        return convolution.activation == .relu || convolution.activation == .relu6
    }

    private func isLimited(_ value: NetworkGraph.Value) -> Bool {
        switch graph.nodes[value.index].operation {
        case .maxPool(let input), .resize(let input, nil, _): isLimited(input)
        default: limitedNodes.contains(value.index)
        }
    }

    /// Takes the numbers of a value that are too large for Winograd's algorithm down to the limit.
    private mutating func limit(_ value: NetworkGraph.Value) throws(ComputeError) {
        guard !isLimited(value) else { return }
        let node = graph.nodes[value.index]
        let constant = AlignedBuffer(byteCount: 1)
        withExtendedLifetime(constant) { constant.bytes[0] = UInt8(OneDNNFusion.winogradLimit) }
        let layout = try description(value)
        let scalar = try DNNLLayout([1, 1, 1, 1], dnnl_acdb, .uint8)
        let found = try DNNLPrimitiveDescription.make(
            "the limit of \(node.name)", DNNLAttributes()
        ) {
            yv_describe_binary(
                $0, engine.handle, dnnl_binary_min, layout.handle, scalar.handle, layout.handle, $1)
        }
        steps.append(
            try OneDNNStep(
                "\(node.name) (limit)", found,
                [
                    .init(DNNL_ARG_SRC_0, .value(value.index), layout),
                    .init(DNNL_ARG_SRC_1, .constant(constant), scalar),
                    .init(DNNL_ARG_DST, .value(value.index), layout),
                ]))
        limitedNodes.insert(value.index)
    }

    /// What a resampling of numbers of one byte does behind the interpolation, whose result has the step of
    /// what it reads.
    func resizeFusion(
        _ node: NetworkGraph.Node, _ input: NetworkGraph.Value, _ residual: NetworkGraph.Value?,
        _ activation: NetworkGraph.Activation
    ) -> OneDNNFusion {
        let unit = graph.nodes[input.index].scale
        var fusion = OneDNNFusion(
            factor: unit / node.scale, activation: activation, unit: node.scale)
        if let residual {
            let added = graph.nodes[residual.index]
            fusion.sum = (added.scale / unit, added.format)
        }
        return fusion
    }

    /// Brings two values of different steps to that of their sum.
    func additionAttributes(
        _ node: NetworkGraph.Node, _ added: NetworkGraph.Value, _ other: NetworkGraph.Value
    ) throws(ComputeError) -> DNNLAttributes {
        let attributes = try DNNLAttributes()
        for (operand, value) in [(YV_SCALED_FIRST, other), (YV_SCALED_SECOND, added)] {
            try attributes.scale(operand, [graph.nodes[value.index].scale / node.scale])
        }
        return attributes
    }
}

extension PreparedQuantisedFilter {
    fileprivate init(
        _ filter: NetworkGraph.Filter, _ layout: DNNLLayout, isWinograd: Bool,
        _ engine: DNNLEngine, _ name: String
    ) throws {
        let values = try filter.values()
        let quantised = QuantisedWeights(
            values.weights, outputs: filter.outputChannels,
            pairDistance: OneDNNCapabilities.current.integers == .saturating
                ? filter.kernel * filter.kernel : nil)
        weights = AlignedBuffer(byteCount: layout.byteCount)
        scales = quantised.scales
        bias = values.bias
        guard isWinograd else {
            let reorder = try OneDNNReorder(
                engine, OneDNNLayouts.weights(filter, plainIn: .int8), layout,
                "weights of \(name)")
            try quantised.numbers.withUnsafeBytes { try reorder.copy($0, to: weights) }
            return
        }
        // In floating point, so that they are rounded behind the transform only.
        let numbers = quantised.numbers.map { Float($0) }
        let factors = QuantisedWeights.winogradFactors(numbers, outputs: filter.outputChannels)
        // The reorder multiplies with 4/9 of its own, which the convolution takes back.
        let scaled = factors.map { $0 * 9 / 4 }
        for output in scales.indices { scales[output] /= scaled[output] }
        let reorder = try OneDNNReorder(
            engine, OneDNNLayouts.weights(filter), layout, "weights of \(name)", scales: scaled)
        try numbers.withUnsafeBytes { try reorder.copy($0, to: weights) }
    }
}
