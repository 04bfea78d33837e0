import COneDNN

/// A 3 x 3 convolution of stride 1 and padding 1 by minimal filtering (Lavin and Gray, arXiv 1509.09308):
/// transformed tiles of the source times transformed filters, one matrix product for each of the
/// (m + 2)^2 positions in a tile, then the transform back with bias, residual and activation.
///
/// oneDNN multiplies. Each thread of the team takes blocks of tiles, as many as the caches hold, from the
/// first transform to the last, so that the transformed values never go to memory.
struct WinogradConvolution: Sendable {
    /// What is asked for.
    struct Problem: Sendable {
        var tile: WinogradTile
        var source: NetworkGraph.Shape
        var target: NetworkGraph.Shape
        var sourceFormat: WinogradFormat
        var targetFormat: WinogradFormat
        /// The format of the factors; sums are float32.
        var productFormat: WinogradFormat
        var activation: WinogradActivation
        var addsDestination: Bool
        /// Channels that lie side by side in the source and the target.
        var block: Int
        var threads: Int
    }

    let problem: Problem
    let tilesAcross: Int
    let tileCount: Int
    /// Tiles of a block.
    let blockTiles: Int
    let blockCount: Int
    /// Channels in and out, filled up to whole blocks.
    let inputs: Int
    let outputs: Int
    let product: DNNLPrimitive
    let sampleLayout: dnnl_memory_desc_t
    let filterLayout: dnnl_memory_desc_t
    let resultLayout: dnnl_memory_desc_t
    let productScratchpad: dnnl_memory_desc_t
    let implementation: String

    init(_ problem: Problem, _ engine: DNNLEngine, _ name: String) throws(ComputeError) {
        self.problem = problem
        let tile = problem.tile
        func whole(_ n: Int, _ part: Int) -> Int { (n + part - 1) / part }
        inputs = whole(problem.source.channels, problem.block) * problem.block
        outputs = whole(problem.target.channels, problem.block) * problem.block
        tilesAcross = whole(problem.target.width, tile.results)
        tileCount = tilesAcross * whole(problem.target.height, tile.results)
        blockTiles = Self.blockTiles(
            problem, inputs: inputs, outputs: outputs,
            tilesOfThread: whole(tileCount, problem.threads))
        blockCount = whole(tileCount, blockTiles)

        let format = problem.productFormat.format
        var samples = try OneDNNLayouts.description(
            [tile.products, blockTiles, inputs], dnnl_abc, format)
        var filters = try OneDNNLayouts.description(
            [tile.products, inputs, outputs], dnnl_format_tag_any, format)
        var results = try OneDNNLayouts.description(
            [tile.products, blockTiles, outputs], dnnl_abc)
        var description = dnnl_matmul_desc_t()
        try check(
            dnnl_matmul_desc_init(&description, &samples, &filters, nil, &results),
            "describing the products of \(name)")
        // The threads of the team each run it for themselves.
        let found = try OpenMP.withTeamSize(1) { () throws(ComputeError) in
            try DNNLPrimitiveDescription.make(engine, &description, DNNLAttributes(), name)
        }
        guard let found, let filterLayout = found.layout(dnnl_query_weights_md) else {
            throw .unavailable(library: "oneDNN", reason: "no matrix product for \(name)")
        }
        product = try DNNLPrimitive(found, name)
        sampleLayout = samples
        resultLayout = results
        self.filterLayout = filterLayout
        productScratchpad = found.layout(dnnl_query_scratchpad_md) ?? dnnl_memory_desc_t()
        implementation = "winograd_\(tile.results)x3:\(found.implementation)"
    }

    /// As many tiles as the second-level cache and a share of the third hold, all blocks nearly full.
    ///
    /// The number is odd: with an even one, the planes of the positions in a tile would lie multiples of
    /// 4,096 bytes apart, where they push each other out of the first-level cache.
    private static func blockTiles(
        _ problem: Problem, inputs: Int, outputs: Int, tilesOfThread: Int
    ) -> Int {
        let tileSize = inputs * problem.productFormat.format.byteCount + outputs * Float.byteCount
        let fitting = cacheSize / (problem.tile.products * tileSize)
        let preferred = min(max(fitting, 12), 96)
        if tilesOfThread <= preferred { return tilesOfThread | 1 }
        let candidates = stride(from: preferred / 2 | 1, through: preferred * 3 / 2, by: 2)
        func computed(_ size: Int) -> Int { (tilesOfThread + size - 1) / size * size }
        return candidates.min {
            (computed($0), abs($0 - preferred)) < (computed($1), abs($1 - preferred))
        } ?? preferred
    }

    /// Bytes of samples and results that a thread works on at a time.
    private static let cacheSize = 6_400_000

    /// Filters as the matrix products want them.
    func prepare(
        _ weights: [Float], of filter: NetworkGraph.Filter, _ engine: DNNLEngine, _ name: String
    ) throws(ComputeError) -> AlignedBuffer {
        let plain = try OneDNNLayouts.description(
            [problem.tile.products, inputs, outputs], dnnl_abc)
        let transformed = AlignedBuffer(byteCount: OneDNNLayouts.byteCount(plain))
        WinogradFilters.transform(
            weights, of: filter, problem.tile, inputs: inputs, outputs: outputs, into: transformed)
        if OneDNNLayouts.areEqual(plain, filterLayout) { return transformed }
        let result = AlignedBuffer(byteCount: OneDNNLayouts.byteCount(filterLayout))
        try OneDNNReorder.copy(
            engine, transformed, plain, to: result, filterLayout, "filters of \(name)")
        return result
    }

    // MARK: Memory of a thread: samples, results, the product's own.

    var sampleSize: Int { AlignedBuffer.aligned(OneDNNLayouts.byteCount(sampleLayout)) }
    var resultSize: Int { AlignedBuffer.aligned(OneDNNLayouts.byteCount(resultLayout)) }
    var threadSize: Int {
        sampleSize + resultSize
            + AlignedBuffer.aligned(OneDNNLayouts.byteCount(productScratchpad))
    }
    var scratchpadSize: Int { problem.threads * threadSize }
}

/// min(max(x, slope x), limit): every activation that convolutions of this kind have.
struct WinogradActivation: Sendable, Equatable {
    var slope: Float
    var limit: Float

    /// nil for what is of another form.
    init?(_ activation: NetworkGraph.Activation) {
        switch activation {
        case .identity: (slope, limit) = (1, .infinity)
        case .relu: (slope, limit) = (0, .infinity)
        case .leakyReLU(let slope): (self.slope, limit) = (slope, .infinity)
        case .relu6: (slope, limit) = (0, 6)
        case .tanh: return nil
        }
    }

    @inline(__always)
    func callAsFunction(_ x: Lanes) -> Lanes {
        let scaled = x * slope
        let bounded = x.replacing(with: scaled, where: scaled .> x)
        return bounded.replacing(with: limit, where: bounded .> limit)
    }
}
