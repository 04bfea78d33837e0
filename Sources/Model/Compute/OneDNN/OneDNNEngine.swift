import COneDNN

/// Runs networks on Intel oneDNN.
struct OneDNNEngine: ComputeEngine {
    let engine: DNNLEngine
    let layouts = OneDNNLayouts()
    /// What convolutions compute in where that is faster than float32.
    let format: NetworkGraph.Format

    init(_ format: NetworkGraph.Format) throws(ComputeError) {
        engine = try DNNLEngine()
        self.format = format
    }

    /// Whether the CPU multiplies bfloat16 itself; oneDNN also emulates it, slower than float32.
    static var hasBFloat16: Bool {
        let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
        return dnnl_get_effective_cpu_isa().rawValue & needed == needed
    }

    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph {
        var compiler = try OneDNNCompiler(OneDNNPrecisionPlan(graph, format), engine, layouts)
        return try compiler.compile()
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
