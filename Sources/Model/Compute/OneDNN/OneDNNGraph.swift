import COneDNN
import Dispatch

/// One primitive of a compiled graph and what it reads and writes.
struct OneDNNStep: Sendable {
    var name: String
    var implementation: String
    var operations: Int
    var primitive: DNNLPrimitive
    var arguments: [Argument]
    var scratchpadSize: Int

    init(
        _ name: String, _ description: DNNLPrimitiveDescription, _ arguments: [Argument],
        operations: Int = 0
    ) throws(ComputeError) {
        self.name = name
        self.operations = operations
        implementation = description.implementation
        primitive = try DNNLPrimitive(description, name)
        scratchpadSize = description.scratchpadSize
        self.arguments = arguments
        if let layout = description.layout(dnnl_query_scratchpad_md), scratchpadSize > 0 {
            self.arguments.append(Argument(DNNL_ARG_SCRATCHPAD, .scratchpad, layout))
        }
    }

    struct Argument: Sendable {
        var role: Int32
        var place: Place
        var layout: dnnl_memory_desc_t

        init(_ role: Int32, _ place: Place, _ layout: dnnl_memory_desc_t) {
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
    let outputs: [dnnl_memory_desc_t]
    let outputShapes: [NetworkGraph.Shape]

    var outputSizes: [Int] { outputs.map(OneDNNLayouts.byteCount) }

    var layers: [LayerDescription] {
        steps.map {
            LayerDescription(
                name: $0.name, implementation: $0.implementation, operations: $0.operations)
        }
    }

    /// The arena, then the scratchpad of whichever step runs.
    var workspaceSize: Int { scratchpadOffset + (steps.map(\.scratchpadSize).max() ?? 0) }

    fileprivate var scratchpadOffset: Int { AlignedBuffer.aligned(plan.arenaSize) }

    func makeContext(workspace: AlignedBuffer) throws(ComputeError) -> any GraphContext {
        try OneDNNContext(self, workspace)
    }

    func copyToChannelsFirst(
        output index: Int, _ source: AlignedBuffer, into target: AlignedBuffer
    ) throws(ComputeError) {
        let plain = try layouts.description(outputShapes[index], .channelsFirst)
        try OneDNNReorder.copy(engine, source, outputs[index], to: target, plain, "an output")
    }
}

/// The memory objects and the argument lists of one run at a time.
final class OneDNNContext: GraphContext {
    private let stream: DNNLStream
    private let workspace: AlignedBuffer
    private let steps: [(step: OneDNNStep, arguments: [dnnl_exec_arg_t])]
    private let memories: [DNNLMemory]
    /// Memory objects that point into the caller's buffers and are set for each run.
    private let inputs: [(index: Int, memory: DNNLMemory)]
    private let outputs: [(index: Int, memory: DNNLMemory)]

    init(_ graph: OneDNNGraph, _ workspace: AlignedBuffer) throws(ComputeError) {
        precondition(workspace.bytes.count >= graph.workspaceSize)
        self.workspace = workspace
        stream = try DNNLStream(graph.engine)
        let base = workspace.bytes.baseAddress
        var memories: [DNNLMemory] = []
        var inputs: [(Int, DNNLMemory)] = []
        var outputs: [(Int, DNNLMemory)] = []
        var steps: [(OneDNNStep, [dnnl_exec_arg_t])] = []
        for step in graph.steps {
            var arguments: [dnnl_exec_arg_t] = []
            for argument in step.arguments {
                var data: UnsafeMutableRawPointer?
                var input: Int?
                var output: Int?
                switch argument.place {
                case .constant(let buffer): data = buffer.bytes.baseAddress
                case .scratchpad: data = base.map { $0 + graph.scratchpadOffset }
                case .output(let index): output = index
                case .value(let node):
                    switch graph.plan.places[node] {
                    case .input(let index): input = index
                    case .output(let index): output = index
                    case .arena(let offset): data = base.map { $0 + offset }
                    }
                }
                let memory = try DNNLMemory(graph.engine, argument.layout, data)
                memories.append(memory)
                if let input { inputs.append((input, memory)) }
                if let output { outputs.append((output, memory)) }
                arguments.append(dnnl_exec_arg_t(arg: argument.role, memory: memory.handle))
            }
            steps.append((step, arguments))
        }
        self.memories = memories
        self.inputs = inputs
        self.outputs = outputs
        self.steps = steps
    }

    func run(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError) {
        try bind(inputs, outputs)
        for (step, arguments) in steps {
            try step.primitive.execute(stream, arguments, step.name)
        }
        try check(dnnl_stream_wait(stream.handle), "waiting for the network")
    }

    func profile(
        inputs: [AlignedBuffer], outputs: [AlignedBuffer]
    ) throws(ComputeError) -> [UInt64] {
        try bind(inputs, outputs)
        var times: [UInt64] = []
        for (step, arguments) in steps {
            let start = DispatchTime.now().uptimeNanoseconds
            try step.primitive.execute(stream, arguments, step.name)
            try check(dnnl_stream_wait(stream.handle), "waiting for \(step.name)")
            times.append(DispatchTime.now().uptimeNanoseconds - start)
        }
        return times
    }

    private func bind(
        _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]
    ) throws(ComputeError) {
        for (index, memory) in self.inputs {
            guard let data = inputs[index].bytes.baseAddress else { continue }
            try memory.point(at: data)
        }
        for (index, memory) in self.outputs {
            guard let data = outputs[index].bytes.baseAddress else { continue }
            try memory.point(at: data)
        }
    }
}
