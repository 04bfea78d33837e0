import Model

/// Finds the column-wise runs of a mask that is stored row by row.
///
/// A column's runs begin and end where a pixel differs from the one above it. Rows are compared eight
/// bytes at a time; the differences, few against the pixels, are then sorted by column, which a count
/// for each column makes possible without comparing any.
struct ColumnRuns {
    private(set) var counts: [UInt32] = []

    /// Lists that masks use in turn.
    struct Scratch {
        /// ``ColumnRuns/counts`` that nobody needs any more, for the next masks.
        var spare: [[UInt32]] = []
        /// Where each column's next change goes in ``sorted``.
        fileprivate var next: [Int] = []
        fileprivate var sorted: [Int] = []
    }

    init(_ mask: InstanceMask, width: Int, height: Int, scratch: inout Scratch) {
        if let spare = scratch.spare.popLast() { counts = spare }
        counts.removeAll(keepingCapacity: true)
        let region = mask.region
        let span = Span2D(region).clipped(width: width, height: height)
        guard !span.isEmpty else {
            counts.append(UInt32(width * height))
            return
        }
        let columns = span.width
        scratch.next.refill(with: 0, count: columns + 1)
        mask.pixels.withUnsafeBufferPointer { pixels in
            let origin = (span.top - region.y) * region.width + span.left - region.x
            let rows = Rows(
                base: pixels.baseAddress! + origin, stride: region.width, columns: columns,
                count: span.height)
            // First where each column's changes will start in the sorted list, then the list itself.
            scratch.next.withUnsafeMutableBufferPointer { next in
                rows.forEachChange { column, _ in next[column + 1] += 1 }
                for column in 0..<columns { next[column + 1] += next[column] }
            }
            let total = scratch.next[columns]
            scratch.sorted.refill(with: 0, count: total)
            scratch.next.withUnsafeMutableBufferPointer { next in
                scratch.sorted.withUnsafeMutableBufferPointer { sorted in
                    rows.forEachChange { column, row in
                        sorted[next[column]] = (span.left + column) * height + span.top + row
                        next[column] += 1
                    }
                }
            }
        }
        setCounts(scratch.sorted, end: width * height)
    }

    /// The positions where runs begin and end, in order, become their lengths.
    private mutating func setCounts(_ changes: [Int], end: Int) {
        counts.reserveCapacity(changes.count + 1)
        var runStart = 0
        var index = 0
        while index < changes.count {
            // A run that reaches the bottom goes on where the next column starts set.
            if index + 1 < changes.count, index % 2 == 1, changes[index] == changes[index + 1] {
                index += 2
                continue
            }
            counts.append(UInt32(changes[index] - runStart))
            runStart = changes[index]
            index += 1
        }
        if end > runStart || counts.isEmpty { counts.append(UInt32(end - runStart)) }
    }

    private struct Rows {
        let base: UnsafePointer<UInt8>
        let stride: Int
        let columns: Int
        let count: Int

        /// Calls `body` wherever a pixel differs from the one above, rows in order; above the first
        /// row and below the last, everything is unset.
        @inline(__always)
        func forEachChange(_ body: (_ column: Int, _ row: Int) -> Void) {
            for row in 0...count {
                let current = base + min(row, count - 1) * stride
                let above = base + max(row - 1, 0) * stride
                let keepsCurrent: UInt64 = row < count ? .max : 0
                let keepsAbove: UInt64 = row > 0 ? .max : 0
                var column = 0
                while column + 8 <= columns {
                    var difference =
                        (UnsafeRawPointer(current + column).loadUnaligned(as: UInt64.self)
                            & keepsCurrent)
                        ^ (UnsafeRawPointer(above + column).loadUnaligned(as: UInt64.self)
                            & keepsAbove)
                    difference &= 0x0101_0101_0101_0101
                    while difference != 0 {
                        body(column + difference.trailingZeroBitCount / 8, row)
                        difference &= difference &- 1
                    }
                    column += 8
                }
                while column < columns {
                    let one = current[column] & UInt8(truncatingIfNeeded: keepsCurrent)
                    let two = above[column] & UInt8(truncatingIfNeeded: keepsAbove)
                    if (one ^ two) & 1 != 0 { body(column, row) }
                    column += 1
                }
            }
        }
    }
}
