/// A Kalman filter for one quantity that changes at a constant rate, but for random accelerations.
///
/// State: value and rate. The process noise is that of a white acceleration, `q` [[t^4/4, t^3/2],
/// [t^3/2, t^2]], so steps of any length in time add up to the same.
struct ConstantVelocityFilter: Sendable {
    private(set) var value: Double
    private(set) var rate = 0.0
    private(set) var valueVariance: Double
    private var covariance = 0.0
    private var rateVariance: Double

    /// Starts at a measurement.
    ///
    /// - Parameters:
    ///   - value: What was measured.
    ///   - variance: Of the measurement.
    ///   - rateVariance: Of the rate, which is unknown.
    init(_ value: Double, variance: Double, rateVariance: Double) {
        self.value = value
        valueVariance = variance
        self.rateVariance = rateVariance
    }

    /// Goes on in time.
    mutating func predict(seconds t: Double, acceleration variance: Double) {
        value += rate * t
        valueVariance +=
            2 * t * covariance + t * t * rateVariance + variance * t * t * t * t / 4
        covariance += t * rateVariance + variance * t * t * t / 2
        rateVariance += variance * t * t
    }

    /// Takes a measurement into account.
    mutating func correct(_ measured: Double, variance: Double) {
        let total = valueVariance + variance
        guard total > 0 else { return }
        let (gain, rateGain) = (valueVariance / total, covariance / total)
        let surprise = measured - value
        value += gain * surprise
        rate += rateGain * surprise
        rateVariance -= rateGain * covariance
        covariance *= 1 - gain
        valueVariance *= 1 - gain
    }

    /// Slows down.
    mutating func damp(_ factor: Double) { rate *= factor }
}
