import Dispatch

/// Times the algorithms that a convolution may use.
struct AlgorithmTimer {
    let engine: DNNLEngine
    let layouts: OneDNNLayouts

    /// The fastest, measured on the calling thread's team.
    func fastest(for problem: ConvolutionProblem) throws -> OneDNNAlgorithm {
        var best: (algorithm: OneDNNAlgorithm, nanoseconds: UInt64)?
        for algorithm in problem.candidates {
            let time = try nanoseconds(of: algorithm, problem, limit: best?.nanoseconds)
            if time < best?.nanoseconds ?? .max { best = (algorithm, time) }
        }
        return best?.algorithm ?? .direct(problem.narrow)
    }

    /// The shortest of some runs; one run if that is hopeless already.
    private func nanoseconds(
        of algorithm: OneDNNAlgorithm, _ problem: ConvolutionProblem, limit: UInt64?
    ) throws -> UInt64 {
        var compiler = try OneDNNCompiler(plan(algorithm, problem), engine, layouts)
        let compiled = try compiler.compile()
        let context = try compiled.makeContext(
            workspace: AlignedBuffer(byteCount: compiled.workspaceSize))
        let inputs = compiled.inputSizes.map(AlignedBuffer.init(byteCount:))
        let outputs = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
        var shortest = UInt64.max
        for run in 0..<6 {
            let start = DispatchTime.now().uptimeNanoseconds
            try context.run(inputs: inputs, outputs: outputs)
            let time = DispatchTime.now().uptimeNanoseconds - start
            // The first run touches the memory.
            if run > 0 { shortest = min(shortest, time) }
            if let limit, run > 0, shortest > 2 * limit { break }
        }
        return shortest
    }

    /// What is timed.
    func plan(
        _ algorithm: OneDNNAlgorithm, _ problem: ConvolutionProblem
    ) -> OneDNNPrecisionPlan {
        let graph = graph(problem)
        guard problem.format.isQuantised else {
            // What is exact reads and writes float32 in the network, too.
            let format = problem.isExact ? .float32 : problem.format
            return OneDNNPrecisionPlan(graph, format) { _ in algorithm }
        }
        // Bytes in, bytes out.
        let step = Quantisation.Value(scale: 1, isSigned: problem.format == .int8)
        let names = graph.nodes.map(\.name) + graph.outputs.map(\.name)
        let quantisation = Quantisation(
            calibration: .init(
                video: "", contentHash: "", frames: 0, criterion: "", threshold: 0),
            values: Dictionary(names.map { ($0, step) }) { first, _ in first },
            convolutions: ["timed": algorithm == .quantisedWinograd ? .winograd : .direct])
        return OneDNNQuantisedPlan.make(graph, .float32, quantisation) { _ in algorithm }
    }

    /// The convolution alone, its values in the format that the layers around it will have.
    private func graph(_ problem: ConvolutionProblem) -> NetworkGraph {
        var graph = NetworkGraph()
        let filter = NetworkGraph.Filter(
            inputChannels: problem.source.channels, outputChannels: problem.target.channels,
            kernel: problem.kernel, groups: problem.groups
        ) {
            let taps = problem.source.channels / problem.groups * problem.kernel * problem.kernel
            return .init(
                weights: Array(repeating: 1 / Float(taps), count: problem.target.channels * taps),
                bias: Array(repeating: 0, count: problem.target.channels))
        }
        // The planes of an image are read as they are; blocked by channels they would be half empty.
        let layout: NetworkGraph.Layout = problem.source.channels < 8 ? .channelsFirst : .native
        let input = graph.input("input", shape: problem.source, layout: layout)
        let result = graph.convolution(
            "timed", input, filter, stride: problem.stride, padding: problem.padding,
            activation: problem.activation)
        graph.output("output", result, layout: .native)
        return graph
    }
}
