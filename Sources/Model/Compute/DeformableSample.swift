import Foundation

/// Where a tap of a modulated deformable convolution reads its input: the four pixels around a fractional
/// position and their weights, bilinear times the sigmoid of the modulation.
struct DeformableSample {
    /// Row-major positions of the corners. Those outside the input are moved inside, with weight zero.
    let positions: SIMD4<Int32>
    let weights: SIMD4<Float>

    /// - Parameters:
    ///   - y: Row, in pixels of the input.
    ///   - x: Column, likewise.
    ///   - modulation: Before the sigmoid.
    @inline(__always)
    init(y: Float, x: Float, modulation: Float, _ shape: NetworkGraph.Shape) {
        let height = Float(shape.height)
        let width = Float(shape.width)
        // Nothing inside is touched; this also keeps NaN and huge offsets away from integers.
        guard y > -1, y < height, x > -1, x < width else {
            positions = .zero
            weights = .zero
            return
        }
        let top = y.rounded(.down)
        let left = x.rounded(.down)
        let factor = 1 / (1 + expf(-modulation))
        let lower = (y - top) * factor
        let upper = factor - lower
        let right = x - left
        let isTopInside = top >= 0
        let isBottomInside = top + 1 < height
        let isLeftInside = left >= 0
        let isRightInside = left + 1 < width
        let row = Int32(max(top, 0)) &* Int32(truncatingIfNeeded: shape.width)
        let below =
            isTopInside && isBottomInside ? row &+ Int32(truncatingIfNeeded: shape.width) : row
        let first = Int32(max(left, 0))
        let second = isLeftInside && isRightInside ? first &+ 1 : first
        positions = SIMD4(row &+ first, row &+ second, below &+ first, below &+ second)
        weights = SIMD4(
            isTopInside && isLeftInside ? upper * (1 - right) : 0,
            isTopInside && isRightInside ? upper * right : 0,
            isBottomInside && isLeftInside ? lower * (1 - right) : 0,
            isBottomInside && isRightInside ? lower * right : 0)
    }
}
