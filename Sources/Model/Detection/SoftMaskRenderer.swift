import Foundation

/// Turns soft masks into binary ones: bilinear upsampling to the picture's size, threshold 0.5.
///
/// Not thread-safe; it keeps its memory from mask to mask.
public final class SoftMaskRenderer {
    private var side = 1
    private var columns = CropRange(all: 0)
    private var rows = CropRange(all: 0)
    /// The soft mask with a border of zeros, which is what lies outside.
    private var soft: [Float] = []
    private var column: [Float] = []
    private var taps: [(first: Int, second: Int, weight: Float)] = []
    /// Pixels that are held on the other side than their soft value is.
    private var held: [Int] = []

    /// Creates a renderer.
    public init() {}

    /// Renders a mask for a picture of width x height pixels.
    ///
    /// - Parameters:
    ///   - mask: The soft mask.
    ///   - width: Columns of the picture.
    ///   - height: Rows of the picture.
    ///   - hold: What the pixels were before, if that counts; see ``MaskHold``.
    public func render(
        _ mask: SoftMask, width: Int, height: Int, hold: MaskHold? = nil
    ) -> InstanceMask {
        side = mask.side
        columns = CropRange(range: mask.columns)
        rows = CropRange(range: mask.rows)
        let stride = makeRoom()
        for row in 0..<mask.rows.count {
            let target = (row + 1) * stride + 1
            for column in 0..<mask.columns.count {
                soft[target + column] = mask.values[row * mask.columns.count + column]
            }
        }
        return render(width: width, height: height, hold: hold)
    }

    /// Takes over the sigmoid of logits on the whole grid, inside the crop.
    func load(
        logits: UnsafeBufferPointer<Float>, side: Int, _ columns: CropRange, _ rows: CropRange
    ) {
        self.side = side
        self.columns = columns
        self.rows = rows
        let stride = makeRoom()
        for (index, row) in rows.range.enumerated() {
            let target = (index + 1) * stride + 1
            for (offset, column) in columns.range.enumerated() {
                soft[target + offset] = 1 / (1 + expf(-logits[row * side + column]))
            }
        }
    }

    /// The mask that was taken over last.
    var softMask: SoftMask {
        let (width, height) = (columns.range.count, rows.range.count)
        let values = [Float](unsafeUninitializedCapacity: width * height) { values, count in
            for row in 0..<height {
                let source = (row + 1) * (width + 2) + 1
                for column in 0..<width { values[row * width + column] = soft[source + column] }
            }
            count = width * height
        }
        return SoftMask(side: side, columns: columns.range, rows: rows.range, values: values)
    }

    /// Clears the memory for the crop and its border; gives the distance between rows.
    private func makeRoom() -> Int {
        let stride = columns.range.count + 2
        soft.removeAll(keepingCapacity: true)
        soft.append(contentsOf: repeatElement(0, count: stride * (rows.range.count + 2)))
        return stride
    }

    /// Renders the mask that was taken over last.
    ///
    /// - Parameter memory: What the pixels are written into, if it is large enough and nobody else's;
    ///   its elements do not matter.
    func render(
        width: Int, height: Int, hold: MaskHold? = nil, into memory: consuming [UInt8] = []
    ) -> InstanceMask {
        let x = columns.reach(from: side, to: width)
        let y = rows.reach(from: side, to: height)
        guard !x.isEmpty, !y.isEmpty else {
            return InstanceMask(region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: [])
        }
        let region = PixelRectangle(
            x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
        memory.removeAll(keepingCapacity: true)
        memory.append(contentsOf: repeatElement(0, count: x.count * y.count))
        memory.withUnsafeMutableBufferPointer {
            threshold(region, width, height, hold, into: $0)
        }
        return InstanceMask(region: region, pixels: memory)
    }

    private func threshold(
        _ region: PixelRectangle, _ width: Int, _ height: Int, _ hold: MaskHold?,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) {
        let stride = columns.range.count + 2
        let scaleX = Float(side) / Float(width)
        let scaleY = Float(side) / Float(height)
        // Positions in the bordered soft mask.
        taps.removeAll(keepingCapacity: true)
        held.removeAll(keepingCapacity: true)
        for offset in 0..<region.width {
            let tap = BilinearTap(region.x + offset, scale: scaleX, limit: side)
            taps.append((columns.bordered(tap.first), columns.bordered(tap.second), tap.weight))
        }
        if column.count < stride { column = [Float](repeating: 0, count: stride) }
        soft.withUnsafeBufferPointer { soft in
            column.withUnsafeMutableBufferPointer { blended in
                for offset in 0..<region.height {
                    let tap = BilinearTap(region.y + offset, scale: scaleY, limit: side)
                    let upper = rows.bordered(tap.first) * stride
                    let lower = rows.bordered(tap.second) * stride
                    for index in 0..<stride {
                        blended[index] =
                            (1 - tap.weight) * soft[upper + index] + tap.weight
                            * soft[lower + index]
                    }
                    let target = offset * region.width
                    for (index, (first, second, weight)) in taps.enumerated() {
                        let value = (1 - weight) * blended[first] + weight * blended[second]
                        let isSet = value > 0.5
                        pixels[target + index] = isSet ? 1 : 0
                        if let hold,
                            hold.keepsAside(
                                value, isSet: isSet, x: region.x + index, y: region.y + offset,
                                width: width)
                        {
                            held.append(target + index)
                        }
                    }
                }
            }
        }
        OutlineChange.apply(&held, to: pixels, width: region.width, height: region.height)
    }
}
