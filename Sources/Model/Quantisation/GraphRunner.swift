/// A graph compiled for one purpose, with memory of its own for what goes in and out.
struct GraphRunner {
    let compiled: any CompiledGraph
    let outputs: [AlignedBuffer]
    private let graph: GraphRun

    init(_ graph: NetworkGraph, _ engine: any ComputeEngine, _ thread: ComputeThread) throws {
        let compiled = try thread.run { () throws in try engine.compile(graph) }
        self.compiled = compiled
        outputs = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
        self.graph = GraphRun(
            try compiled.makeContext(
                workspace: AlignedBuffer(byteCount: compiled.workspaceSize)), thread)
    }

    func run(_ inputs: [AlignedBuffer], into outputs: [AlignedBuffer]? = nil) throws {
        try graph.run(inputs: inputs, outputs: outputs ?? self.outputs)
    }
}
