import COneDNN
import Dispatch

/// The memory objects and the argument lists of one run at a time.
final class OneDNNContext: GraphContext {
    /// Owns the constants that the memory objects point at.
    private let graph: OneDNNGraph
    private let stream: DNNLStream
    private let workspace: AlignedBuffer
    private let steps: [Step]
    private let memories: [DNNLMemory]
    /// Memory objects that point into the caller's buffers and are set for each run.
    private let inputs: [(index: Int, memory: DNNLMemory)]
    private let outputs: [(index: Int, memory: DNNLMemory)]

    init(_ graph: OneDNNGraph, _ workspace: AlignedBuffer) throws(ComputeError) {
        precondition(workspace.bytes.count >= graph.workspaceSize)
        self.graph = graph
        self.workspace = workspace
        stream = try DNNLStream(graph.engine)
        let base = workspace.bytes.baseAddress
        var memories: [DNNLMemory] = []
        var inputs: [(Int, DNNLMemory)] = []
        var outputs: [(Int, DNNLMemory)] = []
        var steps: [Step] = []
        for step in graph.steps {
            let first = memories.count
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
            }
            steps.append(
                try Step(
                    step, graph.engine, memories[first...],
                    scratchpad: base.map { $0 + graph.scratchpadOffset }))
        }
        self.memories = memories
        self.inputs = inputs
        self.outputs = outputs
        self.steps = steps
    }

    func run(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError) {
        try bind(inputs, outputs)
        for step in steps { try step.run(stream) }
        try check(dnnl_stream_wait(stream.handle), "waiting for the network")
    }

    func profile(
        inputs: [AlignedBuffer], outputs: [AlignedBuffer]
    ) throws(ComputeError) -> [UInt64] {
        try bind(inputs, outputs)
        var times: [UInt64] = []
        for step in steps {
            let start = DispatchTime.now().uptimeNanoseconds
            try step.run(stream)
            try check(dnnl_stream_wait(stream.handle), "waiting for a layer")
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

/// A step with the memory that it works on.
private struct Step {
    private let name: String
    private let action: Action

    private enum Action {
        case primitive(DNNLPrimitive, [dnnl_exec_arg_t])
        case deformableColumns(
            BlockedDeformableSampler, [DNNLMemory], scratchpad: UnsafeMutableRawPointer)
        case winograd(WinogradRun, source: DNNLMemory, target: DNNLMemory)
        case indirect(
            IndirectConvolution, weights: AlignedBuffer, factors: AlignedBuffer,
            bias: AlignedBuffer, [DNNLMemory], scratchpad: UnsafeMutableRawPointer)
    }

    init(
        _ step: OneDNNStep, _ engine: DNNLEngine, _ memories: ArraySlice<DNNLMemory>,
        scratchpad: UnsafeMutableRawPointer?
    ) throws(ComputeError) {
        name = step.name
        let memories = Array(memories)
        switch step.action {
        case .primitive(let primitive):
            action = .primitive(
                primitive,
                zip(step.arguments, memories).map {
                    dnnl_exec_arg_t(arg: $0.role, memory: $1.handle)
                })
        case .deformableColumns(let sampler):
            guard let scratchpad else { preconditionFailure("a workspace without memory") }
            action = .deformableColumns(sampler, memories, scratchpad: scratchpad)
        case .indirect(let convolution, let weights, let factors, let bias):
            guard let scratchpad else { preconditionFailure("a workspace without memory") }
            action = .indirect(
                convolution, weights: weights, factors: factors, bias: bias, memories,
                scratchpad: scratchpad)
        case .winograd(let convolution, let filters, let bias):
            guard let scratchpad else { preconditionFailure("a workspace without memory") }
            action = .winograd(
                try WinogradRun(
                    convolution, engine, filters: filters, bias: bias, scratchpad: scratchpad,
                    step.name), source: memories[0], target: memories[1])
        }
    }

    func run(_ stream: DNNLStream) throws(ComputeError) {
        switch action {
        case .primitive(let primitive, let arguments):
            try primitive.execute(stream, arguments, name)
        case .winograd(let run, let source, let target):
            try run.execute(from: source.bytes(), to: target.bytes())
        case .indirect(
            let convolution, let weights, let factors, let bias, let memories, let scratchpad):
            guard let weights = weights.bytes.baseAddress,
                let factors = factors.floats.baseAddress, let bias = bias.floats.baseAddress
            else { return }
            convolution.run(
                .init(
                    source: try memories[0].bytes(), target: try memories[1].bytes(),
                    weights: UnsafeRawPointer(weights), factors: factors, bias: bias,
                    scratchpad: scratchpad))
        case .deformableColumns(let sampler, let memories, let scratchpad):
            // oneDNN on OpenMP runs a primitive within the call, so what comes before is done.
            OpenMP.run(
                sampler.makeWork(
                    .init(
                        source: try memories[0].floats(), offsets: try memories[1].floats(),
                        target: try memories[2].floats(), scratchpad: scratchpad)))
        }
    }
}
