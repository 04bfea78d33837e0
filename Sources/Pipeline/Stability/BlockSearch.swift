/// The search for one block. Vectors are in quarters of a pixel.
struct BlockSearch {
    private let current: UnsafeRawPointer
    private let reference: UnsafeRawPointer
    private let stride: Int
    private let window: Int
    private let stiffness: Int
    /// Bounds that keep the compared square inside the border.
    private let lowest: SIMD2<Int32>
    private let highest: SIMD2<Int32>
    private let start: Int
    /// What the level above says.
    var expected = SIMD2<Int32>.zero
    private(set) var best = SIMD2<Int32>.zero
    private var bestDifference = Int.max
    private var bestCost = Int.max
    private var differenceAtRest: Int?

    init(
        current: UnsafeRawPointer, reference: UnsafeRawPointer, stride: Int, width: Int,
        height: Int, column: Int, row: Int, window: Int, stiffness: Int
    ) {
        self.current = current
        self.reference = reference
        self.stride = stride
        self.window = window
        self.stiffness = stiffness
        let margin = (window - MotionField.block) / 2
        let (x, y) = (column * MotionField.block - margin, row * MotionField.block - margin)
        let border = LumaPlane.border
        start = (y + border) * stride + x + border
        let unit = Int32(MotionField.unit)
        // One sample is left at the far side for interpolation. Blocks may reach over the picture's edge.
        lowest = SIMD2(Int32(-border - x), Int32(-border - y)) &* unit
        highest =
            SIMD2(
                Int32(width + border - window - 1 - x), Int32(height + border - window - 1 - y))
            &* unit
    }

    /// Whether the compared square of a vector lies inside the border.
    private func isInside(_ vector: SIMD2<Int32>) -> Bool {
        vector.x >= lowest.x && vector.y >= lowest.y && vector.x <= highest.x
            && vector.y <= highest.y
    }

    /// A vector rounded to whole pixels.
    static func whole(_ vector: SIMD2<Int32>) -> SIMD2<Int32> { ((vector &+ 2) &>> 2) &<< 2 }

    /// Keeps a vector if it is better than the best so far; fractions are rounded.
    mutating func attempt(_ vector: SIMD2<Int32>) {
        let whole = Self.whole(vector)
        guard isInside(whole), whole != best || bestCost == .max else { return }
        judge(whole, difference(whole: whole))
    }

    private mutating func judge(_ vector: SIMD2<Int32>, _ difference: Int) {
        if vector == .zero { differenceAtRest = difference }
        let away = vector &- expected
        let cost =
            difference + stiffness * Int(abs(away.x) + abs(away.y)) / MotionField.unit
        if cost < bestCost {
            best = vector
            bestCost = cost
            bestDifference = difference
        }
    }

    /// Tries all whole vectors up to a length each way.
    mutating func attemptAll(within range: Int32) {
        for y in -range...range {
            for x in -range...range { attempt(SIMD2(x, y) &* 4) }
        }
    }

    /// Goes to the best neighbour until there is none.
    mutating func refine() {
        for _ in 0..<8 {
            let centre = best
            for step in [SIMD2<Int32>(4, 0), SIMD2(-4, 0), SIMD2(0, 4), SIMD2(0, -4)] {
                attempt(centre &+ step)
            }
            if best == centre { return }
        }
    }

    /// Tries halves, then quarters of a pixel around the best.
    mutating func refineFractions() {
        guard bestDifference > window * window else { return }
        for step in [Int32(2), 1] {
            let centre = best
            for y in -1...1 {
                for x in -1...1 where x != 0 || y != 0 {
                    let vector = centre &+ SIMD2(Int32(x), Int32(y)) &* step
                    if isInside(vector) { judge(vector, difference(fraction: vector)) }
                }
            }
        }
    }

    /// The best vector; none where rest is about as good, so that noise does not move what stands.
    var preferred: SIMD2<Int32> {
        guard let differenceAtRest else { return best }
        return differenceAtRest <= bestDifference + window * window / 2 ? .zero : best
    }

    private func difference(whole vector: SIMD2<Int32>) -> Int {
        let offset = start + Int(vector.y >> 2) * stride + Int(vector.x >> 2)
        var sum = SIMD16<UInt16>.zero
        for row in 0..<window {
            let a = (current + start + row * stride).loadUnaligned(as: SIMD16<UInt8>.self)
            let b = (reference + offset + row * stride).loadUnaligned(as: SIMD16<UInt8>.self)
            let larger = a.replacing(with: b, where: b .> a)
            let smaller = a.replacing(with: b, where: b .< a)
            sum &+= SIMD16<UInt16>(truncatingIfNeeded: larger &- smaller)
        }
        return Int(SIMD16<UInt32>(truncatingIfNeeded: sum).wrappedSum())
    }

    private func difference(fraction vector: SIMD2<Int32>) -> Int {
        let offset = start + Int(vector.y >> 2) * stride + Int(vector.x >> 2)
        let (fx, fy) = (UInt16(vector.x & 3), UInt16(vector.y & 3))
        if fx == 0 && fy == 0 { return difference(whole: vector) }
        var sum = SIMD16<UInt16>.zero
        for row in 0..<window {
            let upper = reference + offset + row * stride
            let value =
                (blend(upper, fx) &* (4 - fy) &+ blend(upper + stride, fx) &* fy &+ 8) &>> 4
            let a = SIMD16<UInt16>(
                truncatingIfNeeded: (current + start + row * stride).loadUnaligned(
                    as: SIMD16<UInt8>.self))
            let larger = a.replacing(with: value, where: value .> a)
            let smaller = a.replacing(with: value, where: value .< a)
            sum &+= larger &- smaller
        }
        return Int(SIMD16<UInt32>(truncatingIfNeeded: sum).wrappedSum())
    }

    @inline(__always)
    private func blend(_ pixels: UnsafeRawPointer, _ fraction: UInt16) -> SIMD16<UInt16> {
        let left = SIMD16<UInt16>(
            truncatingIfNeeded: pixels.loadUnaligned(as: SIMD16<UInt8>.self))
        let right = SIMD16<UInt16>(
            truncatingIfNeeded: (pixels + 1).loadUnaligned(as: SIMD16<UInt8>.self))
        return left &* (4 - fraction) &+ right &* fraction
    }
}
