/// How positions now, in parts of the picture, map to positions at an earlier time: x' = x * scale + offset,
/// each axis for itself, from how the box moved and grew between.
struct BoxAlignment: Sendable {
    var scale: SIMD2<Double>
    var offset: SIMD2<Double>

    init(from now: SmoothedBox, to earlier: SmoothedBox) {
        scale = SIMD2.one
        offset = SIMD2.zero
        for axis in 0..<2 {
            let size = now.sides[axis]
            let low = now.centre[axis] - size / 2
            let before = earlier.sides[axis]
            let lowBefore = earlier.centre[axis] - before / 2
            // At the picture's border a box ends where the object does not: there only the other edge tells
            // how the object moves, and nothing tells that it grows.
            let isLowCut = min(low, lowBefore) < 0.004
            let isHighCut = max(low + size, lowBefore + before) > 0.996
            switch (isLowCut, isHighCut) {
            case (false, false):
                let ratio = size > 0 ? before / size : 1
                scale[axis] = min(max(ratio, 0.5), 2)
                offset[axis] = earlier.centre[axis] - now.centre[axis] * scale[axis]
            case (true, false): offset[axis] = lowBefore + before - low - size
            case (false, true): offset[axis] = lowBefore - low
            case (true, true): offset[axis] = 0
            }
        }
    }
}
