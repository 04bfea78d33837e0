import COneDNN

/// The memory of one run at a time of a Winograd convolution. It allocates nothing of its own when it runs.
final class WinogradRun: ParallelWork {
    private let convolution: WinogradConvolution
    private let filters: AlignedBuffer
    private let bias: AlignedBuffer
    /// One for each thread, or one for all of them.
    private let blocks: [Block]
    /// One for each thread.
    private let streams: [DNNLStream]
    /// Working memory of the transforms, a part of it for each thread.
    private let patches: AlignedBuffer
    /// One for each thread, written by it alone, read when all are done.
    private let failures: UnsafeMutableBufferPointer<dnnl_status_t>
    private let name: String
    /// Set for each run.
    private var source: UnsafeRawPointer
    private var target: UnsafeMutableRawPointer

    /// What a block of tiles is worked on with.
    private struct Block {
        var samples: UnsafeMutableRawPointer
        var results: UnsafeMutableRawPointer
        var memories: [DNNLMemory] = []
        /// The arguments of the matrix products of each part.
        var parts: [[dnnl_exec_arg_t]] = []

        init(
            _ convolution: WinogradConvolution, _ engine: DNNLEngine, _ filters: AlignedBuffer,
            _ memory: UnsafeMutableRawPointer
        ) throws(ComputeError) {
            samples = memory
            results = samples + convolution.sampleSize
            let scratchpad = results + convolution.resultSize
            let part = convolution.part
            for index in 0..<convolution.sharing.parts {
                func place(
                    _ base: UnsafeMutableRawPointer?, _ size: Int, _ layout: DNNLLayout
                ) throws(ComputeError) -> DNNLMemory {
                    try DNNLMemory(engine, layout, base.map { $0 + index * size })
                }
                var arguments = [
                    (DNNL_ARG_SRC, try place(samples, convolution.partSampleSize, part.samples)),
                    (
                        DNNL_ARG_WEIGHTS,
                        try place(
                            filters.bytes.baseAddress, part.filters.byteCount,
                            part.filters)
                    ),
                    (DNNL_ARG_DST, try place(results, convolution.partResultSize, part.results)),
                ]
                if let layout = part.scratchpad {
                    arguments.append(
                        (
                            DNNL_ARG_SCRATCHPAD,
                            try place(scratchpad, convolution.partScratchpadSize, layout)
                        ))
                }
                memories += arguments.map(\.1)
                parts.append(arguments.map { dnnl_exec_arg_t(arg: $0, memory: $1.handle) })
            }
        }
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
        var blocks: [Block] = []
        for index in 0..<convolution.sharing.blocksAtOnce {
            let memory = scratchpad + index * convolution.blockSize
            blocks.append(try Block(convolution, engine, filters, memory))
        }
        self.blocks = blocks
        var streams: [DNNLStream] = []
        for _ in 0..<convolution.problem.threads { streams.append(try DNNLStream(engine)) }
        self.streams = streams
        patches = AlignedBuffer(
            byteCount: streams.count * convolution.patchSize * MemoryLayout<Lanes>.stride)
        failures = .allocate(capacity: streams.count)
        failures.initialize(repeating: dnnl_success)
    }

    deinit { failures.deallocate() }

    /// Runs on the calling thread's team.
    func execute(
        from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
    ) throws(ComputeError) {
        self.source = source
        self.target = target
        failures.update(repeating: dnnl_success)
        OpenMP.run(self)
        for failure in failures { try check(failure, "running \(name)") }
    }

    override func run(thread: Int, of count: Int) {
        // A team larger than planned for would have no memory of its own.
        let workers = min(count, streams.count)
        func share(_ all: Range<Int>) -> Range<Int> {
            guard thread < workers else { return 0..<0 }
            return thread * all.count / workers..<(thread + 1) * all.count / workers
        }
        guard let bias = bias.bytes.baseAddress,
            let patches = patches.bytes.bindMemory(to: Lanes.self).baseAddress
        else { return }
        let patch = patches + min(thread, streams.count - 1) * convolution.patchSize
        let sharing = convolution.sharing
        if sharing.sharesBlocks {
            for index in share(0..<sharing.blockCount) {
                let first = index * sharing.blockTiles
                let tiles = first..<min(first + sharing.blockTiles, convolution.tileCount)
                let block = blocks[thread]
                convolution.transformSource(
                    source, .init(tiles: tiles, groups: convolution.inputGroups),
                    into: block.samples, patch: patch)
                for part in block.parts { multiply(part, thread) }
                convolution.transformResults(
                    block.results, .init(tiles: tiles, groups: convolution.outputGroups),
                    bias: bias, into: target, patch: patch)
            }
        } else {
            let tiles = 0..<convolution.tileCount
            let block = blocks[0]
            convolution.transformSource(
                source, .init(tiles: tiles, groups: share(convolution.inputGroups)),
                into: block.samples, patch: patch)
            OpenMP.waitForTeam()
            for part in share(0..<sharing.parts) { multiply(block.parts[part], thread) }
            OpenMP.waitForTeam()
            convolution.transformResults(
                block.results, .init(tiles: tiles, groups: share(convolution.outputGroups)),
                bias: bias, into: target, patch: patch)
        }
    }

    private func multiply(_ arguments: [dnnl_exec_arg_t], _ thread: Int) {
        let status = convolution.product.execute(streams[thread], arguments)
        if status != dnnl_success { failures[thread] = status }
    }
}
