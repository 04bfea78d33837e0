import VideoIO

/// Finds for each block of a picture where it lies in another, by the least sum of absolute differences.
///
/// From coarse to fine over a pyramid of pictures: a full search at the top, then at each level the vectors
/// of the level above, those of neighbours that are known already, no motion, and, at the bottom, the
/// decoder's vectors compete, and the best is refined, at the end to a quarter of a pixel. A decoder chose
/// its vectors to save bits and does not tell which earlier frame they lead to, so they are candidates, not
/// facts.
struct BlockMatcher {
    private struct Level {
        let current: LumaPlane
        let reference: LumaPlane
        var width: Int { current.width }
        var height: Int { current.height }
    }

    /// Pixels of the square that is compared; blocks lie in its middle.
    private static let window = 16
    /// How much further than needed a vector may lead away from the one expected, in differences a pixel.
    private static let stiffness = 6

    private let levels: [Level]

    /// Prepares to find parts of `current` in `reference`, pictures of the same size.
    init(current: PyramidPlanes, reference: PyramidPlanes) {
        levels = zip(current.planes, reference.planes).map {
            Level(current: $0, reference: $1)
        }
    }

    /// The vectors of all blocks.
    ///
    /// - Parameter hints: Vectors to try, of the decoder.
    func field(hints: [MotionVector] = []) -> MotionField {
        var field: MotionField?
        for index in levels.indices.reversed() {
            field = match(levels[index], above: field, hints: index == 0 ? hints : [])
        }
        return field ?? MotionField(width: 1, height: 1)
    }

    private func match(
        _ level: Level, above: MotionField?, hints: [MotionVector]
    ) -> MotionField {
        var field = MotionField(width: level.width, height: level.height)
        let suggestions = Self.sort(hints, columns: field.columns, rows: field.rows)
        let isBottom = level.width == levels[0].width
        level.current.samples.withUnsafeBytes { current in
            level.reference.samples.withUnsafeBytes { reference in
                guard let a = current.baseAddress, let b = reference.baseAddress else { return }
                for row in 0..<field.rows {
                    for column in 0..<field.columns {
                        var search = BlockSearch(
                            current: a, reference: b, stride: level.current.stride,
                            width: level.width, height: level.height, column: column, row: row,
                            window: Self.window, stiffness: Self.stiffness)
                        if let above {
                            search.expected = above.nearest(column / 2, row / 2) &<< 1
                            for (x, y) in [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)] {
                                search.attempt(above.nearest(column / 2 + x, row / 2 + y) &<< 1)
                            }
                        } else {
                            search.attemptAll(within: 4)
                        }
                        search.attempt(.zero)
                        if column > 0 { search.attempt(field[column - 1, row]) }
                        if row > 0 {
                            search.attempt(field[column, row - 1])
                            if column + 1 < field.columns {
                                search.attempt(field[column + 1, row - 1])
                            }
                        }
                        let hints = suggestions[row * field.columns + column] ?? []
                        for hint in hints { search.attempt(hint) }
                        search.refine()
                        // Before fractions: the decoder's are those of its own filters.
                        if hints.contains(where: { BlockSearch.whole($0) == search.best }) {
                            field.fromDecoder += 1
                        }
                        if isBottom { search.refineFractions() }
                        field[column, row] = search.preferred
                    }
                }
            }
        }
        return field
    }

    /// The decoder's vectors by the block in which their centre lies, or which they cover.
    private static func sort(
        _ hints: [MotionVector], columns: Int, rows: Int
    ) -> [Int: [SIMD2<Int32>]] {
        var sorted: [Int: [SIMD2<Int32>]] = [:]
        let unit = Float(MotionField.unit)
        for hint in hints where !hint.isFromLater && abs(hint.dx) < 1000 && abs(hint.dy) < 1000 {
            let vector = SIMD2(Int32((hint.dx * unit).rounded()), Int32((hint.dy * unit).rounded()))
            let left = (hint.x - hint.width / 2) / MotionField.block
            let right = (hint.x + hint.width / 2 - 1) / MotionField.block
            let top = (hint.y - hint.height / 2) / MotionField.block
            let bottom = (hint.y + hint.height / 2 - 1) / MotionField.block
            guard left <= right, top <= bottom else { continue }
            for row in max(0, top)...max(0, bottom) where row < rows {
                for column in max(0, left)...max(0, right) where column < columns {
                    sorted[row * columns + column, default: []].append(vector)
                }
            }
        }
        return sorted
    }
}

/// A picture and its halves, down to where motion is a few pixels.
struct PyramidPlanes: Sendable {
    let planes: [LumaPlane]

    init(_ luma: LumaPlane) {
        var planes = [luma]
        while let last = planes.last, planes.count < 5, min(last.width, last.height) >= 64 {
            planes.append(last.halved)
        }
        self.planes = planes
    }
}
