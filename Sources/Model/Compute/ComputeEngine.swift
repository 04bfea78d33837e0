/// A library that runs networks.
protocol ComputeEngine: Sendable {
    /// Prepares a graph: chooses algorithms, lays out the weights, plans the memory.
    ///
    /// Call it on the ``ComputeThread`` (or one with as many threads) that the network will run on, as
    /// libraries choose by the number of threads. Throws ``ComputeError`` and what reading weights throws.
    func compile(_ graph: NetworkGraph) throws -> any CompiledGraph

    /// C = A B^T for row-major A [m, k], B [n, k], C [m, n], on the calling thread.
    func multiplyTransposed(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
        m: Int, n: Int, k: Int) throws(ComputeError)
}

/// A prepared graph. It holds the weights and is shared; the memory of a run is in its contexts.
protocol CompiledGraph: Sendable {
    /// Bytes of each input and output in the order of the graph.
    var inputSizes: [Int] { get }
    var outputSizes: [Int] { get }
    /// What was chosen for each layer, for people to read.
    var layers: [LayerDescription] { get }

    /// Bytes of working memory that a run needs; nothing in it outlives the run.
    var workspaceSize: Int { get }

    /// Prepares to run one at a time.
    ///
    /// - Parameter workspace: At least ``workspaceSize`` bytes. Graphs that never run at the same time may
    ///   share it.
    func makeContext(workspace: AlignedBuffer) throws(ComputeError) -> any GraphContext
    /// Copies a value from the native layout to [channels, height, width].
    func copyToChannelsFirst(
        output index: Int, _ source: AlignedBuffer, into target: AlignedBuffer
    ) throws(ComputeError)
}

/// The memory of one run at a time of a compiled graph; used by one thread at a time.
protocol GraphContext: AnyObject {
    /// Runs the graph; the buffers are as large as the compiled graph says.
    func run(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError)
    /// Runs it and gives the nanoseconds spent in each of the compiled graph's layers.
    func profile(
        inputs: [AlignedBuffer], outputs: [AlignedBuffer]
    ) throws(ComputeError) -> [UInt64]
}

/// What an engine made of one layer.
public struct LayerDescription: Sendable {
    /// Name of the layer, as in the checkpoint where it has weights.
    public var name: String
    /// The library's name for the chosen algorithm, such as `jit_wino_4x3:avx512_core`.
    public var implementation: String
    /// Floating-point operations of one run (a multiply-add is two), counted as a direct convolution.
    public var operations: Int
    /// Of a convolution: kernel, stride if it is not 1, channels in and out, size of the result, as
    /// `3 x 3 / 2, 256 to 512, 35 x 35`; empty for the rest.
    public var shape = ""
    /// What a convolution multiplies; nil for the rest.
    public var precision: ComputePrecision?
}

/// The libraries a network can run on.
public enum EngineKind: String, Sendable, CaseIterable {
    /// Intel oneDNN: fused, blocked convolutions. The default.
    case oneDNN = "onednn"
    /// OpenBLAS: im2col and matrix products. The plain reference.
    case openBLAS = "openblas"

    func make(
        threads: Int, format: NetworkGraph.Format = .float32, quantisation: Quantisation? = nil,
        tuning: ConvolutionTuning? = nil
    ) throws(ComputeError) -> any ComputeEngine {
        switch self {
        case .oneDNN: try OneDNNEngine(format, quantisation, tuning)
        case .openBLAS: try OpenBLASEngine(threads: threads)
        }
    }
}

/// A failure of a compute library.
public enum ComputeError: Error, Equatable, CustomStringConvertible {
    /// A call returned a status other than success.
    case library(name: String, operation: String, status: String)
    /// A library or a function in it is not there.
    case unavailable(library: String, reason: String)
    /// The network does not follow the rules of the engine: a defect of this program.
    case invalidGraph(String)

    /// One line.
    public var description: String {
        switch self {
        case .library(let name, let operation, let status):
            "\(name) failed in \(operation): \(status)"
        case .unavailable(let library, let reason): "\(library) cannot be used: \(reason)"
        case .invalidGraph(let reason): "invalid network graph: \(reason)"
        }
    }
}
