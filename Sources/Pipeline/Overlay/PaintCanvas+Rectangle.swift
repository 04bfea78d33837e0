extension PaintCanvas {
    /// Fills a rectangle with an opaque colour; parts outside the picture are left out.
    func fill(_ span: Span2D, colour: SampleColour) {
        paint(span, around: Span2D(left: 0, top: 0, right: 0, bottom: 0), colour: colour)
    }

    /// Draws the edge of a rectangle, inside the rectangle, in an opaque colour.
    func stroke(_ span: Span2D, thickness: Int, colour: SampleColour) {
        let visible = span.clipped(width: width, height: height)
        // Cut off by the picture, the frame still closes at the picture's edge.
        var inner = visible.inset(by: min(thickness, max(width, height)))
        if inner.isEmpty { inner = Span2D(left: 0, top: 0, right: 0, bottom: 0) }
        paint(visible, around: inner, colour: colour)
    }

    /// Paints the pixels of `outer` that are not in `inner`, which lies inside it or is empty.
    private func paint(_ outer: Span2D, around inner: Span2D, colour: SampleColour) {
        let outer = outer.clipped(width: width, height: height)
        guard !outer.isEmpty else { return }
        fillRows(of: luma, outer, inner, Coding.narrow(colour.y))
        if isSubsampled {
            paintSubsampledChroma(outer, inner, colour)
        } else {
            fillRows(of: u, outer, inner, Coding.narrow(colour.u))
            fillRows(of: v, outer, inner, Coding.narrow(colour.v))
        }
    }

    private func fillRows(of plane: Plane, _ outer: Span2D, _ inner: Span2D, _ value: Word) {
        for y in outer.top..<outer.bottom {
            let row = plane.row(y)
            if y >= inner.top && y < inner.bottom {
                (row + outer.left).update(repeating: value, count: inner.left - outer.left)
                (row + inner.right).update(repeating: value, count: outer.right - inner.right)
            } else {
                (row + outer.left).update(repeating: value, count: outer.width)
            }
        }
    }

    private func paintSubsampledChroma(_ outer: Span2D, _ inner: Span2D, _ colour: SampleColour) {
        let cells = (outer.left >> 1)..<((outer.right + 1) >> 1)
        // Rows in the middle hold the left and right line only; what lies between is not visited.
        let left = cells.lowerBound..<max((inner.left + 1) >> 1, cells.lowerBound)
        let right = min(max(inner.right >> 1, left.upperBound), cells.upperBound)..<cells.upperBound
        var isMiddle = false
        for chromaRow in (outer.top >> shiftY)...((outer.bottom - 1) >> shiftY) {
            let rows = lumaRows(ofChromaRow: chromaRow)
            let outerRows = Self.count(rows, outer.top, outer.bottom)
            let innerRows = Self.count(rows, inner.top, inner.bottom)
            // Weights are the same from one middle row to the next.
            if innerRows < 2 || !isMiddle { setWeights(cells, outer, inner, outerRows, innerRows) }
            isMiddle = innerRows == 2
            if isMiddle {
                blend(left, of: cells, chromaRow, colour)
                blend(right, of: cells, chromaRow, colour)
            } else {
                blend(cells, of: cells, chromaRow, colour)
            }
        }
    }

    private func blend(
        _ part: Range<Int>, of cells: Range<Int>, _ chromaRow: Int, _ colour: SampleColour
    ) {
        blendChroma(
            row: chromaRow, from: part.lowerBound,
            weights: scratch.weights + (part.lowerBound - cells.lowerBound), count: part.count,
            colour: colour)
    }

    private func setWeights(
        _ cells: Range<Int>, _ outer: Span2D, _ inner: Span2D, _ outerRows: Int, _ innerRows: Int
    ) {
        for cell in cells {
            let columns = (first: 2 * cell, second: min(2 * cell + 1, width - 1))
            let covered =
                outerRows * Self.count(columns, outer.left, outer.right)
                - innerRows * Self.count(columns, inner.left, inner.right)
            scratch.weights[cell - cells.lowerBound] = UInt16(
                truncatingIfNeeded: covered * 65535 / 4)
        }
    }

    /// How many of the two positions lie in `start..<end`.
    private static func count(_ pair: (first: Int, second: Int), _ start: Int, _ end: Int) -> Int {
        (pair.first >= start && pair.first < end ? 1 : 0)
            + (pair.second >= start && pair.second < end ? 1 : 0)
    }
}
