public import Model
public import VideoIO

/// How a picture comes from the one before it, pixel by pixel.
public struct FrameMotion: Sendable {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int
    /// For each pixel, row by row, the index of the pixel of the earlier picture that it shows; -1 where that
    /// is unknown: covered before, or outside of the picture.
    public let sources: [Int32]
    /// For each pixel whether its luma changed by less than the threshold: 1, else 0.
    public let isStatic: [UInt8]
    /// The part of pixels whose source is unknown, 0...1.
    public let occludedShare: Double
    /// The part of blocks for which a vector of the decoder's was the best, 0...1.
    public let decoderShare: Double

    /// Differences of luma up to which a pixel still shows the same as its source.
    private static let largestDifference: Int32 = 48

    /// Estimates the motion.
    ///
    /// A pixel's source is unknown where going back and forth does not lead home: where the squared distance
    /// is more than 0.01 (|b|^2 + |f|^2) + 0.5 (Sundaram, Brox and Keutzer, ECCV 2010), b and f the vectors to
    /// the earlier picture and back; and where the luma differs too much to be the same.
    ///
    /// - Parameters:
    ///   - current: The picture.
    ///   - previous: The one before it, of the same size.
    ///   - hints: The decoder's vectors of the current picture.
    ///   - staticThreshold: Change of luma, of 255, from which on a pixel does not count as static.
    public init(
        current: LumaPlane, previous: LumaPlane, hints: [MotionVector] = [],
        staticThreshold: Int = 4
    ) {
        self.init(
            current: PyramidPlanes(current), previous: PyramidPlanes(previous), hints: hints,
            staticThreshold: staticThreshold)
    }

    init(
        current: PyramidPlanes, previous: PyramidPlanes, hints: [MotionVector],
        staticThreshold: Int
    ) {
        let backward = BlockMatcher(current: current, reference: previous).field(hints: hints)
        let forward = BlockMatcher(current: previous, reference: current).field()
        let (now, before) = (current.planes[0], previous.planes[0])
        precondition(now.width == before.width && now.height == before.height)
        let (width, height) = (now.width, now.height)
        self.width = width
        self.height = height
        var unknown = 0
        sources = [Int32](unsafeUninitializedCapacity: width * height) { sources, count in
            for y in 0..<height {
                for x in 0..<width {
                    let source = Self.source(x, y, backward, forward, now, before)
                    if source < 0 { unknown += 1 }
                    sources[y * width + x] = source
                }
            }
            count = width * height
        }
        isStatic = now.unchanged(since: before, threshold: staticThreshold)
        occludedShare = Double(unknown) / Double(max(1, width * height))
        decoderShare = Double(backward.fromDecoder) / Double(max(1, backward.vectors.count))
    }

    private static func source(
        _ x: Int, _ y: Int, _ backward: MotionField, _ forward: MotionField, _ now: LumaPlane,
        _ before: LumaPlane
    ) -> Int32 {
        let block = MotionField.block
        let back = backward[x / block, y / block]
        let fromX = x + Int((back.x &+ 2) >> 2)
        let fromY = y + Int((back.y &+ 2) >> 2)
        guard fromX >= 0, fromY >= 0, fromX < now.width, fromY < now.height else { return -1 }
        let forth = forward[fromX / block, fromY / block]
        let error = back &+ forth
        // In quarters of a pixel, so that squares are 16 times as large.
        let limit = 0.01 * Float(square(back) + square(forth)) + 0.5 * 16
        guard Float(square(error)) <= limit else { return -1 }
        let difference = Int32(now.sample(x, y)) - Int32(before.sample(fromX, fromY))
        guard abs(difference) <= largestDifference else { return -1 }
        return Int32(fromY * now.width + fromX)
    }

    private static func square(_ vector: SIMD2<Int32>) -> Int32 {
        vector.x &* vector.x &+ vector.y &* vector.y
    }

    /// A mask of the earlier picture moved to where it is now; pixels of unknown source are not in it.
    public func warped(_ mask: InstanceMask) -> InstanceMask {
        let picture = PixelRectangle(x: 0, y: 0, width: width, height: height)
        var pixels = [UInt8](repeating: 0, count: width * height)
        let flat = FlatMask(mask, width: width, height: height)
        for (index, source) in sources.enumerated() where source >= 0 {
            pixels[index] = flat.pixels[Int(source)]
        }
        return InstanceMask(region: picture, pixels: pixels)
    }
}
