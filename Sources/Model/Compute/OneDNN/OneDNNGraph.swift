import COneDNN

/// One step of a compiled graph and what it reads and writes.
struct OneDNNStep: Sendable {
    var name: String
    var implementation: String
    var operations: Int
    /// Of a convolution, for people; empty for the rest.
    var shape = ""
    /// What a convolution multiplies; nil for the rest.
    var factors: NetworkGraph.Format?
    var action: Action
    var arguments: [Argument]
    var scratchpadSize: Int

    enum Action: Sendable {
        case primitive(DNNLPrimitive)
        /// Ours: oneDNN has no deformable convolution. Arguments: source, offsets, target.
        case deformableColumns(BlockedDeformableSampler)
        /// Ours, where oneDNN's is slow. Arguments: source, target.
        case indirect(
            IndirectConvolution, weights: AlignedBuffer, factors: AlignedBuffer, bias: AlignedBuffer
        )
        /// Ours. Arguments: source, target.
        case winograd(WinogradConvolution, filters: AlignedBuffer, bias: AlignedBuffer)
    }

    init(
        _ name: String, _ description: DNNLPrimitiveDescription, _ arguments: [Argument],
        operations: Int = 0
    ) throws(ComputeError) {
        self.name = name
        self.operations = operations
        implementation = description.implementation
        action = .primitive(try DNNLPrimitive(description, name))
        self.arguments = arguments
        for scales in description.runtimeScales {
            self.arguments.append(
                Argument(scales.argument, .constant(scales.factors), scales.layout))
        }
        let scratchpad = try description.scratchpad()
        scratchpadSize = scratchpad?.byteCount ?? 0
        if let scratchpad {
            self.arguments.append(Argument(DNNL_ARG_SCRATCHPAD, .scratchpad, scratchpad))
        }
    }

    init(_ name: String, _ sampler: BlockedDeformableSampler, _ arguments: [Argument]) {
        self.name = name
        operations = 0
        implementation = sampler.implementation
        action = .deformableColumns(sampler)
        scratchpadSize = sampler.scratchpadSize
        self.arguments = arguments
    }

    init(
        _ name: String, _ convolution: WinogradConvolution, _ arguments: [Argument],
        _ filters: AlignedBuffer, _ bias: AlignedBuffer, operations: Int
    ) {
        self.name = name
        self.operations = operations
        implementation = convolution.implementation
        action = .winograd(convolution, filters: filters, bias: bias)
        scratchpadSize = convolution.scratchpadSize
        self.arguments = arguments
    }

    init(
        _ name: String, _ convolution: IndirectConvolution, _ arguments: [Argument],
        weights: AlignedBuffer, factors: AlignedBuffer, bias: AlignedBuffer, operations: Int
    ) {
        self.name = name
        self.operations = operations
        implementation = convolution.implementation
        action = .indirect(convolution, weights: weights, factors: factors, bias: bias)
        scratchpadSize = convolution.scratchpadSize
        self.arguments = arguments
    }

    struct Argument: Sendable {
        var role: Int32
        var place: Place
        var layout: DNNLLayout

        init(_ role: Int32, _ place: Place, _ layout: DNNLLayout) {
            self.role = role
            self.place = place
            self.layout = layout
        }
    }

    enum Place: Sendable {
        /// Wherever the memory plan puts the value of that node.
        case value(Int)
        /// The caller's output buffer of that index.
        case output(Int)
        /// Prepared weights.
        case constant(AlignedBuffer)
        /// Working memory of the context, shared by all steps.
        case scratchpad
    }
}

/// A graph compiled for oneDNN.
struct OneDNNGraph: CompiledGraph {
    let engine: DNNLEngine
    let layouts: OneDNNLayouts
    let steps: [OneDNNStep]
    let plan: MemoryPlan
    let inputSizes: [Int]
    let outputs: [DNNLLayout]
    let outputShapes: [NetworkGraph.Shape]
    /// What a stored 1 of each output stands for.
    let outputScales: [Float]

    var outputSizes: [Int] { outputs.map(\.byteCount) }

    var layers: [LayerDescription] {
        steps.map {
            LayerDescription(
                name: $0.name, implementation: $0.implementation, operations: $0.operations,
                shape: $0.shape, precision: $0.factors?.precision)
        }
    }

    /// The arena, then the scratchpad of whichever step runs.
    var workspaceSize: Int { scratchpadOffset + (steps.map(\.scratchpadSize).max() ?? 0) }

    var scratchpadOffset: Int { AlignedBuffer.aligned(plan.arenaSize) }

    func makeContext(workspace: AlignedBuffer) throws(ComputeError) -> any GraphContext {
        try OneDNNContext(self, workspace)
    }

    func copyToChannelsFirst(
        output index: Int, _ source: AlignedBuffer, into target: AlignedBuffer
    ) throws(ComputeError) {
        let plain = try layouts.description(outputShapes[index], .channelsFirst)
        let reorder = try OneDNNReorder(
            engine, outputs[index], plain, "an output", scales: [outputScales[index]])
        try reorder.copy(UnsafeRawBufferPointer(source.bytes), to: target)
    }
}
