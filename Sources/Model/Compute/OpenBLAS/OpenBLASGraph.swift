import Dispatch

/// A graph prepared for OpenBLAS: the graph itself and where its values live.
struct OpenBLASGraph: CompiledGraph {
    let graph: NetworkGraph
    let library: OpenBLASLibrary
    let threads: Int
    let plan: MemoryPlan
    /// The parameters, by filter.
    let filters: [ObjectIdentifier: NetworkGraph.Filter.Values]

    init(_ graph: NetworkGraph, _ library: OpenBLASLibrary, threads: Int) throws {
        var filters: [ObjectIdentifier: NetworkGraph.Filter.Values] = [:]
        for case .convolution(let convolution) in graph.nodes.map(\.operation)
        where filters[ObjectIdentifier(convolution.filter)] == nil {
            filters[ObjectIdentifier(convolution.filter)] = try convolution.filter.values()
        }
        self.filters = filters
        self.graph = graph
        self.library = library
        self.threads = threads
        plan = try MemoryPlan(
            graph,
            byteCount: { graph.shape(of: $0).elementCount * MemoryLayout<Float>.stride },
            isDirect: { $0.layout != .channelsLast })
    }

    var inputSizes: [Int] { graph.inputs.map { byteCount($0.value) } }
    var outputSizes: [Int] { graph.outputs.map { byteCount($0.value) } }

    var layers: [LayerDescription] {
        graph.nodes.compactMap { node in
            switch node.operation {
            case .input: nil
            case .convolution(let convolution):
                LayerDescription(
                    name: node.name, implementation: "im2col+sgemm:\(library.coreName)",
                    operations: convolution.filter.operations(node.shape),
                    shape: convolution.shape(node.shape), precision: .float32)
            case .add, .maxPool, .resize, .deformableColumns, .concatenation, .conversion:
                LayerDescription(name: node.name, implementation: "plain", operations: 0)
            }
        }
    }

    private func byteCount(_ value: NetworkGraph.Value) -> Int {
        graph.shape(of: value).elementCount * MemoryLayout<Float>.stride
    }

    var workspaceSize: Int { plan.arenaSize }

    func makeContext(workspace: AlignedBuffer) throws(ComputeError) -> any GraphContext {
        OpenBLASContext(self, workspace)
    }

    func copyToChannelsFirst(
        output index: Int, _ source: AlignedBuffer, into target: AlignedBuffer
    ) throws(ComputeError) {
        target.bytes.copyMemory(from: UnsafeRawBufferPointer(source.bytes))
    }
}

/// The memory of one run at a time.
final class OpenBLASContext: GraphContext {
    private let compiled: OpenBLASGraph
    private let arena: AlignedBuffer
    private let convolution: Im2ColConvolution

    init(_ compiled: OpenBLASGraph, _ workspace: AlignedBuffer) {
        precondition(workspace.bytes.count >= compiled.workspaceSize)
        self.compiled = compiled
        arena = workspace
        convolution = Im2ColConvolution(compiled.library, threads: compiled.threads)
    }

    func run(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError) {
        for index in compiled.graph.nodes.indices { execute(index, inputs, outputs) }
    }

    func profile(
        inputs: [AlignedBuffer], outputs: [AlignedBuffer]
    ) throws(ComputeError) -> [UInt64] {
        var times: [UInt64] = []
        for index in compiled.graph.nodes.indices {
            if case .input = compiled.graph.nodes[index].operation { continue }
            let start = DispatchTime.now().uptimeNanoseconds
            execute(index, inputs, outputs)
            times.append(DispatchTime.now().uptimeNanoseconds - start)
        }
        return times
    }

    private func execute(_ index: Int, _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]) {
        let node = compiled.graph.nodes[index]
        func values(_ value: NetworkGraph.Value) -> UnsafeMutableBufferPointer<Float> {
            storage(value, inputs, outputs)
        }
        let target = values(NetworkGraph.Value(index: index))
        switch node.operation {
        case .input: break
        case .convolution(let layer):
            guard let parameters = compiled.filters[ObjectIdentifier(layer.filter)] else { return }
            convolution.run(
                layer, parameters, source: values(layer.input),
                compiled.graph.shape(of: layer.input), target: target, node.shape)
        case .deformableColumns(let input, let offsets, let stride):
            PlainOperations.deformableColumns(
                values(input), compiled.graph.shape(of: input), offsets: values(offsets),
                stride: stride, into: target, node.shape)
        case .add(let value, _):
            // The target lies where the other one does.
            for (index, added) in values(value).enumerated() { target[index] += added }
        case .concatenation(let parts):
            var start = 0
            for part in parts.map(values) {
                for (index, value) in part.enumerated() { target[start + index] = value }
                start += part.count
            }
        case .conversion(let value):
            // All values are float32 here.
            _ = target.update(fromContentsOf: values(value))
        case .maxPool(let input):
            PlainOperations.maxPool(
                values(input), compiled.graph.shape(of: input), into: target, node.shape)
        case .resize(let input, let residual, let activation):
            PlainOperations.resize(
                values(input), compiled.graph.shape(of: input), into: target, node.shape,
                addsTarget: residual != nil, activation: activation)
        }
        copyOut(NetworkGraph.Value(index: index), inputs, outputs)
    }

    /// Copies a value into the outputs that want it in another layout.
    private func copyOut(
        _ value: NetworkGraph.Value, _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]
    ) {
        for (index, output) in compiled.graph.outputs.enumerated()
        where output.value == value && output.layout == .channelsLast {
            PlainOperations.transpose(
                storage(value, inputs, outputs), compiled.graph.shape(of: value),
                into: outputs[index].floats)
        }
    }

    private func storage(
        _ value: NetworkGraph.Value, _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]
    ) -> UnsafeMutableBufferPointer<Float> {
        let count = compiled.graph.shape(of: value).elementCount
        switch compiled.plan.places[value.index] {
        case .input(let index): return inputs[index].floats
        case .output(let index): return outputs[index].floats
        case .arena(let offset):
            let bytes = arena.bytes[offset..<offset + count * MemoryLayout<Float>.stride]
            return UnsafeMutableRawBufferPointer(rebasing: bytes).bindMemory(to: Float.self)
        }
    }
}
