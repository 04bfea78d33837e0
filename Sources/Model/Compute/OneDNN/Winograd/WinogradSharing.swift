/// How the threads of a team share out the work of a Winograd convolution.
///
/// Where there are many tiles, each thread takes blocks of them from the first transform to the last, so that
/// what is transformed never goes to memory. Few tiles are one block for the whole team, which shares out the
/// channels of the transforms and the positions of the products: each filter is then read by one thread only,
/// and reading filters is most of the work for small maps.
struct WinogradSharing: Sendable, Equatable {
    /// Tiles of a block; the last block may have fewer.
    let blockTiles: Int
    let blockCount: Int
    /// Equal parts of the positions in a tile, with a product for each.
    let parts: Int
    /// Whether the team shares out blocks; else it works on one together, whose parts it shares out.
    let sharesBlocks: Bool
    /// Blocks that are worked on at once.
    let blocksAtOnce: Int

    /// - Parameters:
    ///   - tiles: Number of tiles.
    ///   - tile: What they are, with a matrix product for each of its positions.
    ///   - tileSize: Bytes of a tile's samples and results at one position.
    ///   - threads: Of the team.
    init(tiles: Int, of tile: WinogradTile, tileSize: Int, threads: Int) {
        let fitting = Self.cacheSize / (tile.products * tileSize)
        let preferred = min(max(fitting, 12), 96)
        let tilesOfThread = (tiles + threads - 1) / threads
        if threads > 1 && tilesOfThread <= preferred {
            blockTiles = tiles | 1
            blockCount = 1
            parts = Self.parts(of: tile, threads: threads)
            sharesBlocks = false
            blocksAtOnce = 1
        } else {
            blockTiles = Self.blockTiles(tilesOfThread, preferred)
            blockCount = (tiles + blockTiles - 1) / blockTiles
            parts = tile.samples
            sharesBlocks = true
            blocksAtOnce = threads
        }
    }

    /// Bytes of samples and results that a thread works on at a time: the second-level cache and a share of
    /// the third.
    private static let cacheSize = 6_400_000

    /// A number close to the preferred one whose blocks are nearly full.
    ///
    /// The number is odd: with an even one, the planes of the positions in a tile would lie multiples of
    /// 4,096 bytes apart, where they push each other out of the first-level cache.
    private static func blockTiles(_ tilesOfThread: Int, _ preferred: Int) -> Int {
        if tilesOfThread <= preferred { return tilesOfThread | 1 }
        let candidates = stride(from: preferred / 2 | 1, through: preferred * 3 / 2, by: 2)
        func computed(_ size: Int) -> Int { (tilesOfThread + size - 1) / size * size }
        return candidates.min {
            (computed($0), abs($0 - preferred)) < (computed($1), abs($1 - preferred))
        } ?? preferred
    }

    /// The fewest equal parts that keep all threads busy nine tenths of the time, or as long as can be; the
    /// rows of positions if they do.
    private static func parts(of tile: WinogradTile, threads: Int) -> Int {
        /// The time that the team needs, 1 for all positions on one thread.
        func time(_ parts: Int) -> Double {
            Double((parts + threads - 1) / threads) / Double(parts)
        }
        let candidates = (1...tile.products).filter { tile.products.isMultiple(of: $0) }
        let shortest = candidates.map(time).min() ?? 1
        let good = candidates.filter { time($0) * 0.9 <= shortest }
        return good.first { $0 == tile.samples } ?? good.first ?? tile.products
    }
}
