import VideoIO

/// Where the picture is as it was in the frame before.
struct StaticPixels {
    /// Change of luma, of 255, from which on a pixel has changed.
    var threshold = 4

    /// A copy: frames are painted after they were here.
    private var previous: LumaPlane?

    init(threshold: Int = 4) { self.threshold = threshold }

    /// For each pixel, row by row, 1 where luma changed by less than the threshold since the last frame, else
    /// 0; empty for the first frame and after a change of size.
    mutating func next(_ frame: VideoFrame) -> [UInt8] {
        let current = LumaPlane(frame)
        defer { previous = current }
        guard let previous, previous.width == current.width, previous.height == current.height
        else { return [] }
        return current.unchanged(since: previous, threshold: threshold)
    }
}

extension LumaPlane {
    /// For each pixel, row by row, 1 where it differs by less than the threshold from a plane of the same
    /// size, else 0.
    func unchanged(since other: LumaPlane, threshold: Int) -> [UInt8] {
        let (width, height, border) = (width, height, Self.border)
        let (mine, theirs) = (self, other)
        return [UInt8](unsafeUninitializedCapacity: width * height) { flags, count in
            mine.samples.withUnsafeBufferPointer { a in
                theirs.samples.withUnsafeBufferPointer { b in
                    for y in 0..<height {
                        let line = (y + border) * mine.stride + border
                        for x in 0..<width {
                            let change = abs(Int(a[line + x]) - Int(b[line + x]))
                            flags[y * width + x] = change < threshold ? 1 : 0
                        }
                    }
                }
            }
            count = width * height
        }
    }
}
