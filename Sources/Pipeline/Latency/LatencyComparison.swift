/// What changed from one run to another, and whether it is more than chance.
public struct LatencyComparison: Sendable, Hashable, Codable {
    /// What a difference amounts to.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// More time by more than the tolerance, beyond chance.
        case slower
        /// Less time by more than the tolerance, beyond chance.
        case faster
        /// Within the tolerance, beyond chance.
        case same
        /// Too few frames or too much noise to tell.
        case unclear
    }

    /// One statistic of one measure. Durations are milliseconds.
    public struct Difference: Sendable, Hashable, Codable {
        /// Name of the measure, as in ``LatencySummary/series``.
        public var measure: String
        /// `p50`, `p95` or `p99`.
        public var statistic: String
        /// In the first run.
        public var before: Double
        /// In the second run.
        public var after: Double
        /// The least and the most that `after - before` may be, with 95 % confidence.
        public var low: Double
        /// See ``low``.
        public var high: Double
        /// What it amounts to.
        public var verdict: Verdict
        /// Whether it decides ``LatencyComparison/verdict``: whole ways do, single stages only explain.
        public var isDecisive: Bool
    }

    /// Differences within this part of the first run's value do not count.
    public var tolerance: Double
    /// All differences, those of whole ways first.
    public var differences: [Difference]

    /// Compares two runs.
    ///
    /// - Parameters:
    ///   - before: The first run.
    ///   - after: The second run.
    ///   - tolerance: Part of a value, such as 0.05, within which a difference does not count: machines
    ///     differ that much from one run to the next, which no single run can tell.
    public init(_ before: LatencySummary, _ after: LatencySummary, tolerance: Double = 0.05) {
        self.tolerance = tolerance
        let whole = ["captureToWrite", "arrivalToWrite", "arrivalToOutput"]
        let stages = before.stages.flatMap { ["service.\($0.name)", "wait.\($0.name)"] }
        differences = []
        for measure in whole + ["writeInterval"] + stages {
            guard let one = before.series[measure], let other = after.series[measure],
                !one.isEmpty, !other.isEmpty
            else { continue }
            differences += Self.compare(
                measure, one, other, tolerance, isDecisive: whole.contains(measure))
        }
    }

    /// The worst of the decisive differences: slower if any is, else faster if any is, else unclear if any
    /// is.
    public var verdict: Verdict {
        let verdicts = Set(differences.lazy.filter(\.isDecisive).map(\.verdict))
        return [.slower, .faster, .unclear].first { verdicts.contains($0) }
            ?? (verdicts.isEmpty ? .unclear : .same)
    }

    /// Milliseconds below which no difference counts: what a scheduler adds now and then.
    public static let smallestDifference = 0.1

    /// Frames that a percentile needs before anything can be said about it: ten beyond it.
    private static let statistics: [(name: String, percentile: Double, frames: Int)] = [
        ("p50", 50, 20), ("p95", 95, 200), ("p99", 99, 1000),
    ]

    private static func compare(
        _ measure: String, _ one: [Int], _ other: [Int], _ tolerance: Double, isDecisive: Bool
    ) -> [Difference] {
        var first = BlockBootstrap(one, seed: 1)
        var second = BlockBootstrap(other, seed: 2)
        var drawn = statistics.map { _ in [Double]() }
        for _ in 0..<BlockBootstrap.rounds {
            let (a, b) = (first.draw().sorted(), second.draw().sorted())
            for (index, statistic) in statistics.enumerated() {
                drawn[index].append(
                    value(b, statistic.percentile) - value(a, statistic.percentile))
            }
        }
        let (a, b) = (one.sorted(), other.sorted())
        return zip(statistics, drawn).map { statistic, differences in
            let sorted = differences.sorted()
            let (before, after) = (value(a, statistic.percentile), value(b, statistic.percentile))
            let low = sorted[Int(0.025 * Double(sorted.count))]
            let high = sorted[min(sorted.count - 1, Int(0.975 * Double(sorted.count)))]
            let isEnough = min(a.count, b.count) >= statistic.frames
            return Difference(
                measure: measure, statistic: statistic.name, before: before, after: after, low: low,
                high: high,
                verdict: isEnough
                    ? judge(
                        low, high, allowed: max(tolerance * before, Self.smallestDifference))
                    : .unclear,
                isDecisive: isDecisive && isEnough)
        }
    }

    /// Nearest rank, in milliseconds, of microseconds in rising order.
    private static func value(_ sorted: [Int], _ percentile: Double) -> Double {
        let rank = Int((percentile / 100 * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1e3
    }

    private static func judge(_ low: Double, _ high: Double, allowed: Double) -> Verdict {
        if low > allowed { return .slower }
        if high < -allowed { return .faster }
        return low >= -allowed && high <= allowed ? .same : .unclear
    }

    /// The comparison for people, line by line.
    public var lines: [String] {
        let text = LatencyDistribution.text
        func signed(_ value: Double) -> String { (value < 0 ? "-" : "+") + text(abs(value)) }
        let head = ["milliseconds", "", "before", "after", "change", "95 % interval", "verdict"]
        let rows = differences.map { difference -> [String] in
            let change = difference.after - difference.before
            let share =
                difference.before > 0
                ? " (\(change < 0 ? "-" : "+")\(ChartNumber.fixed(abs(change) / difference.before * 100, digits: 0)) %)"
                : ""
            return [
                difference.measure, difference.statistic, text(difference.before),
                text(difference.after), signed(change) + share,
                "\(signed(difference.low)) ... \(signed(difference.high))",
                difference.verdict.rawValue,
            ]
        }
        return TextTable.lines([head] + rows) + ["verdict: \(verdict.rawValue)"]
    }
}
