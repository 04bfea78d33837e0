/// A distribution of durations in milliseconds, as reports give it.
public struct LatencyDistribution: Sendable, Hashable, Codable {
    /// Durations.
    public var count: Int
    /// The shortest.
    public var min: Double
    /// The mean.
    public var mean: Double
    /// The median: the smallest duration that at least half of them do not exceed.
    public var p50: Double
    /// The smallest duration that at least 90 % do not exceed.
    public var p90: Double
    /// The smallest duration that at least 95 % do not exceed.
    public var p95: Double
    /// The smallest duration that at least 99 % do not exceed.
    public var p99: Double
    /// The smallest duration that at least 99.9 % do not exceed.
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

    /// Distributions for people, line by line; those without values are left out.
    public static func table(_ rows: [(name: String, distribution: Self?)]) -> [String] {
        TextTable.lines(
            [["milliseconds"] + headings]
                + rows.compactMap { name, row in row.map { [name] + $0.cells } })
    }

    /// Milliseconds for people.
    public static func text(_ milliseconds: Double) -> String {
        guard milliseconds.isFinite else { return "-" }
        let digits = milliseconds < 9.995 ? 2 : milliseconds < 99.95 ? 1 : 0
        return ChartNumber.fixed(milliseconds, digits: digits)
    }
}
