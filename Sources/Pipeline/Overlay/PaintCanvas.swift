import Model
import VideoIO

/// The planes of one frame as something to paint on.
///
/// Everything painted covers luma pixels wholly or in part; a chroma sample gets the colour in
/// proportion to how much of its luma pixels is covered, so that edges keep their colour. At the right
/// and lower edge of a picture of odd size, where a chroma sample has fewer luma pixels than elsewhere,
/// the existing ones count for those that are missing.
struct PaintCanvas<Coding: SampleCoding> {
    typealias Word = Coding.Word

    let width: Int
    let height: Int
    let shiftX: Int
    let shiftY: Int
    let luma: Plane
    let u: Plane
    let v: Plane
    let scratch: PaintScratch

    /// One component.
    struct Plane {
        let base: UnsafeMutablePointer<Word>
        /// Words from row to row.
        let stride: Int
        /// Words from sample to sample: 2 where U and V are interleaved.
        let step: Int

        @inline(__always) func row(_ y: Int) -> UnsafeMutablePointer<Word> { base + y * stride }
    }

    /// Checks that the planes hold a picture of that format and size.
    init<Planes: RandomAccessCollection>(
        _ planes: Planes, format: PixelFormat, width: Int, height: Int, scratch: PaintScratch
    ) throws(OverlayError) where Planes.Element == MutableFramePlane, Planes.Index == Int {
        self.width = width
        self.height = height
        self.scratch = scratch
        shiftX = format.chromaShiftX
        shiftY = format.chromaShiftY
        guard width > 0, height > 0 else {
            throw .planesDoNotFit(reason: "its size is \(width)x\(height)")
        }
        guard planes.count == format.planeCount else {
            throw .planesDoNotFit(
                reason: "\(format.rawValue) has \(format.planeCount) planes, not \(planes.count)")
        }
        let chromaWidth = (width + (1 << shiftX) - 1) >> shiftX
        let chromaHeight = (height + (1 << shiftY) - 1) >> shiftY
        let step = format.isSemiPlanar ? 2 : 1
        luma = try Self.plane(planes[0], width: width, height: height, step: 1)
        u = try Self.plane(planes[1], width: chromaWidth, height: chromaHeight, step: step)
        v =
            format.isSemiPlanar
            ? Plane(base: u.base + 1, stride: u.stride, step: 2)
            : try Self.plane(planes[2], width: chromaWidth, height: chromaHeight, step: 1)
        scratch.reserve(width: width)
    }

    private static func plane(
        _ plane: MutableFramePlane, width: Int, height: Int, step: Int
    ) throws(OverlayError) -> Plane {
        let wordSize = MemoryLayout<Word>.size
        let rowSize = width * step * wordSize
        guard plane.bytesPerRow >= rowSize,
            plane.bytes.count >= plane.bytesPerRow * (height - 1) + rowSize,
            let base = plane.bytes.baseAddress
        else {
            throw .planesDoNotFit(
                reason: "a plane of \(plane.bytes.count) bytes, \(plane.bytesPerRow) a row, "
                    + "cannot hold \(width)x\(height) samples of \(step * wordSize) bytes")
        }
        guard plane.bytesPerRow % wordSize == 0, Int(bitPattern: base) % wordSize == 0 else {
            throw .planesDoNotFit(
                reason: "rows of \(plane.bytesPerRow) bytes leave samples misaligned")
        }
        return Plane(
            base: base.assumingMemoryBound(to: Word.self), stride: plane.bytesPerRow / wordSize,
            step: step)
    }

    /// Whether chroma has fewer samples than luma.
    var isSubsampled: Bool { shiftX > 0 || shiftY > 0 }

    /// The part of a rectangle inside the picture.
    func clip(_ rectangle: PixelRectangle) -> Span2D {
        Span2D(rectangle).clipped(width: width, height: height)
    }

    /// The luma rows that row `y` of chroma stands for, both the same where there is only one.
    func lumaRows(ofChromaRow y: Int) -> (first: Int, second: Int) {
        let first = y << shiftY
        return (first, min(first + (1 << shiftY) - 1, height - 1))
    }

    /// Blends a colour into a row of chroma samples, each with its weight.
    func blendChroma(
        row: Int, from column: Int, weights: UnsafePointer<UInt16>, count: Int,
        colour: SampleColour
    ) {
        if u.step == 1 {
            blendRow(u.row(row) + column, weights, count, colour.u)
            blendRow(v.row(row) + column, weights, count, colour.v)
        } else {
            let samples = u.row(row) + 2 * column
            for i in 0..<count {
                let weight = weights[i]
                samples[2 * i] = Coding.blend(samples[2 * i], with: colour.u, weight: weight)
                samples[2 * i + 1] = Coding.blend(
                    samples[2 * i + 1], with: colour.v, weight: weight)
            }
        }
    }

    /// Blends one component into adjacent samples.
    @inline(__always)
    func blendRow(
        _ samples: UnsafeMutablePointer<Word>, _ weights: UnsafePointer<UInt16>, _ count: Int,
        _ colour: UInt16
    ) {
        for i in 0..<count {
            samples[i] = Coding.blend(samples[i], with: colour, weight: weights[i])
        }
    }
}

/// Half-open ranges of columns and rows.
struct Span2D: Equatable {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int

    init(left: Int, top: Int, right: Int, bottom: Int) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// The rectangle's columns and rows; sums beyond the range of integers are cut off.
    init(_ rectangle: PixelRectangle) {
        func end(_ start: Int, _ length: Int) -> Int {
            let (sum, overflow) = start.addingReportingOverflow(max(length, 0))
            return overflow ? .max : sum
        }
        left = rectangle.x
        top = rectangle.y
        right = end(rectangle.x, rectangle.width)
        bottom = end(rectangle.y, rectangle.height)
    }

    var width: Int { right - left }
    var height: Int { bottom - top }
    var isEmpty: Bool { right <= left || bottom <= top }

    func clipped(width: Int, height: Int) -> Span2D {
        Span2D(
            left: min(max(left, 0), width), top: min(max(top, 0), height),
            right: min(max(right, 0), width), bottom: min(max(bottom, 0), height))
    }

    /// The span without `margin` columns and rows at each side.
    func inset(by margin: Int) -> Span2D {
        Span2D(
            left: left + margin, top: top + margin, right: right - margin,
            bottom: bottom - margin)
    }
}
