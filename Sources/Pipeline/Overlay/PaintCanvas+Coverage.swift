extension PaintCanvas {
    /// Paints a colour through a stencil: byte 0 leaves a pixel as it is, 255 replaces it.
    ///
    /// - Parameters:
    ///   - coverage: The stencil's rows, `stride` bytes apart; its corner lies at the span's.
    ///   - span: Where in the picture; must lie inside it.
    func paint(
        coverage: UnsafePointer<UInt8>, stride: Int, span: Span2D, colour: SampleColour
    ) {
        guard !span.isEmpty else { return }
        let weights = scratch.weights
        for y in span.top..<span.bottom {
            let row = coverage + (y - span.top) * stride
            for i in 0..<span.width { weights[i] = UInt16(row[i]) &* 257 }
            blendRow(luma.row(y) + span.left, weights, span.width, colour.y)
            guard !isSubsampled else { continue }
            blendRow(u.row(y) + span.left, weights, span.width, colour.u)
            blendRow(v.row(y) + span.left, weights, span.width, colour.v)
        }
        if isSubsampled { paintSubsampledChroma(coverage, stride, span, colour) }
    }

    private func paintSubsampledChroma(
        _ coverage: UnsafePointer<UInt8>, _ stride: Int, _ span: Span2D, _ colour: SampleColour
    ) {
        let firstCell = span.left >> 1
        let cells = (span.right + 1) / 2 - firstCell
        let weights = scratch.weights
        let sums = scratch.sums
        let pixels = sums + (span.left & 1)
        for chromaRow in (span.top >> shiftY)...((span.bottom - 1) >> shiftY) {
            let rows = lumaRows(ofChromaRow: chromaRow)
            sums.update(repeating: 0, count: 2 * cells)
            add(rows.first, of: coverage, stride, span, to: pixels)
            add(rows.second, of: coverage, stride, span, to: pixels)
            if span.right == width, width & 1 == 1 { pixels[span.width] = pixels[span.width - 1] }
            for i in 0..<cells {
                let sum = UInt32(sums[2 * i]) + UInt32(sums[2 * i + 1])
                weights[i] = UInt16(truncatingIfNeeded: (sum * 257) >> 2)
            }
            blendChroma(
                row: chromaRow, from: firstCell, weights: weights, count: cells, colour: colour)
        }
    }

    /// Adds a row of the picture to the sums; rows the stencil does not reach add nothing.
    private func add(
        _ y: Int, of coverage: UnsafePointer<UInt8>, _ stride: Int, _ span: Span2D,
        to sums: UnsafeMutablePointer<UInt16>
    ) {
        guard y >= span.top, y < span.bottom else { return }
        let row = coverage + (y - span.top) * stride
        for i in 0..<span.width { sums[i] &+= UInt16(row[i]) }
    }
}
