import COneDNN

/// Runs networks on Intel oneDNN.
struct OneDNNEngine: ComputeEngine {
    let engine: DNNLEngine
    let layouts = OneDNNLayouts()

    init() throws(ComputeError) { engine = try DNNLEngine() }

    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph {
        var compiler = try OneDNNCompiler(graph, engine, layouts)
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
