internal import Histogram

/// A histogram of durations in nanoseconds with three significant digits: an HdrHistogram of fixed size.
public struct LatencyHistogram: Sendable, Hashable {
    /// Longer durations count as this one: an hour.
    public static let longest: UInt64 = 3_600_000_000_000
    /// Significant decimal digits that a value keeps.
    public static let significantDigits = 3

    private var histogram = Histogram<UInt64>(
        highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    /// Creates an empty histogram.
    public init() {}

    /// Adds a duration. Allocates nothing.
    public mutating func record(_ nanoseconds: UInt64) {
        histogram.record(min(nanoseconds, Self.longest))
    }

    /// Adds a duration that occurred several times.
    public mutating func record(_ nanoseconds: UInt64, count: UInt64) {
        histogram.record(min(nanoseconds, Self.longest), count: count)
    }

    /// Adds what another histogram holds.
    public mutating func merge(_ other: LatencyHistogram) {
        histogram.add(other.histogram)
    }

    /// Durations recorded.
    public var count: UInt64 { histogram.totalCount }

    /// The shortest, in nanoseconds; 0 when empty.
    public var minimum: UInt64 { count == 0 ? 0 : histogram.min }

    /// The longest, in nanoseconds, exactly; 0 when empty.
    public var maximum: UInt64 { histogram.maxRecorded }

    /// The mean in nanoseconds, to the histogram's precision but within its exact extremes; 0 when empty.
    public var mean: Double { min(max(histogram.mean, Double(minimum)), Double(maximum)) }

    /// The smallest duration that at least `percentile` percent of those recorded do not exceed, in
    /// nanoseconds, rounded up within the histogram's precision; 0 when empty.
    ///
    /// - Parameter percentile: 0...100.
    public func value(atPercentile percentile: Double) -> UInt64 {
        histogram.valueAtPercentile(percentile)
    }

    /// Durations up to and including `nanoseconds`, to the histogram's precision.
    public func count(upTo nanoseconds: UInt64) -> UInt64 {
        histogram.count(within: 0...min(nanoseconds, Self.longest))
    }

    /// The distinct durations and how often each occurred, in rising order. Each stands for all that
    /// share its first three digits, and is the largest of them.
    public var values: [(nanoseconds: UInt64, count: UInt64)] {
        histogram.recordedValues().map { ($0.value, UInt64($0.count)) }
    }

    /// Same counts, whatever the order in which they came.
    public static func == (one: LatencyHistogram, other: LatencyHistogram) -> Bool {
        one.values.elementsEqual(other.values) { $0 == $1 }
    }

    /// Hashes the counts.
    public func hash(into hasher: inout Hasher) {
        for value in values {
            hasher.combine(value.nanoseconds)
            hasher.combine(value.count)
        }
    }
}
