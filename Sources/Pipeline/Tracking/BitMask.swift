import Model

/// A mask with a bit for each pixel of every `step`th row, for quick overlaps.
struct BitMask: Sendable {
    /// Left column.
    private(set) var x = 0
    /// Columns.
    private(set) var width = 0
    /// The first row, in steps from the top of the picture.
    private(set) var firstLine = 0
    /// Rows that are kept.
    private(set) var lines = 0
    /// Number of set bits.
    private(set) var area = 0
    private var wordsPerLine = 1
    private var words: [UInt64] = []

    /// Creates an empty mask.
    init() {}

    /// Packs a mask; see ``load(_:step:)``.
    init(_ mask: InstanceMask, step: Int) { load(mask, step: step) }

    /// Packs a mask into the memory of the one that this has been.
    ///
    /// - Parameters:
    ///   - mask: The mask.
    ///   - step: Rows whose number is no multiple of this are left out.
    mutating func load(_ mask: InstanceMask, step: Int) {
        let region = mask.region
        x = region.x
        width = region.width
        firstLine = (region.y + step - 1) / step
        lines = max(0, (region.y + region.height + step - 1) / step - firstLine)
        // One word more than needed, so that 64 bits can be read from any position.
        wordsPerLine = (width + 63) / 64 + 1
        words.refill(with: 0, count: wordsPerLine * lines)
        area = 0
        mask.pixels.withUnsafeBufferPointer { pixels in
            for line in 0..<lines {
                let row = (firstLine + line) * step - region.y
                pack(UnsafeBufferPointer(rebasing: pixels[row * width..<(row + 1) * width]), line)
            }
        }
    }

    private mutating func pack(_ row: UnsafeBufferPointer<UInt8>, _ line: Int) {
        guard let start = UnsafeRawPointer(row.baseAddress) else { return }
        let first = line * wordsPerLine
        var column = 0
        while column + 8 <= width {
            // The product moves the lowest bit of each of eight bytes into the highest byte.
            let bytes = (start + column).loadUnaligned(as: UInt64.self) & 0x0101_0101_0101_0101
            let bits = (bytes &* 0x0102_0408_1020_4080) >> 56
            words[first + column >> 6] |= bits << UInt64(column & 63)
            area += bits.nonzeroBitCount
            column += 8
        }
        while column < width {
            let bit = UInt64(row[column] & 1)
            words[first + column >> 6] |= bit << UInt64(column & 63)
            area += Int(bit)
            column += 1
        }
    }

    /// Bits that are set in both, after moving this mask by `dx` columns and `dy` lines.
    func overlap(with other: BitMask, dx: Int, dy: Int) -> Int {
        let left = max(x + dx, other.x)
        let right = min(x + dx + width, other.x + other.width)
        let top = max(firstLine + dy, other.firstLine)
        let bottom = min(firstLine + dy + lines, other.firstLine + other.lines)
        guard left < right, top < bottom else { return 0 }
        var shared = 0
        words.withUnsafeBufferPointer { mine in
            other.words.withUnsafeBufferPointer { theirs in
                for line in top..<bottom {
                    let myLine = (line - firstLine - dy) * wordsPerLine
                    let theirLine = (line - other.firstLine) * other.wordsPerLine
                    var column = left
                    while column < right {
                        var both =
                            Self.bits(mine, myLine, column - x - dx)
                            & Self.bits(theirs, theirLine, column - other.x)
                        if right - column < 64 { both &= (1 << UInt64(right - column)) - 1 }
                        shared += both.nonzeroBitCount
                        column += 64
                    }
                }
            }
        }
        return shared
    }

    /// 64 bits from a position of a line.
    @inline(__always)
    private static func bits(
        _ words: UnsafeBufferPointer<UInt64>, _ line: Int, _ position: Int
    ) -> UInt64 {
        let word = line + position >> 6
        let shift = UInt64(position & 63)
        return shift == 0
            ? words[word] : words[word] >> shift | words[word + 1] << (64 - shift)
    }

    /// Intersection over union after moving this mask; 0 for two empty ones.
    func intersectionOverUnion(with other: BitMask, dx: Int, dy: Int) -> Double {
        let shared = overlap(with: other, dx: dx, dy: dy)
        let union = area + other.area - shared
        return union > 0 ? Double(shared) / Double(union) : 0
    }
}
