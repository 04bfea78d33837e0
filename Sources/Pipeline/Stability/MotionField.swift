/// Where the parts of a picture come from in another: a vector for each block of 8 x 8 pixels, in quarters of
/// a pixel, from the block to its source.
struct MotionField: Sendable {
    /// Pixels of a block each way.
    static let block = 8
    /// Steps of a vector in a pixel.
    static let unit = 4

    let columns: Int
    let rows: Int
    private(set) var vectors: [SIMD2<Int32>]
    /// Blocks for which a vector of the decoder's was the best.
    var fromDecoder = 0

    init(width: Int, height: Int) {
        columns = (width + Self.block - 1) / Self.block
        rows = (height + Self.block - 1) / Self.block
        vectors = [SIMD2<Int32>](repeating: .zero, count: columns * rows)
    }

    subscript(column: Int, row: Int) -> SIMD2<Int32> {
        get { vectors[row * columns + column] }
        set { vectors[row * columns + column] = newValue }
    }

    /// The vector of the block that is nearest.
    func nearest(_ column: Int, _ row: Int) -> SIMD2<Int32> {
        self[min(max(column, 0), columns - 1), min(max(row, 0), rows - 1)]
    }
}
