import Model

/// What a mask falls into: its connected parts. Pixels that touch at a corner only are apart.
struct MaskParts: Sendable, Hashable {
    /// Pixels that a part has at most to be a speck.
    static let speckArea = 4

    /// Parts.
    private(set) var count = 0
    /// Those of at most ``speckArea`` pixels.
    private(set) var specks = 0

    /// The parts of nothing.
    init() {}

    /// Finds the parts of a mask.
    init(_ mask: InstanceMask) {
        var forest = Forest()
        let width = mask.region.width
        mask.pixels.withUnsafeBufferPointer { pixels in
            var above: [Run] = []
            var current: [Run] = []
            for row in 0..<mask.region.height {
                let line = row * width
                var column = 0
                var first = 0
                while column < width {
                    guard pixels[line + column] != 0 else {
                        column += 1
                        continue
                    }
                    let start = column
                    while column < width, pixels[line + column] != 0 { column += 1 }
                    let run = Run(columns: start..<column, tree: forest.plant(column - start))
                    while first < above.count, above[first].columns.upperBound <= start {
                        first += 1
                    }
                    var touching = first
                    while touching < above.count, above[touching].columns.lowerBound < column {
                        forest.join(run.tree, above[touching].tree)
                        touching += 1
                    }
                    current.append(run)
                }
                swap(&above, &current)
                current.removeAll(keepingCapacity: true)
            }
        }
        for area in forest.areas {
            count += 1
            if area <= Self.speckArea { specks += 1 }
        }
    }

    /// Set pixels of a row that lie side by side.
    private struct Run {
        var columns: Range<Int>
        var tree: Int
    }

    /// Disjoint sets of runs with their pixels.
    private struct Forest {
        private var parents: [Int] = []
        private var pixels: [Int] = []

        mutating func plant(_ area: Int) -> Int {
            parents.append(parents.count)
            pixels.append(area)
            return parents.count - 1
        }

        private mutating func root(_ tree: Int) -> Int {
            var tree = tree
            while parents[tree] != tree {
                parents[tree] = parents[parents[tree]]
                tree = parents[tree]
            }
            return tree
        }

        mutating func join(_ one: Int, _ other: Int) {
            let (low, high) = (min(root(one), root(other)), max(root(one), root(other)))
            guard low != high else { return }
            parents[high] = low
            pixels[low] += pixels[high]
        }

        /// Pixels of each set.
        var areas: [Int] { parents.indices.filter { parents[$0] == $0 }.map { pixels[$0] } }
    }
}
