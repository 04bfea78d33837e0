import COneDNN
import ComputeKernels

/// A 3 x 3 convolution of stride 1 and padding 1 by minimal filtering (Lavin and Gray, arXiv 1509.09308):
/// transformed tiles of the source times transformed filters, one matrix product for each of the
/// (m + 2)^2 positions in a tile, then the transform back with bias, residual and activation.
///
/// Products of float32 are our own where there are kernels (``WinogradKernelSet``); else oneDNN multiplies. How the threads of a team share out the work is in ``WinogradSharing``.
struct WinogradConvolution: Sendable {
    /// What is asked for.
    struct Problem: Sendable {
        var tile: WinogradTile
        var source: NetworkGraph.Shape
        var target: NetworkGraph.Shape
        var sourceFormat: WinogradFormat
        var targetFormat: WinogradFormat
        /// What a stored 1 stands for, in formats of one byte.
        var sourceStep: Float = 1
        var targetStep: Float = 1
        /// The format of the factors, float32 or bfloat16; sums are float32.
        var productFormat: WinogradFormat
        var activation: WinogradActivation
        var addsDestination: Bool
        /// Channels that lie side by side in the source and the target.
        var block: Int
        var threads: Int
        /// What computes the transforms and products of float32, if blocks fill its vectors.
        var kernels = WinogradKernelSet.current
    }

    let problem: Problem
    /// Where pixels and blocks of channels lie.
    let sourceStrides: Strides
    let targetStrides: Strides
    let sharing: WinogradSharing
    let tilesAcross: Int
    let tileCount: Int
    /// Channels in and out, filled up to whole blocks.
    let inputs: Int
    let outputs: Int
    /// The matrix products of one part of the positions; nil where our own kernel multiplies.
    let product: DNNLPrimitive?
    let filterLayout: FilterLayout
    let part: Part
    let implementation: String

    /// From a pixel to the next, and from a block of channels to the next, in numbers.
    struct Strides: Sendable {
        var pixel: Int
        var group: Int

        init(_ format: WinogradFormat, _ shape: NetworkGraph.Shape, block: Int) {
            if format.layout == .channelsLast {
                (pixel, group) = (shape.channels, block)
            } else {
                (pixel, group) = (block, shape.height * shape.width * block)
            }
        }
    }

    /// The layouts of one part of the positions.
    struct Part: Sendable {
        var samples: DNNLLayout
        var filters: DNNLLayout
        var results: DNNLLayout
        var scratchpad: DNNLLayout?
    }

    /// The layout of all filters: one position behind the other.
    struct FilterLayout: Sendable, Equatable {
        var position: DNNLLayout
        var positions: Int
        /// Where our own kernel multiplies, a position is [outputs / columns, inputs, columns].
        var columns: Int?

        var byteCount: Int { positions * position.byteCount }
    }

    init(_ problem: Problem, _ engine: DNNLEngine, _ name: String) throws(ComputeError) {
        var problem = problem
        if problem.block % problem.kernels.vectorLength != 0 { problem.kernels = .swift }
        self.problem = problem
        let tile = problem.tile
        func whole(_ n: Int, _ part: Int) -> Int { (n + part - 1) / part }
        inputs = whole(problem.source.channels, problem.block) * problem.block
        outputs = whole(problem.target.channels, problem.block) * problem.block
        tilesAcross = whole(problem.target.width, tile.results)
        tileCount = tilesAcross * whole(problem.target.height, tile.results)
        for (format, shape) in [
            (problem.sourceFormat, problem.source), (problem.targetFormat, problem.target),
        ] where format.layout == .channelsLast && shape.channels % problem.block != 0 {
            throw .unavailable(library: "oneDNN", reason: "\(name) in bytes of no whole blocks")
        }
        sourceStrides = Strides(problem.sourceFormat, problem.source, block: problem.block)
        targetStrides = Strides(problem.targetFormat, problem.target, block: problem.block)
        let format = problem.productFormat.format
        sharing = WinogradSharing(
            tiles: tileCount, of: tile,
            tileSize: inputs * format.byteCount + outputs * Float.byteCount,
            threads: problem.threads)

        let positions = tile.products / sharing.parts
        let samples = try DNNLLayout([positions, sharing.blockTiles, inputs], dnnl_abc, format)
        let free = try DNNLLayout([positions, inputs, outputs], dnnl_format_tag_any, format)
        let results = try DNNLLayout([positions, sharing.blockTiles, outputs], dnnl_abc)
        if let columns = Self.columnsOfOwnKernel(problem, outputs: outputs) {
            let plain = try DNNLLayout([positions, inputs, outputs], dnnl_abc)
            product = nil
            part = Part(samples: samples, filters: plain, results: results)
            filterLayout = FilterLayout(
                position: try plain.first(), positions: tile.products, columns: columns)
            implementation = "winograd_\(tile.results)x3:\(problem.kernels)"
            return
        }
        // The threads of the team each run it for themselves.
        let found = try OpenMP.withTeamSize(1) { () throws(ComputeError) in
            try DNNLPrimitiveDescription.find(name, DNNLAttributes()) {
                yv_describe_matmul(
                    $0, engine.handle, samples.handle, free.handle, results.handle, $1)
            }
        }
        guard let found, let filters = try found.layout(dnnl_query_weights_md) else {
            throw .unavailable(library: "oneDNN", reason: "no matrix product for \(name)")
        }
        product = try DNNLPrimitive(found, name)
        part = Part(
            samples: samples, filters: filters, results: results,
            scratchpad: try found.scratchpad())
        // Position comes first in every layout, so that all parts lie one behind the other.
        filterLayout = FilterLayout(position: try filters.first(), positions: tile.products)
        guard filters.byteCount == positions * filterLayout.position.byteCount else {
            throw .unavailable(library: "oneDNN", reason: "filters of \(name) out of order")
        }
        implementation = "winograd_\(tile.results)x3:\(found.implementation)"
    }

    /// Columns that our own kernel works on at a time; nil where oneDNN multiplies, which arranges filters
    /// anew at each product with AVX2, and fetches none ahead with AVX-512.
    private static func columnsOfOwnKernel(_ problem: Problem, outputs: Int) -> Int? {
        let columns = 2 * problem.kernels.vectorLength
        guard problem.kernels != .swift, problem.productFormat == .float32,
            outputs % columns == 0
        else { return nil }
        return columns
    }

    /// Filters as the matrix products want them.
    func prepare(
        _ weights: [Float], of filter: NetworkGraph.Filter, _ engine: DNNLEngine, _ name: String
    ) throws(ComputeError) -> AlignedBuffer {
        let transformed = AlignedBuffer(
            floatCount: filterLayout.positions * inputs * outputs)
        WinogradFilters.transform(
            weights, of: filter, problem.tile, inputs: inputs, outputs: outputs, into: transformed)
        if let columns = filterLayout.columns { return packed(transformed, columns) }
        let plain = try DNNLLayout([1, inputs, outputs], dnnl_abc)
        if plain == filterLayout.position { return transformed }
        let result = AlignedBuffer(byteCount: filterLayout.byteCount)
        let reorder = try OneDNNReorder(
            engine, plain, filterLayout.position, "filters of \(name)")
        for position in 0..<filterLayout.positions {
            let first = position * plain.byteCount
            try withExtendedLifetime(transformed) { () throws(ComputeError) in
                try reorder.copy(
                    UnsafeRawBufferPointer(
                        rebasing: transformed.bytes[first..<first + plain.byteCount]),
                    to: result, at: position * filterLayout.position.byteCount)
            }
        }
        return result
    }

    private func packed(_ filters: AlignedBuffer, _ columns: Int) -> AlignedBuffer {
        let result = AlignedBuffer(byteCount: filterLayout.byteCount)
        withExtendedLifetime((filters, result)) {
            guard let source = filters.floats.baseAddress, let target = result.floats.baseAddress
            else { return }
            for position in 0..<filterLayout.positions {
                let first = position * inputs * outputs
                for group in 0..<outputs / columns {
                    for input in 0..<inputs {
                        (target + first + (group * inputs + input) * columns).update(
                            from: source + first + input * outputs + group * columns,
                            count: columns)
                    }
                }
            }
        }
        return result
    }

    /// The products of one part of the positions for some tiles, by our own kernel.
    func multiply(
        _ samples: UnsafeRawPointer, _ filters: UnsafeRawPointer,
        into results: UnsafeMutableRawPointer, tiles: Int
    ) {
        let multiply =
            problem.kernels == .avx512 ? yv_matrix_product_avx512 : yv_matrix_product_avx2
        let samples = samples.assumingMemoryBound(to: Float.self)
        let filters = filters.assumingMemoryBound(to: Float.self)
        let results = results.assumingMemoryBound(to: Float.self)
        for position in 0..<problem.tile.products / sharing.parts {
            multiply(
                Int32(tiles), Int32(outputs), Int32(inputs),
                samples + position * sharing.blockTiles * inputs,
                filters + position * inputs * outputs,
                results + position * sharing.blockTiles * outputs)
        }
    }

    // MARK: Memory of a block: samples, results, what the products of each part need.

    var sampleSize: Int { aligned(sharing.parts * partSampleSize) }
    var resultSize: Int { aligned(sharing.parts * partResultSize) }
    var partSampleSize: Int { part.samples.byteCount + rowPadding }
    var partResultSize: Int { part.results.byteCount + rowPadding }
    /// Bytes behind each row of planes where that is a part: a transform touches all planes at the same
    /// place, and planes of a multiple of 1,024 bytes would push each other out of the first-level cache.
    var rowPadding: Int { sharing.parts == problem.tile.samples ? 64 : 0 }
    var partScratchpadSize: Int { aligned(part.scratchpad?.byteCount ?? 0) }
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
