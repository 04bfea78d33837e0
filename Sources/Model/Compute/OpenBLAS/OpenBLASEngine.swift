/// Runs networks as im2col and matrix products on OpenBLAS, every value [channels, height, width].
///
/// The plain reference beside oneDNN: nothing is fused but the bias, sum and activation that follow a
/// product, and no layout is rearranged.
struct OpenBLASEngine: ComputeEngine {
    private let library: OpenBLASLibrary
    private let threads: Int

    init(threads: Int) throws(ComputeError) {
        library = try OpenBLASLibrary.shared.get()
        self.threads = threads
    }

    /// Name of the kernels that OpenBLAS runs.
    var coreName: String { library.coreName }

    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph {
        try OpenBLASGraph(graph, library, threads: threads)
    }

    func multiplyTransposed(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
        m: Int, n: Int, k: Int
    ) throws(ComputeError) {
        library.multiply(
            m: m, n: n, k: k, a: a, aStride: k, b: b, bStride: k, transposesB: true, beta: 0, c: c,
            cStride: n)
    }
}
