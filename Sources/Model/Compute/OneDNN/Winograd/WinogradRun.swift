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
        /// The matrix products of each part.
        var parts: [Part] = []

        struct Part {
            var samples: UnsafeMutableRawPointer
            var filters: UnsafeMutableRawPointer
            var results: UnsafeMutableRawPointer
            /// For oneDNN.
            var arguments: [dnnl_exec_arg_t]
        }

        init(
            _ convolution: WinogradConvolution, _ engine: DNNLEngine, _ filters: AlignedBuffer,
            _ memory: UnsafeMutableRawPointer
        ) throws(ComputeError) {
            samples = memory
            results = samples + convolution.sampleSize
            let scratchpad = results + convolution.resultSize
            let layouts = convolution.part
            guard let base = filters.bytes.baseAddress else { return }
            for index in 0..<convolution.sharing.parts {
                var part = Part(
                    samples: samples + index * convolution.partSampleSize,
                    filters: base + index * layouts.filters.byteCount,
                    results: results + index * convolution.partResultSize, arguments: [])
                var places = [
                    (DNNL_ARG_SRC, part.samples, layouts.samples),
                    (DNNL_ARG_WEIGHTS, part.filters, layouts.filters),
                    (DNNL_ARG_DST, part.results, layouts.results),
                ]
                if let layout = layouts.scratchpad {
                    let place = scratchpad + index * convolution.partScratchpadSize
                    places.append((DNNL_ARG_SCRATCHPAD, place, layout))
                }
                for (argument, place, layout) in places where convolution.product != nil {
                    let memory = try DNNLMemory(engine, layout, place)
                    memories.append(memory)
                    part.arguments.append(
                        dnnl_exec_arg_t(arg: argument, memory: memory.handle))
                }
                parts.append(part)
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
                for part in block.parts { multiply(part, tiles.count, thread) }
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
            for part in share(0..<sharing.parts) {
                multiply(block.parts[part], tiles.count, thread)
            }
            OpenMP.waitForTeam()
            convolution.transformResults(
                block.results, .init(tiles: tiles, groups: share(convolution.outputGroups)),
                bias: bias, into: target, patch: patch)
        }
    }

    private func multiply(_ part: Block.Part, _ tiles: Int, _ thread: Int) {
        guard let product = convolution.product else {
            return convolution.multiply(
                part.samples, part.filters, into: part.results, tiles: tiles)
        }
        let status = product.execute(streams[thread], part.arguments)
        if status != dnnl_success { failures[thread] = status }
    }
}
