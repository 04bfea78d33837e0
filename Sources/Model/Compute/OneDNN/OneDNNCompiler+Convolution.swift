import COneDNN

/// Weights and bias as an algorithm wants them.
struct PreparedFilter {
    var weights: AlignedBuffer
    var bias: AlignedBuffer
}

extension OneDNNCompiler {
    mutating func appendConvolution(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution
    ) throws {
        let algorithm = plan.algorithms[value.index] ?? .direct(.float32)
        if case .winograd(let tile, let format) = algorithm,
            try appendWinograd(node, value, convolution, tile, format)
        {
            return
        }
        if algorithm.format.isQuantised {
            return try appendQuantisedConvolution(
                node, value, convolution, isWinograd: algorithm == .quantisedWinograd)
        }
        let kinds =
            algorithm == .libraryWinograd
            ? [dnnl_convolution_winograd, dnnl_convolution_direct] : [dnnl_convolution_direct]
        let attributes = try DNNLAttributes(
            addsDestination: convolution.residual != nil, activation: convolution.activation)
        var found: DNNLPrimitiveDescription?
        for kind in kinds where found == nil {
            found = try describe(
                kind, algorithm.format, node, value, convolution, attributes)
        }
        guard let found, let layout = try found.layout(dnnl_query_weights_md) else {
            throw ComputeError.unavailable(
                library: "oneDNN", reason: "no convolution for \(node.name)")
        }
        let filter = convolution.filter
        let prepared = try filters.filter(filter, layout) { [engine] in
            let values = try filter.values()
            let weights = AlignedBuffer(byteCount: layout.byteCount)
            let reorder = try OneDNNReorder(
                engine, OneDNNLayouts.weights(filter), layout, "weights of \(node.name)")
            try values.weights.withUnsafeBytes { try reorder.copy($0, to: weights) }
            return PreparedFilter(weights: weights, bias: AlignedBuffer(values.bias))
        }
        try appendConvolution(node, value, convolution, found, prepared, layout)
    }

    /// A convolution of oneDNN's.
    mutating func appendConvolution(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution, _ found: DNNLPrimitiveDescription,
        _ prepared: PreparedFilter, _ layout: DNNLLayout
    ) throws(ComputeError) {
        let filter = convolution.filter
        steps.append(
            try OneDNNStep(
                node.name, found,
                [
                    .init(
                        DNNL_ARG_SRC, .value(convolution.input.index),
                        try description(convolution.input)),
                    .init(DNNL_ARG_WEIGHTS, .constant(prepared.weights), layout),
                    .init(
                        DNNL_ARG_BIAS, .constant(prepared.bias),
                        try DNNLLayout([filter.outputChannels], dnnl_a)),
                    .init(DNNL_ARG_DST, .value(value.index), try description(value)),
                ],
                operations: filter.operations(node.shape)))
    }

    /// nil where oneDNN has no implementation of that kind.
    ///
    /// - Parameter format: Of the weights.
    func describe(
        _ kind: dnnl_alg_kind_t, _ format: NetworkGraph.Format, _ node: NetworkGraph.Node,
        _ value: NetworkGraph.Value, _ convolution: NetworkGraph.Convolution,
        _ attributes: DNNLAttributes
    ) throws(ComputeError) -> DNNLPrimitiveDescription? {
        let filter = convolution.filter
        let source = try description(convolution.input)
        let target = try description(value)
        let weights = try OneDNNLayouts.weights(filter, freeIn: format)
        let bias = try DNNLLayout([filter.outputChannels], dnnl_a)
        let stride = Int64(convolution.stride)
        let padding = Int64(convolution.padding)
        // The right and bottom padding that makes the output size come out as planned.
        let reach = (node.shape.height - 1) * convolution.stride + filter.kernel
        let right = Int64(
            reach - graph.shape(of: convolution.input).height - convolution.padding)
        return try DNNLPrimitiveDescription.find(node.name, attributes) {
            yv_describe_convolution(
                $0, engine.handle, kind, source.handle, weights.handle, bias.handle,
                target.handle, [stride, stride], [padding, padding], [right, right], $1)
        }
    }

    /// False where the convolution is of another kind.
    private mutating func appendWinograd(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value,
        _ convolution: NetworkGraph.Convolution, _ tile: WinogradTile,
        _ format: WinogradFormat
    ) throws -> Bool {
        let filter = convolution.filter
        let input = graph.nodes[convolution.input.index]
        guard let activation = WinogradActivation(convolution.activation),
            [input, node].allSatisfy({
                ($0.layout ?? .native) == WinogradFormat($0.format).layout
            })
        else { return false }
        let kernel = try WinogradConvolution(
            .init(
                tile: tile, source: input.shape, target: node.shape,
                sourceFormat: WinogradFormat(input.format),
                targetFormat: WinogradFormat(node.format), sourceStep: input.scale,
                targetStep: node.scale, productFormat: format, activation: activation,
                addsDestination: convolution.residual != nil, block: layouts.blockSize,
                threads: OpenMP.teamSizeOfThisThread), engine, node.name)
        let prepared = try winogradFilters.filter(filter, kernel.filterLayout) { [engine] in
            let values = try filter.values()
            return PreparedFilter(
                weights: try kernel.prepare(values.weights, of: filter, engine, node.name),
                bias: AlignedBuffer(values.bias, filledUpTo: kernel.outputs))
        }
        steps.append(
            OneDNNStep(
                node.name, kernel,
                try arguments(from: convolution.input, to: value), prepared.weights, prepared.bias,
                operations: filter.operations(node.shape)))
        return true
    }
}
