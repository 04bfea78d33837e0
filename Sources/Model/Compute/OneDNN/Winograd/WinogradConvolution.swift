import COneDNN

/// A 3 x 3 convolution of stride 1 and padding 1 by minimal filtering (Lavin and Gray, arXiv 1509.09308):
/// transformed tiles of the source times transformed filters, one matrix product for each of the
/// (m + 2)^2 positions in a tile, then the transform back with bias, residual and activation.
///
/// oneDNN multiplies. How the threads of a team share out the work is in ``WinogradSharing``.
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
    let sharing: WinogradSharing
    let tilesAcross: Int
    let tileCount: Int
    /// Channels in and out, filled up to whole blocks.
    let inputs: Int
    let outputs: Int
    /// The matrix products of one part of the positions.
    let product: DNNLPrimitive
    let filterLayout: dnnl_memory_desc_t
    let part: Part
    let implementation: String

    /// The layouts of one part of the positions.
    struct Part: Sendable {
        var samples: dnnl_memory_desc_t
        var filters: dnnl_memory_desc_t
        var results: dnnl_memory_desc_t
        var scratchpad = dnnl_memory_desc_t()
    }

    init(_ problem: Problem, _ engine: DNNLEngine, _ name: String) throws(ComputeError) {
        self.problem = problem
        let tile = problem.tile
        func whole(_ n: Int, _ part: Int) -> Int { (n + part - 1) / part }
        inputs = whole(problem.source.channels, problem.block) * problem.block
        outputs = whole(problem.target.channels, problem.block) * problem.block
        tilesAcross = whole(problem.target.width, tile.results)
        tileCount = tilesAcross * whole(problem.target.height, tile.results)
        let format = problem.productFormat.format
        sharing = WinogradSharing(
            tiles: tileCount, of: tile,
            tileSize: inputs * format.byteCount + outputs * Float.byteCount,
            threads: problem.threads)

        let positions = tile.products / sharing.parts
        var part = Part(
            samples: try OneDNNLayouts.description(
                [positions, sharing.blockTiles, inputs], dnnl_abc, format),
            filters: try OneDNNLayouts.description(
                [positions, inputs, outputs], dnnl_format_tag_any, format),
            results: try OneDNNLayouts.description(
                [positions, sharing.blockTiles, outputs], dnnl_abc))
        var description = dnnl_matmul_desc_t()
        try check(
            dnnl_matmul_desc_init(
                &description, &part.samples, &part.filters, nil, &part.results),
            "describing the products of \(name)")
        // The threads of the team each run it for themselves.
        let found = try OpenMP.withTeamSize(1) { () throws(ComputeError) in
            try DNNLPrimitiveDescription.make(engine, &description, DNNLAttributes(), name)
        }
        guard let found, let filters = found.layout(dnnl_query_weights_md) else {
            throw .unavailable(library: "oneDNN", reason: "no matrix product for \(name)")
        }
        product = try DNNLPrimitive(found, name)
        part.filters = filters
        part.scratchpad = found.layout(dnnl_query_scratchpad_md) ?? dnnl_memory_desc_t()
        self.part = part
        // Position comes first in every layout, so that of all filters differs in their number only.
        var all = filters
        all.dims.0 = Int64(tile.products)
        all.padded_dims.0 = Int64(tile.products)
        filterLayout = all
        implementation = "winograd_\(tile.results)x3:\(found.implementation)"
    }

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

    // MARK: Memory of a block: samples, results, what the products of each part need.

    var sampleSize: Int { aligned(sharing.parts * partSampleSize) }
    var resultSize: Int { aligned(sharing.parts * partResultSize) }
    var partSampleSize: Int { OneDNNLayouts.byteCount(part.samples) + rowPadding }
    var partResultSize: Int { OneDNNLayouts.byteCount(part.results) + rowPadding }
    /// Bytes behind each row of planes where that is a part: a transform touches all planes at the same
    /// place, and planes of a multiple of 1,024 bytes would push each other out of the first-level cache.
    var rowPadding: Int { sharing.parts == problem.tile.samples ? 64 : 0 }
    var partScratchpadSize: Int { aligned(OneDNNLayouts.byteCount(part.scratchpad)) }
    var blockSize: Int { sampleSize + resultSize + sharing.parts * partScratchpadSize }
    var scratchpadSize: Int { sharing.blocksAtOnce * blockSize }

    private func aligned(_ size: Int) -> Int { AlignedBuffer.aligned(size) }
}

/// max(x, slope x).
struct WinogradActivation: Sendable, Equatable {
    var slope: Float

    /// nil for what is of another form.
    init?(_ activation: NetworkGraph.Activation) {
        switch activation {
        case .identity: slope = 1
        case .relu: slope = 0
        case .leakyReLU(let slope): self.slope = slope
        case .relu6, .tanh: return nil
        }
    }

    @inline(__always)
    func callAsFunction(_ x: Lanes) -> Lanes {
        let scaled = x * slope
        return x.replacing(with: scaled, where: scaled .> x)
    }
}
