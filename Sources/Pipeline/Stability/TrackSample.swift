import Model

/// What is kept of a track in a frame, beside its mask.
struct TrackSample: Sendable {
    /// Number of the frame.
    var frame: Int
    /// Centre of the box in pixels.
    var centre: SIMD2<Double>
    /// Width and height of the box in pixels, at least 1.
    var sides: SIMD2<Double>
    var score: Double
    var classIndex: Int
    /// Whether the box touches the border of the picture.
    var touchesBorder: Bool
    /// Set pixels of the mask.
    var area: Int
    /// What the mask falls into.
    var parts: MaskParts
    /// How the mask follows from that of the frame before; nil where there was none.
    var change: MaskChange?
}

/// How a mask compares with that of the frame before.
struct MaskChange: Sendable, Hashable {
    /// IoU with the earlier mask warped by motion, over pixels whose source is known; nil where that is less
    /// than a quarter of them.
    var consistency: Double?
    /// IoU with the earlier mask moved and scaled as the box was; nil where both are empty.
    var shapeOverlap: Double?
    /// Pixels of either mask whose luma stayed, and those of them that changed sides.
    var staticPixels = 0
    var staticFlips = 0
    /// Pixels of either mask, the earlier one warped.
    var union = 0
}

extension MaskChange {
    /// Compares.
    ///
    /// - Parameters:
    ///   - now: The mask and box of this frame.
    ///   - before: Those of the frame before.
    ///   - motion: Between the two frames.
    init(
        now: (mask: FlatMask, box: PixelRectangle), before: (mask: FlatMask, box: PixelRectangle),
        motion: FrameMotion
    ) {
        compareWarped(now.mask, before.mask, motion)
        compareStatic(now.mask, before.mask, motion)
        compareShape(now, before, motion)
    }

    private mutating func compareWarped(
        _ now: FlatMask, _ before: FlatMask, _ motion: FrameMotion
    ) {
        var (shared, either, unknown) = (0, 0, 0)
        for index in motion.sources.indices {
            let source = Int(motion.sources[index])
            let isSet = now.pixels[index] != 0
            guard source >= 0 else {
                // Without a source only the present mask says that the pixel concerns it.
                if isSet { unknown += 1 }
                continue
            }
            let wasSet = before.pixels[source] != 0
            if isSet && wasSet { shared += 1 }
            if isSet || wasSet { either += 1 }
        }
        union = either
        if either > 0, 3 * either >= unknown { consistency = Double(shared) / Double(either) }
    }

    private mutating func compareStatic(
        _ now: FlatMask, _ before: FlatMask, _ motion: FrameMotion
    ) {
        let rows = Self.union(now.rows, before.rows)
        let columns = Self.union(now.columns, before.columns)
        for y in rows {
            for x in columns {
                let index = y * motion.width + x
                guard motion.isStatic[index] != 0 else { continue }
                let (isSet, wasSet) = (now.pixels[index] != 0, before.pixels[index] != 0)
                if isSet || wasSet { staticPixels += 1 }
                if isSet != wasSet { staticFlips += 1 }
            }
        }
    }

    private mutating func compareShape(
        _ now: (mask: FlatMask, box: PixelRectangle),
        _ before: (mask: FlatMask, box: PixelRectangle),
        _ motion: FrameMotion
    ) {
        func scale(_ new: Int, _ old: Int) -> Double { Double(max(1, old)) / Double(max(1, new)) }
        let (scaleX, scaleY) = (
            scale(now.box.width, before.box.width), scale(now.box.height, before.box.height)
        )
        let (centre, centreBefore) = (now.box.centre, before.box.centre)
        // Where the earlier mask can lie by now, and the present one.
        let rows = Self.union(
            now.mask.rows,
            Self.moved(before.mask.rows, centreBefore.y, centre.y, scaleY, motion.height))
        let columns = Self.union(
            now.mask.columns,
            Self.moved(before.mask.columns, centreBefore.x, centre.x, scaleX, motion.width))
        var (shared, either) = (0, 0)
        for y in rows {
            let fromY = Int(((Double(y) + 0.5 - centre.y) * scaleY + centreBefore.y).rounded(.down))
            for x in columns {
                let fromX = Int(
                    ((Double(x) + 0.5 - centre.x) * scaleX + centreBefore.x).rounded(.down))
                let isSet = now.mask.pixels[y * motion.width + x] != 0
                let wasSet =
                    fromX >= 0 && fromY >= 0 && fromX < motion.width && fromY < motion.height
                    && before.mask.pixels[fromY * motion.width + fromX] != 0
                if isSet && wasSet { shared += 1 }
                if isSet || wasSet { either += 1 }
            }
        }
        if either > 0 { shapeOverlap = Double(shared) / Double(either) }
    }

    private static func union(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
        if a.isEmpty { return b }
        if b.isEmpty { return a }
        return min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    }

    private static func moved(
        _ range: Range<Int>, _ centreBefore: Double, _ centre: Double, _ scale: Double, _ size: Int
    ) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        func place(_ edge: Int) -> Double { (Double(edge) - centreBefore) / scale + centre }
        let low = min(max(place(range.lowerBound).rounded(.down) - 1, 0), Double(size))
        let high = min(max(place(range.upperBound).rounded(.up) + 1, low), Double(size))
        return Int(low)..<Int(high)
    }
}
