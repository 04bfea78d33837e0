import Foundation
import Model

/// Where a box is and will be: its centre in pixels and the logarithms of its sides, each at a constant
/// velocity. All noise is relative to the size of the box.
struct BoxMotion: Sendable {
    private var x: ConstantVelocityFilter
    private var y: ConstantVelocityFilter
    private var logWidth: ConstantVelocityFilter
    private var logHeight: ConstantVelocityFilter

    /// Standard deviation of a measured centre, as a part of the size; of a side, of its logarithm.
    private static let measurementNoise = 0.03
    /// Standard deviation of accelerations, in sizes per square second; of sides, in units of the logarithm.
    private static let acceleration = 6.0
    private static let growth = 2.0
    /// Standard deviation of the velocity of something new, in sizes per second.
    private static let initialSpeed = 3.0
    /// After that many seconds without measurement a velocity is down to a third: what goes on for long
    /// unseen is no longer known to move.
    private static let forgetting = 0.6

    init(_ box: PixelRectangle) {
        let measured = Self.measured(box)
        let centreVariance = Self.square(Self.measurementNoise * measured.size)
        let speed = Self.square(Self.initialSpeed * measured.size)
        x = ConstantVelocityFilter(measured.x, variance: centreVariance, rateVariance: speed)
        y = ConstantVelocityFilter(measured.y, variance: centreVariance, rateVariance: speed)
        let side = Self.square(Self.measurementNoise)
        logWidth = ConstantVelocityFilter(measured.logWidth, variance: side, rateVariance: 1)
        logHeight = ConstantVelocityFilter(measured.logHeight, variance: side, rateVariance: 1)
    }

    /// Goes on in time; slower where the object has not been seen.
    mutating func predict(seconds: Double, isUnseen: Bool) {
        let accelerated = Self.square(Self.acceleration * size)
        x.predict(seconds: seconds, acceleration: accelerated)
        y.predict(seconds: seconds, acceleration: accelerated)
        logWidth.predict(seconds: seconds, acceleration: Self.square(Self.growth))
        logHeight.predict(seconds: seconds, acceleration: Self.square(Self.growth))
        if isUnseen {
            let kept = exp(-seconds / Self.forgetting)
            x.damp(kept)
            y.damp(kept)
            // What changes its size while it disappears does so because it is covered.
            logWidth.damp(0)
            logHeight.damp(0)
        }
    }

    /// Takes a seen box into account.
    mutating func correct(_ box: PixelRectangle) {
        let measured = Self.measured(box)
        let variance = Self.square(Self.measurementNoise * measured.size)
        x.correct(measured.x, variance: variance)
        y.correct(measured.y, variance: variance)
        let side = Self.square(Self.measurementNoise)
        logWidth.correct(measured.logWidth, variance: side)
        logHeight.correct(measured.logHeight, variance: side)
    }

    /// Where the centre is thought to be.
    var centre: (x: Double, y: Double) { (x.value, y.value) }

    /// Width and height as they are thought to be.
    var sides: (width: Double, height: Double) { (exp(logWidth.value), exp(logHeight.value)) }

    /// Pixels a second.
    var velocity: (x: Double, y: Double) { (x.rate, y.rate) }

    /// The side of a square of the same area.
    var size: Double { exp((logWidth.value + logHeight.value) / 2) }

    private static func square(_ value: Double) -> Double { value * value }

    private static func measured(
        _ box: PixelRectangle
    ) -> (x: Double, y: Double, logWidth: Double, logHeight: Double, size: Double) {
        // A box of no pixels still has a place.
        let (width, height) = (Double(max(1, box.width)), Double(max(1, box.height)))
        return (
            Double(box.x) + width / 2, Double(box.y) + height / 2, log(width), log(height),
            (width * height).squareRoot()
        )
    }
}
