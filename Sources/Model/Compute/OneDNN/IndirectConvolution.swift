import ComputeKernels

/// A convolution of numbers of one byte on CPUs without VNNI, where oneDNN's kernels are hardly faster than
/// those in float32: pixels are found through pointers (Dukhan, arXiv 1907.02129).
struct IndirectConvolution: Sendable {
    /// What is asked for.
    struct Problem: Sendable {
        var source: NetworkGraph.Shape
        var target: NetworkGraph.Shape
        var kernel: Int
        var stride: Int
        var padding: Int
        /// uint8, int8 or float32; channels last.
        var targetFormat: NetworkGraph.Format
        /// The factor and the format of what is in the target and added.
        var added: (factor: Float, format: NetworkGraph.Format)?
        var activation: NetworkGraph.Activation
        /// What a stored 1 of the target stands for.
        var targetStep: Float
        var threads: Int
    }

    let problem: Problem
    private let slope: Float
    private let limit: Float

    var implementation: String { "indirect:avx2" }

    /// nil for what the kernel cannot do, and on CPUs that have no need of it.
    init?(_ problem: Problem, _ capabilities: OneDNNCapabilities = .current) {
        guard capabilities.integers == .saturating, yv_cpu_has_avx2() != 0,
            problem.source.channels % 4 == 0, problem.target.channels % 16 == 0,
            problem.targetFormat != .bfloat16,
            // The sum is made in place: a number must not reach into another's.
            (problem.added?.format.byteCount ?? problem.targetFormat.byteCount)
                == problem.targetFormat.byteCount
        else { return nil }
        // As oneDNN's kernels here have it, so that a network computes the same numbers.
        let largest: Float =
            problem.targetFormat == .uint8 ? OneDNNFusion.winogradLimit : .infinity
        switch problem.activation {
        case .identity: (slope, limit) = (1, .infinity)
        case .relu: (slope, limit) = (0, largest)
        case .leakyReLU(let value): (slope, limit) = (value, .infinity)
        case .relu6: (slope, limit) = (0, min(6 / problem.targetStep, largest))
        case .tanh: return nil
        }
        self.problem = problem
    }

    /// Weights as the kernel wants them: [outputs / 16, kernel, kernel, inputs / 4, 16, 4].
    ///
    /// - Parameter numbers: [output, input, kernel, kernel].
    func prepare(_ numbers: [Int8]) -> AlignedBuffer {
        let (inputs, outputs) = (problem.source.channels, problem.target.channels)
        let taps = problem.kernel * problem.kernel
        let result = AlignedBuffer(byteCount: numbers.count)
        withExtendedLifetime(result) {
            let target = result.bytes.bindMemory(to: Int8.self)
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<taps {
                        let quad = (output / 16 * taps + tap) * (inputs / 4) + input / 4
                        target[(quad * 16 + output % 16) * 4 + input % 4] =
                            numbers[(output * inputs + input) * taps + tap]
                    }
                }
            }
        }
        return result
    }

    /// Pointers of each thread, then zeros.
    var scratchpadSize: Int { problem.threads * tapCount * pointerSize + problem.source.channels }

    private var tapCount: Int {
        Int(YV_CONVOLUTION_INT8_CHUNK) * problem.kernel * problem.kernel
    }
    private var pointerSize: Int { MemoryLayout<UnsafeRawPointer?>.stride }

    /// Where everything is.
    struct Memory {
        var source: UnsafeRawPointer
        var target: UnsafeMutableRawPointer
        var weights: UnsafeRawPointer
        /// One for each output channel, in steps of the target.
        var factors: UnsafePointer<Float>
        var bias: UnsafePointer<Float>
        var scratchpad: UnsafeMutableRawPointer
    }

    /// Runs on the calling thread's team.
    func run(_ memory: Memory) {
        let zeros = memory.scratchpad + problem.threads * tapCount * pointerSize
        zeros.initializeMemory(as: UInt8.self, repeating: 0, count: problem.source.channels)
        var work = yv_convolution_int8_t()
        work.inputs = Int32(problem.source.channels)
        work.outputs = Int32(problem.target.channels)
        work.kernel = Int32(problem.kernel)
        work.stride = Int32(problem.stride)
        work.padding = Int32(problem.padding)
        work.source_height = Int32(problem.source.height)
        work.source_width = Int32(problem.source.width)
        work.target_width = Int32(problem.target.width)
        work.source = memory.source.assumingMemoryBound(to: UInt8.self)
        work.zeros = UnsafeRawPointer(zeros).assumingMemoryBound(to: UInt8.self)
        work.weights = memory.weights.assumingMemoryBound(to: Int8.self)
        work.factors = memory.factors
        work.bias = memory.bias
        work.added_format = problem.added?.format.inC ?? YV_RESULT_NONE
        work.added_factor = problem.added?.factor ?? 0
        work.slope = slope
        work.limit = limit
        work.target_format = problem.targetFormat.inC
        work.target = memory.target
        OpenMP.run(
            Share(
                work, pixels: problem.target.height * problem.target.width,
                taps: memory.scratchpad, tapSize: tapCount * pointerSize,
                threads: problem.threads))
    }

    private final class Share: ParallelWork {
        private let work: yv_convolution_int8_t
        private let pixels: Int
        private let taps: UnsafeMutableRawPointer
        private let tapSize: Int
        private let threads: Int

        init(
            _ work: yv_convolution_int8_t, pixels: Int, taps: UnsafeMutableRawPointer, tapSize: Int,
            threads: Int
        ) {
            self.work = work
            self.pixels = pixels
            self.taps = taps
            self.tapSize = tapSize
            self.threads = threads
        }

        override func run(thread: Int, of count: Int) {
            // A team larger than planned for would have no memory of its own.
            let workers = min(count, threads)
            guard thread < workers else { return }
            var work = work
            work.first_pixel = Int32(thread * pixels / workers)
            work.last_pixel = Int32((thread + 1) * pixels / workers)
            yv_convolution_int8_avx2(
                &work,
                (taps + thread * tapSize).assumingMemoryBound(to: UnsafeRawPointer?.self))
        }
    }
}

extension NetworkGraph.Format {
    fileprivate var inC: yv_result_format_t {
        switch self {
        case .float32: YV_RESULT_FLOAT32
        case .uint8: YV_RESULT_UINT8
        case .int8: YV_RESULT_INT8
        case .bfloat16: YV_RESULT_NONE
        }
    }
}
