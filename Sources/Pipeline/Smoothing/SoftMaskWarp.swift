import Model

/// Resamples earlier soft masks to where the object is now, bilinearly, 0 outside of them. Keeps its memory
/// from mask to mask.
struct SoftMaskWarp {
    private struct Tap {
        var first: Int
        var second: Int
        var weight: Float
    }

    private var columnTaps: [Tap] = []
    private var rowTaps: [Tap] = []

    /// Fills `target`, which covers columns and rows of the grid.
    mutating func resample(
        _ mask: SoftMask, _ alignment: BoxAlignment, columns: Range<Int>, rows: Range<Int>,
        into target: inout [Float]
    ) {
        Self.fill(&columnTaps, columns, mask.columns, mask.side, alignment, axis: 0)
        Self.fill(&rowTaps, rows, mask.rows, mask.side, alignment, axis: 1)
        let width = mask.columns.count
        target.removeAll(keepingCapacity: true)
        mask.values.withUnsafeBufferPointer { values in
            for row in rowTaps {
                guard row.first >= 0 || row.second >= 0 else {
                    target.append(contentsOf: repeatElement(0, count: columns.count))
                    continue
                }
                for column in columnTaps {
                    @inline(__always) func value(_ y: Int, _ x: Int) -> Float {
                        y >= 0 && x >= 0 ? values[y * width + x] : 0
                    }
                    let upper =
                        (1 - column.weight) * value(row.first, column.first) + column.weight
                        * value(row.first, column.second)
                    let lower =
                        (1 - column.weight) * value(row.second, column.first) + column.weight
                        * value(row.second, column.second)
                    target.append((1 - row.weight) * upper + row.weight * lower)
                }
            }
        }
    }

    /// Positions in the stored part; -1 outside of it.
    private static func fill(
        _ taps: inout [Tap], _ range: Range<Int>, _ stored: Range<Int>, _ side: Int,
        _ alignment: BoxAlignment, axis: Int
    ) {
        taps.removeAll(keepingCapacity: true)
        for position in range {
            let now = (Double(position) + 0.5) / Double(side)
            let then = now * alignment.scale[axis] + alignment.offset[axis]
            let place = min(max(then * Double(side) - 0.5, -2), Double(side) + 2)
            let first = Int(place.rounded(.down))
            taps.append(
                Tap(
                    first: stored.contains(first) ? first - stored.lowerBound : -1,
                    second: stored.contains(first + 1) ? first + 1 - stored.lowerBound : -1,
                    weight: Float(place - Double(first))))
        }
    }
}
