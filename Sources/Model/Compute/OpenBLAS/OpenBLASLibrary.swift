import COpenBLAS
import Foundation

/// OpenBLAS, loaded at run time.
///
/// OpenBLAS picks its kernels once, when it is loaded, and releases that do not know a CPU fall back to
/// older kernels (0.3.21 takes AVX2 ones on AVX-512 CPUs from AMD, at half the speed). The variable that
/// overrules the choice must be set before, so the library is not linked but loaded here. A value that the
/// user has set is left alone.
struct OpenBLASLibrary: Sendable {
    private typealias MatrixProduct =
        @convention(c) (
            CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, Int32, Int32, Int32, Float,
            UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
            UnsafeMutablePointer<Float>, Int32
        ) -> Void

    /// Name of the kernels in use, such as `SkylakeX`.
    let coreName: String
    /// Version of the library, such as `0.3.21`.
    let version: String
    private let product: MatrixProduct

    /// The library, loaded at first use.
    static let shared = Result { () throws(ComputeError) in try OpenBLASLibrary() }

    private init() throws(ComputeError) {
        if OneDNNCapabilities.current.blockSize == 16 {
            setenv("OPENBLAS_CORETYPE", "SkylakeX", 0)
        }
        guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) else {
            throw Self.unavailable()
        }
        typealias SetThreads = @convention(c) (Int32) -> Void
        typealias Text = @convention(c) () -> UnsafePointer<CChar>?
        product = try Self.function("cblas_sgemm", library)
        // The engine splits the work itself and calls from its own threads.
        let setThreads: SetThreads = try Self.function("openblas_set_num_threads", library)
        setThreads(1)
        let name: Text = try Self.function("openblas_get_corename", library)
        coreName = name().map { String(cString: $0) } ?? "unknown"
        // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
        let configuration: Text = try Self.function("openblas_get_config", library)
        let words = configuration().map { String(cString: $0) }?.split(separator: " ") ?? []
        version = words.count > 1 && words[0] == "OpenBLAS" ? String(words[1]) : "unknown"
    }

    private static func function<Function>(
        _ name: String, _ library: UnsafeMutableRawPointer
    ) throws(ComputeError) -> Function {
        guard let symbol = dlsym(library, name) else { throw unavailable() }
        return unsafeBitCast(symbol, to: Function.self)
    }

    private static func unavailable() -> ComputeError {
        .unavailable(
            library: "OpenBLAS",
            reason: dlerror().map { String(cString: $0) } ?? "it could not be loaded")
    }

    /// C = alpha-free product of row-major matrices, C = A B or A B^T, plus beta C.
    func multiply(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aStride: Int, b: UnsafePointer<Float>,
        bStride: Int, transposesB: Bool = false, beta: Float, c: UnsafeMutablePointer<Float>,
        cStride: Int
    ) {
        product(
            CblasRowMajor, CblasNoTrans, transposesB ? CblasTrans : CblasNoTrans, Int32(m),
            Int32(n),
            Int32(k), 1, a, Int32(aStride), b, Int32(bStride), beta, c, Int32(cStride))
    }
}
