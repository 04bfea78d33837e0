import Foundation
import Model

/// A box that follows measurements calmly: an alpha-beta filter, that is, prediction at a constant velocity
/// and a fixed part of the surprise, for centre and logarithms of the sides. At a constant velocity it does
/// not lag. As in the one-euro filter the part grows with the change: large surprises are followed at once.
struct SmoothedBox: Sendable {
    /// Centre x and y, logarithms of width and height; in parts of the picture.
    private var value: SIMD4<Double>
    private var velocity = SIMD4<Double>.zero

    init(_ box: RelativeBox) { value = Self.measured(box) }

    /// Goes on by a frame, or several where the object was not seen.
    mutating func update(_ box: RelativeBox, frames: Int, _ options: SmoothingOptions) {
        let steps = Double(max(1, frames))
        let predicted = value + velocity * steps
        let surprise = Self.measured(box) - predicted
        // Each coordinate by itself: a box that grows at one side keeps calm at the others.
        for axis in 0..<4 {
            let scale = axis < 2 ? exp(predicted[axis + 2]) : 1
            let share = min(1, abs(surprise[axis]) / max(1e-9, scale * options.surprise))
            let gain = options.boxGain + (1 - options.boxGain) * share * share
            value[axis] = predicted[axis] + gain * surprise[axis]
            velocity[axis] += options.velocityGain * surprise[axis] / steps
            // Sides do not grow on by themselves for long.
            if axis >= 2 { velocity[axis] *= 0.9 }
        }
    }

    /// Centre, width and height in parts of the picture.
    var centre: SIMD2<Double> { SIMD2(value.x, value.y) }

    /// Width and height in parts of the picture.
    var sides: SIMD2<Double> { SIMD2(exp(value.z), exp(value.w)) }

    /// The box by its corners.
    var box: RelativeBox {
        let (low, high) = (centre - sides / 2, centre + sides / 2)
        return RelativeBox(
            x1: Float(low.x), y1: Float(low.y), x2: Float(high.x), y2: Float(high.y))
    }

    private static func measured(_ box: RelativeBox) -> SIMD4<Double> {
        let (left, right) = (Double(min(box.x1, box.x2)), Double(max(box.x1, box.x2)))
        let (top, bottom) = (Double(min(box.y1, box.y2)), Double(max(box.y1, box.y2)))
        return SIMD4(
            (left + right) / 2, (top + bottom) / 2, log(max(1e-6, right - left)),
            log(max(1e-6, bottom - top)))
    }
}
