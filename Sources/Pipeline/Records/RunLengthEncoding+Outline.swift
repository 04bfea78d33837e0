extension RunLengthEncoding {
    /// A corner of pixels, counted from the top left corner of the picture.
    struct Corner: Hashable {
        var x: Int
        var y: Int
    }

    /// The borders between set and unset pixels as closed outlines along the edges of pixels, holes
    /// included; only corners where an outline turns. Pixels that touch at a corner are apart.
    var outlines: [[Corner]] {
        let mask = mask
        let (width, height) = (mask.region.width, mask.region.height)
        guard width > 0, height > 0 else { return [] }
        var edges = BorderEdges(width: width, height: height)
        mask.pixels.withUnsafeBufferPointer { pixels in
            func isSet(_ x: Int, _ y: Int) -> Bool {
                x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x] != 0
            }
            for y in 0..<height {
                for x in 0..<width where pixels[y * width + x] != 0 {
                    // Clockwise around the pixel, so that what is set lies to the right.
                    if !isSet(x, y - 1) { edges.add(.right, atX: x, y: y) }
                    if !isSet(x + 1, y) { edges.add(.down, atX: x + 1, y: y) }
                    if !isSet(x, y + 1) { edges.add(.left, atX: x + 1, y: y + 1) }
                    if !isSet(x - 1, y) { edges.add(.up, atX: x, y: y + 1) }
                }
            }
        }
        return edges.takeOutlines().map { outline in
            outline.map { Corner(x: $0.x + mask.region.x, y: $0.y + mask.region.y) }
        }
    }
}

/// Edges between pixels, by the corner at which they begin.
private struct BorderEdges {
    enum Direction: Int, CaseIterable {
        case right, down, left, up

        /// To the right of this one as one walks.
        var clockwise: Direction { Self.allCases[(rawValue + 1) % 4] }
        var anticlockwise: Direction { Self.allCases[(rawValue + 3) % 4] }
    }

    private let columns: Int
    /// By corner: bit n says that an edge in direction n begins there.
    private var starts: [UInt8]

    init(width: Int, height: Int) {
        columns = width + 1
        starts = [UInt8](repeating: 0, count: (width + 1) * (height + 1))
    }

    mutating func add(_ direction: Direction, atX x: Int, y: Int) {
        starts[y * columns + x] |= 1 << direction.rawValue
    }

    private mutating func take(_ direction: Direction, at corner: Int) -> Bool {
        guard starts[corner] & (1 << direction.rawValue) != 0 else { return false }
        starts[corner] &= ~(1 << direction.rawValue)
        return true
    }

    private func next(_ corner: Int, _ direction: Direction) -> Int {
        switch direction {
        case .right: corner + 1
        case .down: corner + columns
        case .left: corner - 1
        case .up: corner - columns
        }
    }

    mutating func takeOutlines() -> [[RunLengthEncoding.Corner]] {
        var outlines: [[RunLengthEncoding.Corner]] = []
        for start in starts.indices {
            // Every outline has an edge to the right: that of one of its topmost pixels.
            while take(.right, at: start) {
                var outline = [corner(start)]
                var direction = Direction.right
                var position = next(start, direction)
                while let choice = choice(at: position, direction, start: start),
                    take(choice, at: position)
                {
                    if choice != direction { outline.append(corner(position)) }
                    direction = choice
                    position = next(position, choice)
                }
                outlines.append(outline)
            }
        }
        return outlines
    }

    /// Where to go on; turning right first keeps to the pixel at hand where two touch at a corner. The
    /// edge that the outline began with, taken already, closes it.
    private func choice(at corner: Int, _ direction: Direction, start: Int) -> Direction? {
        [direction.clockwise, direction, direction.anticlockwise].first {
            starts[corner] & (1 << $0.rawValue) != 0 || corner == start && $0 == .right
        }
    }

    private func corner(_ index: Int) -> RunLengthEncoding.Corner {
        RunLengthEncoding.Corner(x: index % columns, y: index / columns)
    }
}
