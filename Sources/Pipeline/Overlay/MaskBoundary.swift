/// Finds the outline of a mask: its pixels within a given distance of a pixel that is not in it.
///
/// Works on 64 pixels at a time. Rows and columns beyond the mask's region count as outside, so an
/// object cut off by the picture's edge has a closed outline. Distance is that of alternating diamond
/// and square steps, an octagon, so that lines have much the same thickness in every direction.
struct MaskBoundary: ~Copyable {
    /// The picture column of bit 0 of a row, an even one.
    private(set) var firstColumn = 0
    /// Words of 64 pixels in a row that hold pixels.
    private(set) var wordsPerRow = 0

    // One empty row above and below, and one empty word behind each row and before the first: every
    // pixel has neighbours and no loop needs to know about edges.
    private var rows = 0
    private var stride: Int { wordsPerRow + 1 }
    private var first: Int { stride + 1 }
    private var count: Int { (rows + 2) * stride + 1 }
    private var capacity = 0
    private var mask = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private var eroded = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private var spare = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

    deinit {
        mask.deallocate()
        eroded.deallocate()
        spare.deallocate()
    }

    /// The outline's bits in a row of the mask's span: bit `i` is column `firstColumn + i`.
    func row(_ row: Int) -> UnsafePointer<UInt64> {
        UnsafePointer(mask) + first + row * stride
    }

    /// Computes the outline of a mask whose span is not empty.
    mutating func trace(_ pixels: MaskPixels, thickness: Int) {
        firstColumn = pixels.span.left & ~1
        wordsPerRow = (pixels.span.right - firstColumn + 63) / 64
        rows = pixels.span.height
        reserve()
        pack(pixels)
        eroded.update(from: mask, count: count)
        // A line thicker than half of the mask covers all of it.
        for step in 0..<min(thickness, (max(pixels.span.width, rows) + 1) / 2) {
            if step % 2 == 0 {
                erodeByDiamond()
            } else {
                erodeBySquare()
            }
        }
        for i in 0..<count { mask[i] &= ~eroded[i] }
    }

    private mutating func reserve() {
        if count > capacity {
            mask.deallocate()
            eroded.deallocate()
            spare.deallocate()
            capacity = count
            mask = .allocate(capacity: capacity)
            eroded = .allocate(capacity: capacity)
            spare = .allocate(capacity: capacity)
        }
        mask.update(repeating: 0, count: count)
        spare.update(repeating: 0, count: count)
    }

    /// Fills the cleared ``mask`` with one bit a pixel.
    private func pack(_ pixels: MaskPixels) {
        let lead = UInt64(pixels.span.left - firstColumn)
        let width = pixels.span.width
        for row in 0..<rows {
            let bytes = pixels.row(pixels.span.top + row)
            let bits = mask + first + row * stride
            var carry: UInt64 = 0
            for word in 0..<wordsPerRow {
                let start = 64 * word
                // With a lead the last word may hold nothing but what the one before carried over.
                let packed =
                    start + 64 <= width
                    ? Self.pack64(bytes + start)
                    : Self.pack(bytes + start, count: max(0, width - start))
                bits[word] = packed &<< lead | carry
                carry = lead == 0 ? 0 : packed &>> 63
            }
        }
    }

    @inline(__always)
    private static func pack64(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        var bits: UInt64 = 0
        for group in 0..<8 {
            let eight = UnsafeRawPointer(bytes + 8 * group).loadUnaligned(as: UInt64.self)
            // Multiplying gathers the lowest bit of each byte in the topmost byte.
            let byte = ((eight & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) &>> 56
            bits |= byte &<< UInt64(8 * group)
        }
        return bits
    }

    private static func pack(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
        var bits: UInt64 = 0
        for i in 0..<count { bits |= UInt64(bytes[i] & 1) &<< UInt64(i) }
        return bits
    }

    private mutating func erodeByDiamond() {
        let (input, output, stride) = (eroded, spare, stride)
        for i in first..<(first + rows * stride) {
            output[i] = Self.narrowed(input, i) & input[i - stride] & input[i + stride]
        }
        swap(&eroded, &spare)
    }

    private mutating func erodeBySquare() {
        let (input, output, stride) = (eroded, spare, stride)
        for i in first..<(first + rows * stride) { output[i] = Self.narrowed(input, i) }
        for i in first..<(first + rows * stride) {
            input[i] = output[i] & output[i - stride] & output[i + stride]
        }
    }

    /// The bits of word `i` whose left and right neighbours are set too.
    @inline(__always)
    private static func narrowed(_ input: UnsafeMutablePointer<UInt64>, _ i: Int) -> UInt64 {
        let left = input[i] &<< 1 | input[i - 1] &>> 63
        let right = input[i] &>> 1 | input[i + 1] &<< 63
        return input[i] & left & right
    }
}
