public import Model

/// A mask in COCO's run-length encoding.
///
/// The picture is read column by column, from top to bottom and left to right; ``counts`` are the
/// lengths of alternating runs of unset and set pixels. The first may be 0, where the first pixel is
/// set.
public struct RunLengthEncoding: Sendable, Hashable {
    /// Picture width in pixels.
    public let width: Int
    /// Picture height in pixels.
    public let height: Int
    /// Run lengths: unset, set, unset, ... They add up to the number of pixels.
    public let counts: [UInt32]

    /// Pixels of the largest picture that is accepted: 16,384 squared. It bounds what a few bytes of
    /// input can make a reader allocate.
    public static let maximumPixels = 1 << 28

    /// Creates an encoding from run lengths.
    ///
    /// - Throws: ``RunLengthError`` unless the counts add up to `width * height`.
    public init(width: Int, height: Int, counts: [UInt32]) throws(RunLengthError) {
        let pixels = width.multipliedReportingOverflow(by: height)
        guard width >= 0, height >= 0, !pixels.overflow, pixels.partialValue <= Self.maximumPixels
        else { throw .invalidSize(width: width, height: height) }
        let covered = counts.reduce(0) { $0 + Int($1) }
        guard covered == pixels.partialValue else {
            throw .sizeMismatch(covered: covered, pixels: pixels.partialValue)
        }
        self.width = width
        self.height = height
        self.counts = counts
    }

    /// Encodes a mask in a picture of the given size; parts outside the picture are left out.
    ///
    /// Only the mask's region is read, row by row: where a pixel differs from the one above it, a run
    /// of its column begins or ends.
    ///
    /// - Throws: ``RunLengthError`` for a size that is not possible, or a mask that does not hold as
    ///   many bytes as its region has pixels.
    public init(_ mask: InstanceMask, width: Int, height: Int) throws(RunLengthError) {
        var scratch = ColumnRuns.Scratch()
        try self.init(mask, width: width, height: height, scratch: &scratch)
    }

    /// The same, for one mask after the other.
    init(
        _ mask: InstanceMask, width: Int, height: Int, scratch: inout ColumnRuns.Scratch
    ) throws(RunLengthError) {
        let region = mask.region.width.multipliedReportingOverflow(by: mask.region.height)
        guard mask.region.width >= 0, mask.region.height >= 0, !region.overflow,
            region.partialValue == mask.pixels.count
        else { throw .regionMismatch(region: region.partialValue, bytes: mask.pixels.count) }
        let pixels = width.multipliedReportingOverflow(by: height)
        guard width >= 0, height >= 0, !pixels.overflow, pixels.partialValue <= Self.maximumPixels
        else { throw .invalidSize(width: width, height: height) }
        self.width = width
        self.height = height
        counts = ColumnRuns(mask, width: width, height: height, scratch: &scratch).counts
    }

    /// Calls `body` with the half-open ranges of set pixels, in column-major positions and in order.
    @inline(__always)
    func forEachRun(_ body: (_ start: Int, _ end: Int) -> Void) {
        var position = 0
        for (index, count) in counts.enumerated() {
            let end = position + Int(count)
            if index % 2 == 1 && count > 0 { body(position, end) }
            position = end
        }
    }

    /// Number of set pixels.
    public var area: Int {
        var area = 0
        forEachRun { area += $1 - $0 }
        return area
    }

    /// The smallest rectangle that holds all set pixels; nil if there are none.
    public var boundingBox: PixelRectangle? {
        var (left, right) = (Int.max, -1)
        var (top, bottom) = (Int.max, -1)
        forEachRun { start, end in
            let (first, last) = (start / height, (end - 1) / height)
            left = min(left, first)
            right = max(right, last)
            if first == last {
                top = min(top, start - first * height)
                bottom = max(bottom, end - 1 - first * height)
            } else {
                // It goes on at the top of the next column.
                top = 0
                bottom = height - 1
            }
        }
        guard right >= 0 else { return nil }
        return PixelRectangle(
            x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }

    /// The mask, its region the bounding box; of no pixels if none is set.
    public var mask: InstanceMask {
        guard let box = boundingBox else {
            return InstanceMask(
                region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: [])
        }
        var pixels = [UInt8](repeating: 0, count: box.width * box.height)
        pixels.withUnsafeMutableBufferPointer { pixels in
            forEachRun { start, end in
                var position = start
                while position < end {
                    let column = position / height
                    let columnEnd = min(end, (column + 1) * height)
                    var index =
                        (position - column * height - box.y) * box.width + column - box.x
                    for _ in position..<columnEnd {
                        pixels[index] = 1
                        index += box.width
                    }
                    position = columnEnd
                }
            }
        }
        return InstanceMask(region: box, pixels: pixels)
    }
}
