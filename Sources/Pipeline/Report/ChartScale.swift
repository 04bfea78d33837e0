import Foundation

/// A linear scale: values to coordinates, and round numbers for the ticks.
public struct ChartScale: Sendable, Hashable {
    /// The values at both ends, the smaller first.
    public var domain: ClosedRange<Double>
    /// The coordinates of both ends of the domain; may fall.
    public var start: Double
    /// See ``start``.
    public var end: Double

    /// Creates a scale.
    public init(domain: ClosedRange<Double>, start: Double, end: Double) {
        self.domain = domain
        self.start = start
        self.end = end
    }

    /// The coordinate of a value; of one outside of the domain, that of the nearest end.
    public func position(_ value: Double) -> Double {
        let width = domain.upperBound - domain.lowerBound
        guard width > 0, !value.isNaN else { return start }
        let inside = min(max(value, domain.lowerBound), domain.upperBound)
        return start + (inside - domain.lowerBound) / width * (end - start)
    }

    /// Round numbers inside the domain at equal distances of 1, 2 or 5 times a power of ten.
    ///
    /// - Parameter count: About how many.
    public func ticks(_ count: Int = 5) -> [Double] {
        let width = domain.upperBound - domain.lowerBound
        guard width > 0, width.isFinite, count > 0 else { return [domain.lowerBound] }
        let step = Self.roundStep(width / Double(count))
        // Counted in whole steps, so that errors do not add up.
        let first = Int((domain.lowerBound / step - 1e-9).rounded(.up))
        let last = Int((domain.upperBound / step + 1e-9).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    /// A tick's label, with as many digits as the distance between ticks needs.
    public func label(_ tick: Double, count: Int = 5) -> String {
        let width = domain.upperBound - domain.lowerBound
        guard width > 0, width.isFinite else { return ChartNumber.short(tick) }
        let digits = max(0, -Int(log10(Self.roundStep(width / Double(count))).rounded(.down)))
        return ChartNumber.fixed(tick == 0 ? 0 : tick, digits: min(digits, 9))
    }

    /// A domain from 0 to a round number not below the largest of the values.
    public static func fromZero(to values: some Sequence<Double>) -> ClosedRange<Double> {
        let largest = values.filter(\.isFinite).max() ?? 0
        guard largest > 0 else { return 0...1 }
        let step = roundStep(largest / 5)
        return 0...((largest / step - 1e-9).rounded(.up) * step)
    }

    /// The smallest of 1, 2, 5 and 10 times a power of ten that is not below `step`.
    private static func roundStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let factor = [1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10
        return factor * power
    }
}
