import COneDNN

/// Runs networks on Intel oneDNN.
struct OneDNNEngine: ComputeEngine {
    let engine: DNNLEngine
    let layouts = OneDNNLayouts()
    private let capabilities = OneDNNCapabilities.current
    /// What convolutions compute in where that is faster than float32.
    let format: NetworkGraph.Format
    /// What computes in one byte, if anything.
    let quantisation: Quantisation?
    /// What was measured; nil to choose algorithms by rule.
    let tuning: ConvolutionTuning?

    /// What the CPU has no kernels for is computed in float32.
    init(
        _ format: NetworkGraph.Format, _ quantisation: Quantisation? = nil,
        _ tuning: ConvolutionTuning? = nil
    ) throws(ComputeError) {
        engine = try DNNLEngine()
        self.format = capabilities.bfloat16 == .none ? .float32 : format
        self.quantisation = capabilities.integers == .none ? nil : quantisation
        self.tuning = tuning
    }

    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph {
        let plan =
            try quantisation.map {
                try OneDNNQuantisedPlan.make(graph, format, $0, capabilities, choose: choose)
            }
            ?? OneDNNPrecisionPlan(graph, format, choose: choose)
        var compiler = try OneDNNCompiler(plan, engine, layouts)
        return try compiler.compile()
    }

    private func choose(_ problem: ConvolutionProblem) throws -> OneDNNAlgorithm {
        guard let tuning, problem.candidates.count > 1 else {
            return OneDNNAlgorithmRule.choose(problem)
        }
        return try tuning.algorithm(for: problem, threads: OpenMP.teamSizeOfThisThread) {
            try AlgorithmTimer(engine: engine, layouts: layouts).fastest(for: $0)
        }
    }

    func multiplyTransposed(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
        m: Int, n: Int, k: Int
    ) throws(ComputeError) {
        try check(
            dnnl_sgemm(
                CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")), Int64(m), Int64(n), Int64(k), 1,
                a, Int64(k), b, Int64(k), 0, c, Int64(n)),
            "multiplying matrices")
    }
}
