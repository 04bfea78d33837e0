import COneDNN

/// Runs networks on Intel oneDNN.
struct OneDNNEngine: ComputeEngine {
    let engine: DNNLEngine
    let layouts = OneDNNLayouts()
    /// What convolutions compute in where that is faster than float32.
    let format: NetworkGraph.Format
    /// What computes in one byte, if anything.
    let quantisation: Quantisation?
    /// What was measured; nil to choose algorithms by rule.
    let tuning: ConvolutionTuning?

    init(
        _ format: NetworkGraph.Format, _ quantisation: Quantisation? = nil,
        _ tuning: ConvolutionTuning? = nil
    ) throws(ComputeError) {
        engine = try DNNLEngine()
        self.format = format
        self.quantisation = quantisation
        self.tuning = tuning
    }

    /// Whether the CPU multiplies bfloat16 itself; oneDNN also emulates it, slower than float32.
    static var hasBFloat16: Bool {
        let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
        return dnnl_get_effective_cpu_isa().rawValue & needed == needed
    }

    /// Whether the CPU has products of numbers of one byte with sums in 32 bits (VNNI) and AVX-512, which the
    /// rules here were measured with.
    static var hasIntegerProducts: Bool {
        let needed = dnnl_cpu_isa_avx512_core_vnni.rawValue
        return dnnl_get_effective_cpu_isa().rawValue & needed == needed
    }

    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph {
        let plan =
            try quantisation.map { try OneDNNQuantisedPlan.make(graph, format, $0, choose: choose) }
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
