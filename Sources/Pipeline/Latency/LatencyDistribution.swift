/// A distribution of durations in milliseconds, as reports give it.
public struct LatencyDistribution: Sendable, Hashable, Codable {
    /// Durations.
    public var count: Int
    /// The shortest.
    public var min: Double
    /// The mean.
    public var mean: Double
    /// The smallest duration that half of them do not exceed; the others likewise.
    public var p50: Double
    public var p90: Double
    public var p95: Double
    public var p99: Double
    public var p999: Double
    /// The longest.
    public var max: Double

    /// The distribution of a histogram's values; nil without any.
    public init?(_ histogram: LatencyHistogram) {
        guard histogram.count > 0 else { return nil }
        func value(_ percentile: Double) -> Double {
            Double(histogram.value(atPercentile: percentile)) / 1e6
        }
        count = Int(clamping: histogram.count)
        min = Double(histogram.minimum) / 1e6
        mean = histogram.mean / 1e6
        p50 = value(50)
        p90 = value(90)
        p95 = value(95)
        p99 = value(99)
        p999 = value(99.9)
        max = Double(histogram.maximum) / 1e6
    }

    /// Names of the columns that tables show.
    public static let headings = ["N", "p50", "p90", "p95", "p99", "p99.9", "max"]

    /// The values under ``headings``, durations with as many digits as three significant ones need.
    public var cells: [String] {
        ["\(count)"] + [p50, p90, p95, p99, p999, max].map(Self.text)
    }

    /// Milliseconds for people.
    public static func text(_ milliseconds: Double) -> String {
        guard milliseconds.isFinite else { return "-" }
        let digits = milliseconds < 9.995 ? 2 : milliseconds < 99.95 ? 1 : 0
        return ChartNumber.fixed(milliseconds, digits: digits)
    }
}
