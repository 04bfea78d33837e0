public import VideoIO

/// The luma of a picture in 8 bits, with a border that repeats its edges.
public struct LumaPlane: Sendable {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Samples between rows, borders included.
    let stride: Int
    /// All samples, row by row, borders included.
    private(set) var samples: [UInt8]

    /// Samples of the border at each side.
    static let border = 40

    /// Copies the luma of a frame; of more than 8 bits the upper ones.
    public init(_ frame: VideoFrame) {
        let (wide, shift) = (
            frame.format.bytesPerSample == 2, frame.format.bitDepth - 8 + frame.format.lowPadding
        )
        self.init(width: frame.width, height: frame.height) { row, target in
            frame.withPlanes { planes in
                let line = row * planes[0].bytesPerRow
                let bytes = planes[0].bytes
                for column in 0..<target.count {
                    target[column] =
                        wide
                        ? UInt8(
                            truncatingIfNeeded: bytes.loadUnaligned(
                                fromByteOffset: line + 2 * column, as: UInt16.self) >> shift)
                        : bytes[line + column]
                }
            }
        }
    }

    /// Creates a plane from samples, row by row without borders.
    public init(width: Int, height: Int, samples: [UInt8]) {
        precondition(samples.count == width * height)
        self.init(width: width, height: height) { row, target in
            for column in 0..<width { target[column] = samples[row * width + column] }
        }
    }

    private init(
        width: Int, height: Int, fill: (Int, UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        self.width = width
        self.height = height
        let border = Self.border
        stride = width + 2 * border
        let (stride, rows) = (stride, height + 2 * border)
        samples = [UInt8](unsafeUninitializedCapacity: stride * rows) { all, count in
            guard width > 0, height > 0 else { return }
            for row in 0..<height {
                let start = (row + border) * stride
                let inner = all[start + border..<start + border + width]
                fill(row, UnsafeMutableBufferPointer(rebasing: inner))
                for column in 0..<border {
                    all[start + column] = all[start + border]
                    all[start + border + width + column] = all[start + border + width - 1]
                }
            }
            for row in 0..<border {
                for column in 0..<stride {
                    all[row * stride + column] = all[border * stride + column]
                    all[(border + height + row) * stride + column] =
                        all[(border + height - 1) * stride + column]
                }
            }
            count = stride * rows
        }
    }

    /// Half the size each way, each sample the mean of four.
    var halved: LumaPlane {
        let source = self
        return LumaPlane(width: max(1, width / 2), height: max(1, height / 2)) { row, target in
            source.samples.withUnsafeBufferPointer { samples in
                let line = (2 * row + Self.border) * source.stride + Self.border
                for column in 0..<target.count {
                    let at = line + 2 * column
                    let sum =
                        UInt16(samples[at]) + UInt16(samples[at + 1])
                        + UInt16(samples[at + source.stride])
                        + UInt16(samples[at + source.stride + 1])
                    target[column] = UInt8(truncatingIfNeeded: (sum + 2) >> 2)
                }
            }
        }
    }

    /// The sample of a pixel; of one outside the nearest, as far as the border reaches.
    @inline(__always)
    func sample(_ x: Int, _ y: Int) -> UInt8 {
        samples[(y + Self.border) * stride + x + Self.border]
    }
}
