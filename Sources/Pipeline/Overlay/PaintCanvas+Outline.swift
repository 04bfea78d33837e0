extension PaintCanvas {
    /// Draws the edge of a mask, inside the mask, in an opaque colour.
    func outline(_ mask: MaskPixels, colour: SampleColour, thickness: Int) {
        scratch.boundary.trace(mask, thickness: thickness)
        fillOutline(luma, mask.span, Coding.narrow(colour.y))
        if isSubsampled {
            outlineSubsampledChroma(mask.span, colour)
        } else {
            fillOutline(u, mask.span, Coding.narrow(colour.u))
            fillOutline(v, mask.span, Coding.narrow(colour.v))
        }
    }

    /// Sets the samples of every outline pixel in a plane of full resolution.
    private func fillOutline(_ plane: Plane, _ span: Span2D, _ value: Word) {
        let words = scratch.boundary.wordsPerRow
        for y in span.top..<span.bottom {
            let row = plane.row(y) + scratch.boundary.firstColumn
            let bits = scratch.boundary.row(y - span.top)
            for index in 0..<words {
                var word = bits[index]
                while word != 0 {
                    let column = word.trailingZeroBitCount
                    row[index * 64 + column] = value
                    word &= word &- 1
                }
            }
        }
    }

    private func outlineSubsampledChroma(_ span: Span2D, _ colour: SampleColour) {
        let words = scratch.boundary.wordsPerRow
        let firstCell = scratch.boundary.firstColumn / 2
        // The one cell, if any, whose right pixel lies beyond the picture.
        let halfCell = width & 1 == 1 ? width / 2 : -1
        let step = u.step
        for chromaRow in (span.top >> shiftY)...((span.bottom - 1) >> shiftY) {
            let rows = lumaRows(ofChromaRow: chromaRow)
            // Rows just outside the span are there, and empty.
            let first = scratch.boundary.row(rows.first - span.top)
            let second = scratch.boundary.row(rows.second - span.top)
            let (rowU, rowV) = (u.row(chromaRow), v.row(chromaRow))
            for index in 0..<words {
                let (upper, lower) = (first[index], second[index])
                let any = upper | lower
                var pairs = (any | any &>> 1) & 0x5555_5555_5555_5555
                while pairs != 0 {
                    let bit = pairs.trailingZeroBitCount
                    pairs &= pairs &- 1
                    let cell = firstCell + index * 32 + bit / 2
                    // The number of set bits of a pair is its value less its upper bit.
                    let (one, two) = (upper &>> UInt64(bit) & 3, lower &>> UInt64(bit) & 3)
                    var covered = one &- one &>> 1 &+ two &- two &>> 1
                    if cell == halfCell { covered &*= 2 }
                    let weight = UInt16(truncatingIfNeeded: covered &* 65535 / 4)
                    rowU[cell * step] = Coding.blend(
                        rowU[cell * step], with: colour.u, weight: weight)
                    rowV[cell * step] = Coding.blend(
                        rowV[cell * step], with: colour.v, weight: weight)
                }
            }
        }
    }
}
