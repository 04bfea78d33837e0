import COneDNN

/// The memory of one run at a time of a Winograd convolution. It allocates nothing of its own when it runs.
final class WinogradRun: ParallelWork {
    private let convolution: WinogradConvolution
    private let filters: AlignedBuffer
    private let bias: AlignedBuffer
    private let lines: [Line]
    private let name: String
    /// Set for each run.
    private var source: UnsafeRawPointer
    private var target: UnsafeMutableRawPointer

    /// What one thread works with.
    private struct Line {
        var samples: UnsafeMutableRawPointer
        var results: UnsafeMutableRawPointer
        var stream: DNNLStream
        var memories: [DNNLMemory]
        var arguments: [dnnl_exec_arg_t]
        /// Written by the thread alone, read when all are done.
        var failure: UnsafeMutablePointer<dnnl_status_t>
    }

    init(
        _ convolution: WinogradConvolution, _ engine: DNNLEngine, filters: AlignedBuffer,
        bias: AlignedBuffer, scratchpad: UnsafeMutableRawPointer, _ name: String
    ) throws(ComputeError) {
        self.convolution = convolution
        self.filters = filters
        self.bias = bias
        self.name = name
        source = UnsafeRawPointer(scratchpad)
        target = scratchpad
        var lines: [Line] = []
        for index in 0..<convolution.problem.threads {
            let samples = scratchpad + index * convolution.threadSize
            let results = samples + convolution.sampleSize
            let memories = [
                try DNNLMemory(engine, convolution.sampleLayout, samples),
                try DNNLMemory(engine, convolution.filterLayout, filters.bytes.baseAddress),
                try DNNLMemory(engine, convolution.resultLayout, results),
                try DNNLMemory(
                    engine, convolution.productScratchpad, results + convolution.resultSize),
            ]
            let roles = [DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD]
            let failure = UnsafeMutablePointer<dnnl_status_t>.allocate(capacity: 1)
            failure.initialize(to: dnnl_success)
            lines.append(
                Line(
                    samples: samples, results: results, stream: try DNNLStream(engine),
                    memories: memories,
                    arguments: zip(roles, memories).map {
                        dnnl_exec_arg_t(arg: $0, memory: $1.handle)
                    },
                    failure: failure))
        }
        self.lines = lines
    }

    deinit { for line in lines { line.failure.deallocate() } }

    /// Runs on the calling thread's team.
    func execute(
        from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
    ) throws(ComputeError) {
        self.source = source
        self.target = target
        for line in lines { line.failure.pointee = dnnl_success }
        OpenMP.run(self)
        for line in lines { try check(line.failure.pointee, "running \(name)") }
    }

    override func run(thread: Int, of count: Int) {
        // A team larger than planned for would have no memory of its own.
        let workers = min(count, lines.count)
        guard thread < workers, let bias = bias.bytes.baseAddress else { return }
        let line = lines[thread]
        let blocks = convolution.blockCount
        for block in thread * blocks / workers..<(thread + 1) * blocks / workers {
            let first = block * convolution.blockTiles
            let tiles = first..<min(first + convolution.blockTiles, convolution.tileCount)
            convolution.transformSource(source, tiles, into: line.samples)
            let status = convolution.product.execute(line.stream, line.arguments)
            if status != dnnl_success { line.failure.pointee = status }
            convolution.transformResults(line.results, tiles, bias: bias, into: target)
        }
    }
}
