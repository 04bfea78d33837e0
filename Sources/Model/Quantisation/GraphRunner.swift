/// A graph compiled for one purpose, with memory of its own for what goes in and out.
struct GraphRunner {
    let compiled: any CompiledGraph
    let outputs: [AlignedBuffer]
    private let context: any GraphContext
    private let thread: ComputeThread

    init(_ graph: NetworkGraph, _ engine: any ComputeEngine, _ thread: ComputeThread) throws {
        let compiled = try thread.run { () throws in try engine.compile(graph) }
        self.compiled = compiled
        self.thread = thread
        outputs = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
        context = try compiled.makeContext(
            workspace: AlignedBuffer(byteCount: compiled.workspaceSize))
    }

    func run(_ inputs: [AlignedBuffer], into outputs: [AlignedBuffer]? = nil) throws {
        try thread.run { [context, own = self.outputs] () throws(ComputeError) in
            try context.run(inputs: inputs, outputs: outputs ?? own)
        }
    }
}
