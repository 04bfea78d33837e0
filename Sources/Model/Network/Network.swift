import COneDNN
import Dispatch
import Synchronization

/// A YOLACT network, compiled and ready to run. Immutable; workers share it.
public final class Network: Sendable {
    /// What it computes.
    public let configuration: YolactConfiguration
    /// The library that it runs on.
    public let engine: EngineKind
    /// What its convolutions compute in, as far as that is faster: f32, bf16 or int8.
    public let precision: ComputePrecision
    /// Threads that each worker computes with.
    public let threadsPerWorker: Int

    /// Numbers in the weights: convolutions, biases and normalisation.
    public let parameterCount: Int

    let library: any ComputeEngine
    let backbone: any CompiledGraph
    let heads: any CompiledGraph
    /// Rescores the masks of YOLACT++, on one thread; nil for other networks.
    let maskScoring: (any CompiledGraph)?

    /// Compiles a network.
    ///
    /// - Parameters:
    ///   - configuration: What to compute.
    ///   - parameters: The weights; each is read once.
    ///   - engine: The library to run on.
    ///   - precision: What to compute in; where this CPU or the library cannot, it becomes bf16 or f32
    ///     (``EngineKind/resolve(_:isQuantised:)`` tells). ``ComputePrecision/int8`` needs parameters that
    ///     are quantised.
    ///   - threadsPerWorker: Threads that each worker will compute with.
    ///   - tuning: Which algorithm was fastest for each convolution; what it does not know yet is measured
    ///     now. Without, algorithms are chosen by rule. For oneDNN.
    /// - Throws: ``ParameterMismatch`` where the weights do not fit, ``UnsupportedConfiguration``,
    ///   ``WeightsError`` where a value is impossible, ``QuantisationError/notQuantised(source:)``,
    ///   ``ComputeError``, and what the source throws.
    public convenience init(
        configuration: YolactConfiguration, parameters: any ParameterSource,
        engine: EngineKind = .oneDNN, precision: ComputePrecision = .float32,
        threadsPerWorker: Int, tuning: ConvolutionTuning? = nil
    ) throws {
        try self.init(
            configuration: configuration, parameters: parameters, engine: engine,
            precision: precision, threadsPerWorker: threadsPerWorker, tuning: tuning,
            exposesPyramid: false)
    }

    /// `exposesPyramid` adds P3 to P7 to the outputs, for verification.
    init(
        configuration: YolactConfiguration, parameters: any ParameterSource, engine: EngineKind,
        precision: ComputePrecision, threadsPerWorker: Int, tuning: ConvolutionTuning? = nil,
        exposesPyramid: Bool
    ) throws {
        let quantisation = parameters.quantisation
        if precision == .int8 && quantisation == nil {
            throw QuantisationError.notQuantised(source: parameters.name)
        }
        let graphs = try NetworkGraphs(configuration, parameters, exposesPyramid: exposesPyramid)
        let resolved = engine.resolve(precision, isQuantised: quantisation != nil).precision
        let library = try engine.make(
            threads: threadsPerWorker,
            format: resolved == .int8
                ? engine.resolve(.automatic).precision.format : resolved.format,
            quantisation: resolved == .int8 ? quantisation : nil, tuning: tuning)
        let compiled = try Self.compile(
            [graphs.backbone, graphs.heads], library, threads: threadsPerWorker,
            sideBySide: tuning == nil)
        (backbone, heads) = (compiled[0], compiled[1])
        // It runs beside the network, which has the other threads.
        maskScoring = try graphs.maskScoring.map { graph in
            try ComputeThread(name: "compile", teamSize: 1).run { () throws in
                try engine.make(threads: 1).compile(graph)
            }
        }
        // Reading weights leaves tens of megabytes of freed memory that is not needed again.
        malloc_trim(0)
        parameterCount = graphs.parameterShapes.values.reduce(0) { $0 + $1.reduce(1, *) }
        self.configuration = configuration
        self.engine = engine
        self.precision = resolved
        self.threadsPerWorker = threadsPerWorker
        self.library = library
    }

    /// Compiles graphs, side by side unless something is timed, as reading and rearranging the weights of
    /// each is mostly work of one thread.
    private static func compile(
        _ graphs: [NetworkGraph], _ library: any ComputeEngine, threads: Int, sideBySide: Bool
    ) throws -> [any CompiledGraph] {
        guard sideBySide else {
            return try ComputeThread(name: "compile", teamSize: threads).run { () throws in
                try graphs.map { try library.compile($0) }
            }
        }
        let outcomes = Mutex<[Int: Result<any CompiledGraph, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: graphs.count) { index in
            let outcome = Result {
                try ComputeThread(name: "compile", teamSize: threads).run { () throws in
                    try library.compile(graphs[index])
                }
            }
            outcomes.withLock { $0[index] = outcome }
        }
        let found = outcomes.withLock { $0 }
        return try graphs.indices.compactMap { try found[$0]?.get() }
    }

    /// Checks that parameters fit a configuration, and that a network can compute with their values, without
    /// preparing to run it. Values of a formula are not looked at.
    ///
    /// - Throws: ``ParameterMismatch`` with everything that does not fit, ``UnsupportedConfiguration``,
    ///   ``WeightsError`` with the first value that is impossible, and what the source throws.
    public static func check(
        _ configuration: YolactConfiguration, _ parameters: any ParameterSource
    ) throws {
        let needed = try NetworkGraphs(configuration, parameters).parameterShapes
        guard parameters.shapes != nil else { return }
        for (name, shape) in needed.sorted(by: { $0.key < $1.key }) {
            try ParameterValues.check(
                parameters.values(of: name, shape: shape), of: name, shape: shape,
                source: parameters.name)
        }
    }

    /// What the engine chose for each layer, in the order they run.
    public var layers: [LayerDescription] { backbone.layers + heads.layers }

    /// A new input tensor, [3, S, S] RGB, normalised as the backbone wants it.
    public func makeInput() -> InputTensor { InputTensor(side: configuration.inputSize) }

    /// New memory for the features between backbone and heads.
    public func makeFeatures() -> BackboneFeatures {
        BackboneFeatures(buffers: backbone.outputSizes.map(AlignedBuffer.init(byteCount:)))
    }

    /// New memory for what the heads put out.
    public func makeOutputs() -> RawOutputs {
        RawOutputs(
            configuration: configuration,
            buffers: heads.outputSizes.map(AlignedBuffer.init(byteCount:)))
    }
}

/// The network's input: [3, S, S], planes in the order R, G, B.
public final class InputTensor: Sendable {
    /// S, the side in pixels.
    public let side: Int
    /// One, of all three planes.
    let buffers: [AlignedBuffer]

    init(side: Int) {
        self.side = side
        buffers = [AlignedBuffer(floatCount: 3 * side * side)]
    }

    /// The values, plane after plane.
    public var values: UnsafeMutableBufferPointer<Float> { buffers[0].floats }
}

/// C3, C4 and C5 of one frame in the layout of the engine.
public final class BackboneFeatures: Sendable {
    let buffers: [AlignedBuffer]

    init(buffers: [AlignedBuffer]) { self.buffers = buffers }
}

/// What the heads put out for one frame: class scores before the softmax, boxes relative to their anchors,
/// coefficients before the tanh, and the prototypes.
public final class RawOutputs: Sendable {
    /// Head outputs of P3 to P7, each [h, w, channels] in the order of ``HeadLayout``; then the
    /// prototypes [h, w, k].
    let buffers: [AlignedBuffer]
    let layout: HeadLayout
    /// Side of each level, P3 to P7.
    let levelSizes: [Int]
    /// Side of the prototypes.
    let prototypeSize: Int

    init(configuration: YolactConfiguration, buffers: [AlignedBuffer]) {
        self.buffers = buffers
        layout = HeadLayout(configuration)
        levelSizes = configuration.pyramidSizes
        prototypeSize = configuration.prototypeSize
    }

    func head(_ level: Int) -> UnsafeMutableBufferPointer<Float> { buffers[level].floats }
    var prototypes: UnsafeMutableBufferPointer<Float> { buffers[levelSizes.count].floats }
}
