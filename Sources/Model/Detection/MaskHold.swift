/// What the pixels of a mask were in the frame before. Where the picture did not change, pixels whose soft
/// value is close to the threshold stay that, as far as it moves outlines: what they would make or close
/// by themselves, a part or a hole, is not kept.
public struct MaskHold: Sendable {
    /// The mask as it was shown last.
    public var mask: InstanceMask
    /// Soft values within this distance of 0.5 do not change a pixel, 0...0.5.
    public var margin: Float
    /// For each pixel of the picture, row by row, 1 where it did not change, else 0.
    public var isStatic: [UInt8]

    /// Creates a hold on a mask.
    public init(mask: InstanceMask, margin: Float, isStatic: [UInt8]) {
        self.mask = mask
        self.margin = margin
        self.isStatic = isStatic
    }

    /// Whether a pixel of a picture of that width would stay on the other side than its soft value is.
    @inline(__always)
    func keepsAside(_ value: Float, isSet: Bool, x: Int, y: Int, width: Int) -> Bool {
        guard abs(value - 0.5) < margin, isStatic[y * width + x] != 0 else { return false }
        return mask.contains(x, y) != isSet
    }
}

/// Changes pixels of a mask one after the other, from its outline on, so that its parts and holes stay
/// what they are: none is made, none is split, none is joined. Only what is a single pixel may vanish.
///
/// Taken as they come, pixels that are held one by one, by a picture that stands still at one and not at
/// the next, leave specks and pinholes along the outline.
enum OutlineChange {
    /// Changes those of the candidates that may change.
    ///
    /// - Parameters:
    ///   - candidates: Places in `pixels` that are to change sides, by rising number; those that may not are
    ///     left in it.
    ///   - pixels: The mask, row by row, 0 and 1; outside of it nothing is set.
    ///   - width: Its columns.
    ///   - height: Its rows.
    static func apply(
        _ candidates: inout [Int], to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int,
        height: Int
    ) {
        var isMoving = true
        while isMoving {
            isMoving = false
            var kept = 0
            for position in candidates.indices {
                let index = candidates[position]
                let around = neighbours(of: index, pixels, width, height)
                if mayChange(isSet: pixels[index] != 0, around) {
                    pixels[index] ^= 1
                    isMoving = true
                } else {
                    candidates[kept] = index
                    kept += 1
                }
            }
            candidates.removeLast(candidates.count - kept)
        }
    }

    /// The eight neighbours as bits, one after the other around the pixel, from the one at its right.
    private static func neighbours(
        of index: Int, _ pixels: UnsafeMutableBufferPointer<UInt8>, _ width: Int, _ height: Int
    ) -> Int {
        let (x, y) = (index % width, index / width)
        func bit(_ dx: Int, _ dy: Int) -> Int {
            guard x + dx >= 0, x + dx < width, y + dy >= 0, y + dy < height else { return 0 }
            return Int(pixels[index + dy * width + dx])
        }
        return bit(1, 0) | bit(1, -1) << 1 | bit(0, -1) << 2 | bit(-1, -1) << 3 | bit(-1, 0) << 4
            | bit(-1, 1) << 5 | bit(0, 1) << 6 | bit(1, 1) << 7
    }

    private static func mayChange(isSet: Bool, _ around: Int) -> Bool {
        isSimple[around] || around == (isSet ? 0 : 255)
    }

    /// By neighbours: whether a pixel between them can change without changing what hangs together,
    /// whichever of both sides is taken to hang together at corners (its connectivity numbers are 1 for
    /// both; Yokoi, Toriwaki and Fukumura, 1975).
    private static let isSimple: [Bool] = (0..<256).map { around in
        func number(_ bits: Int) -> Int {
            func bit(_ place: Int) -> Int { bits >> (place % 8) & 1 }
            return stride(from: 0, to: 8, by: 2).reduce(0) { sum, place in
                sum + bit(place) - bit(place) * bit(place + 1) * bit(place + 2)
            }
        }
        return number(around) == 1 && number(255 - around) == 1
    }
}
