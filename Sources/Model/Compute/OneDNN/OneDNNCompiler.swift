import COneDNN

/// Turns a graph into oneDNN primitives.
struct OneDNNCompiler {
    let plan: OneDNNPrecisionPlan
    var graph: NetworkGraph { plan.graph }
    let engine: DNNLEngine
    let layouts: OneDNNLayouts
    var steps: [OneDNNStep] = []
    var filters = PreparedFilters<DNNLLayout, PreparedFilter>()
    var winogradFilters = PreparedFilters<WinogradConvolution.FilterLayout, PreparedFilter>()
    var quantisedFilters = PreparedFilters<DNNLLayout, PreparedQuantisedFilter>()
    /// All in one layout.
    var indirectFilters = PreparedFilters<Bool, PreparedQuantisedFilter>()
    /// Nodes whose numbers of one byte stay below ``OneDNNFusion/winogradLimit``.
    var limitedNodes: Set<Int> = []

    init(
        _ plan: OneDNNPrecisionPlan, _ engine: DNNLEngine, _ layouts: OneDNNLayouts
    ) throws(ComputeError) {
        self.plan = plan
        self.engine = engine
        self.layouts = layouts
    }

    mutating func compile() throws -> OneDNNGraph {
        let native = try descriptions()
        let memory = try MemoryPlan(
            graph, byteCount: { native[$0.index].byteCount },
            isDirect: { isDirect($0) })
        var outputs: [DNNLLayout] = []
        for output in graph.outputs {
            let node = graph.nodes[output.value.index]
            outputs.append(
                output.layout == .native
                    ? native[output.value.index]
                    : try layouts.description(node.shape, output.layout))
        }
        for (index, node) in graph.nodes.enumerated() {
            let value = NetworkGraph.Value(index: index)
            try append(node, value)
            if case .convolution(let convolution) = node.operation, let last = steps.indices.last {
                steps[last].shape = convolution.shape(node.shape)
                steps[last].factors = plan.algorithms[index]?.format ?? .float32
            }
            // Copied while it is still in the cache, and before its memory is needed again.
            for (number, output) in graph.outputs.enumerated()
            where output.value == value && !isDirect(output) {
                try appendReorder(output, native[index], to: number, outputs[number])
            }
        }
        return OneDNNGraph(
            engine: engine, layouts: layouts, steps: steps, plan: memory,
            inputSizes: graph.inputs.map { native[$0.value.index].byteCount },
            outputs: outputs, outputShapes: graph.outputs.map { graph.shape(of: $0.value) },
            outputScales: graph.outputs.map {
                $0.layout == .native ? graph.nodes[$0.value.index].scale : 1
            })
    }

    /// Whether a value is computed in the very form that the caller wants.
    private func isDirect(_ output: NetworkGraph.Output) -> Bool {
        let node = graph.nodes[output.value.index]
        return output.layout == .native
            || node.format == .float32 && node.layout == output.layout
    }

    private mutating func appendReorder(
        _ output: NetworkGraph.Output, _ source: DNNLLayout, to index: Int,
        _ target: DNNLLayout
    ) throws(ComputeError) {
        steps.append(
            try OneDNNStep(
                "reorder \(output.name)",
                OneDNNReorder.describe(
                    engine, source, target, "output \(output.name)",
                    scales: [graph.nodes[output.value.index].scale]),
                [
                    .init(DNNL_ARG_FROM, .value(output.value.index), source),
                    .init(DNNL_ARG_TO, .output(index), target),
                ]))
    }

    private func descriptions() throws(ComputeError) -> [DNNLLayout] {
        var result: [DNNLLayout] = []
        for index in graph.nodes.indices {
            result.append(try description(NetworkGraph.Value(index: index)))
        }
        return result
    }

    func description(_ value: NetworkGraph.Value) throws(ComputeError) -> DNNLLayout {
        let node = graph.nodes[value.index]
        if let layout = node.layout {
            return try layouts.description(node.shape, layout, node.format)
        }
        // A conversion leaves the order of the numbers as it is.
        var origin = value
        if case .conversion(let source) = node.operation { origin = source }
        let layout = graph.inputs.first { $0.value == origin }?.layout ?? .native
        return try layouts.description(node.shape, layout, node.format)
    }

    /// What a step reads and writes that has one source.
    func arguments(
        from source: NetworkGraph.Value, to target: NetworkGraph.Value
    ) throws(ComputeError) -> [OneDNNStep.Argument] {
        [
            .init(DNNL_ARG_SRC, .value(source.index), try description(source)),
            .init(DNNL_ARG_DST, .value(target.index), try description(target)),
        ]
    }

    private mutating func append(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value
    ) throws {
        switch node.operation {
        case .input: break
        case .convolution(let convolution): try appendConvolution(node, value, convolution)
        case .deformableColumns(let input, let offsets, let stride):
            try appendDeformableColumns(node, value, input, offsets, stride)
        case .add(let added, let other): try appendAdd(node, value, added, other)
        case .concatenation(let parts): try appendConcatenation(node, value, parts)
        case .maxPool(let input): try appendMaxPool(node, value, input)
        case .conversion(let input): try appendConversion(node, value, input)
        case .resize(let input, let residual, let activation):
            try appendResize(
                node, value, input,
                node.format.isQuantised
                    ? DNNLAttributes(resizeFusion(node, input, residual, activation))
                    : DNNLAttributes(addsDestination: residual != nil, activation: activation))
        }
    }

    private mutating func appendDeformableColumns(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ input: NetworkGraph.Value,
        _ offsets: NetworkGraph.Value, _ stride: Int
    ) throws(ComputeError) {
        let sampler = BlockedDeformableSampler(
            source: graph.shape(of: input), target: node.shape, stride: stride,
            block: layouts.blockSize, threads: OpenMP.teamSizeOfThisThread)
        steps.append(
            OneDNNStep(
                node.name, sampler,
                [
                    .init(DNNL_ARG_SRC_0, .value(input.index), try description(input)),
                    .init(DNNL_ARG_SRC_1, .value(offsets.index), try description(offsets)),
                    .init(DNNL_ARG_DST, .value(value.index), try description(value)),
                ]))
    }

    private mutating func appendAdd(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ added: NetworkGraph.Value,
        _ other: NetworkGraph.Value
    ) throws(ComputeError) {
        let layout = try description(other)
        let source = try description(added)
        let target = try description(value)
        let found = try DNNLPrimitiveDescription.make(
            node.name, additionAttributes(node, added, other)
        ) {
            yv_describe_binary(
                $0, engine.handle, dnnl_binary_add, layout.handle, source.handle, target.handle, $1)
        }
        steps.append(
            try OneDNNStep(
                node.name, found,
                [
                    .init(DNNL_ARG_SRC_0, .value(other.index), layout),
                    .init(DNNL_ARG_SRC_1, .value(added.index), source),
                    .init(DNNL_ARG_DST, .value(value.index), target),
                ]))
    }

    private mutating func appendConcatenation(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ parts: [NetworkGraph.Value]
    ) throws(ComputeError) {
        var sources: [DNNLLayout] = []
        for part in parts { sources.append(try description(part)) }
        let target = try description(value)
        let handles: [yv_layout_t?] = sources.map(\.handle)
        let found = try DNNLPrimitiveDescription.make(node.name, DNNLAttributes()) {
            yv_describe_concatenation(
                $0, engine.handle, target.handle, Int32(handles.count), 1, handles, $1)
        }
        var arguments = [OneDNNStep.Argument(DNNL_ARG_DST, .value(value.index), target)]
        for (index, part) in parts.enumerated() {
            arguments.append(
                .init(
                    DNNL_ARG_MULTIPLE_SRC + Int32(index), .value(part.index), sources[index]))
        }
        steps.append(
            try OneDNNStep(node.name, found, arguments))
    }

    private mutating func appendConversion(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ input: NetworkGraph.Value
    ) throws(ComputeError) {
        let source = try description(input)
        let target = try description(value)
        steps.append(
            try OneDNNStep(
                node.name,
                OneDNNReorder.describe(
                    engine, source, target, node.name,
                    scales: [graph.nodes[input.index].scale / node.scale]),
                [
                    .init(DNNL_ARG_FROM, .value(input.index), source),
                    .init(DNNL_ARG_TO, .value(value.index), target),
                ]))
    }

    private mutating func appendMaxPool(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ input: NetworkGraph.Value
    ) throws(ComputeError) {
        let source = try description(input)
        let target = try description(value)
        let right = Int64((node.shape.width - 1) * 2 + 3 - graph.shape(of: input).width - 1)
        let found = try DNNLPrimitiveDescription.make(node.name, DNNLAttributes()) {
            yv_describe_max_pooling(
                $0, engine.handle, source.handle, target.handle, [2, 2], [3, 3], [1, 1],
                [right, right], $1)
        }
        try appendPlain(node, value, input, found)
    }

    private mutating func appendResize(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ input: NetworkGraph.Value,
        _ attributes: DNNLAttributes
    ) throws(ComputeError) {
        let source = try description(input)
        let target = try description(value)
        let found = try DNNLPrimitiveDescription.make(node.name, attributes) {
            yv_describe_linear_resampling($0, engine.handle, source.handle, target.handle, $1)
        }
        try appendPlain(node, value, input, found)
    }

    private mutating func appendPlain(
        _ node: NetworkGraph.Node, _ value: NetworkGraph.Value, _ input: NetworkGraph.Value,
        _ found: DNNLPrimitiveDescription
    ) throws(ComputeError) {
        steps.append(
            try OneDNNStep(
                node.name, found,
                arguments(from: input, to: value)))
    }
}
