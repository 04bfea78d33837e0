/// The part of a mask inside the picture. The pointer is to the mask's pixel at the span's corner.
struct MaskPixels {
    let span: Span2D
    let pixels: UnsafePointer<UInt8>
    let stride: Int

    /// The mask's bytes in a row of the picture, which must be one of the span.
    @inline(__always) func row(_ y: Int) -> UnsafePointer<UInt8> {
        pixels + (y - span.top) * stride
    }
}

extension PaintCanvas {
    /// Tints the pixels of a mask.
    ///
    /// - Parameter weight: Opacity, 0...65535.
    func tint(_ mask: MaskPixels, colour: SampleColour, weight: UInt16) {
        let span = mask.span
        for y in span.top..<span.bottom {
            tintRow(luma.row(y) + span.left, mask.row(y), span.width, colour.y, weight)
        }
        guard isSubsampled else {
            for y in span.top..<span.bottom {
                tintRow(u.row(y) + span.left, mask.row(y), span.width, colour.u, weight)
                tintRow(v.row(y) + span.left, mask.row(y), span.width, colour.v, weight)
            }
            return
        }
        tintSubsampledChroma(mask, colour: colour, weight: weight)
    }

    @inline(__always)
    private func tintRow(
        _ samples: UnsafeMutablePointer<Word>, _ mask: UnsafePointer<UInt8>, _ count: Int,
        _ colour: UInt16, _ weight: UInt16
    ) {
        let tint = Coding.tint(colour, weight: weight)
        for i in 0..<count {
            let word = samples[i]
            let tinted = Coding.apply(tint, to: word)
            samples[i] = mask[i] & 1 != 0 ? tinted : word
        }
    }

    private func tintSubsampledChroma(_ mask: MaskPixels, colour: SampleColour, weight: UInt16) {
        let span = mask.span
        let firstCell = span.left >> 1
        let cells = (span.right + 1) / 2 - firstCell
        let lead = span.left & 1
        let sums = scratch.pixelCounts
        let weights = scratch.weights
        let quarter = weight / 4
        for chromaRow in (span.top >> shiftY)...((span.bottom - 1) >> shiftY) {
            let rows = lumaRows(ofChromaRow: chromaRow)
            sums[0] = 0
            sums[2 * cells - 1] = 0
            let pixels = sums + lead
            if rows.first < span.top || rows.second >= span.bottom {
                let only = mask.row(rows.first < span.top ? rows.second : rows.first)
                for i in 0..<span.width { pixels[i] = only[i] & 1 }
            } else {
                let (first, second) = (mask.row(rows.first), mask.row(rows.second))
                for i in 0..<span.width { pixels[i] = (first[i] & 1) &+ (second[i] & 1) }
            }
            if span.right == width, width & 1 == 1 { pixels[span.width] = pixels[span.width - 1] }
            // Two bytes at a time, whose sum does not depend on their order.
            let pairs = UnsafeRawPointer(sums)
            for i in 0..<cells {
                let pair = pairs.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                weights[i] = (pair & 0xFF &+ pair &>> 8) &* quarter
            }
            blendChroma(
                row: chromaRow, from: firstCell, weights: weights, count: cells, colour: colour)
        }
    }
}
