import Testing

@testable import Pipeline

@Suite struct LatencyComparisonTests {
    private func summary(_ frames: Int = 600, seed: UInt64, plus: UInt64 = 0) -> LatencySummary {
        var generator = SplitMix64(state: seed)
        // 20 to 24 ms at the last stage.
        let last = (0..<frames).map { _ in 20 + plus + generator.next() % 5 }
        return LatencySummary(
            LatencyTestRuns.run(LatencyTestRuns.frames(last)), subject: LatencyTestRuns.subject)
    }

    private func find(
        _ comparison: LatencyComparison, _ measure: String, _ statistic: String
    ) -> LatencyComparison.Difference? {
        comparison.differences.first { $0.measure == measure && $0.statistic == statistic }
    }

    @Test func equalRunsAreTheSame() throws {
        let comparison = LatencyComparison(summary(seed: 1), summary(seed: 2))
        #expect(comparison.verdict == .same)
        let median = try #require(find(comparison, "arrivalToWrite", "p50"))
        #expect(median.low <= 0 && median.high >= 0)
    }

    @Test func aSlowerRunIsSlowerAndTheOtherWayFaster() throws {
        let comparison = LatencyComparison(summary(seed: 1), summary(seed: 2, plus: 5))
        #expect(comparison.verdict == .slower)
        let median = try #require(find(comparison, "arrivalToWrite", "p50"))
        #expect(median.verdict == .slower)
        #expect(median.low <= 5 && median.high >= 5 && median.low > 2)
        #expect(find(comparison, "service.two", "p50")?.verdict == .slower)
        #expect(find(comparison, "service.one", "p50")?.verdict == .same)
        let back = LatencyComparison(summary(seed: 2, plus: 5), summary(seed: 1))
        #expect(back.verdict == .faster)
        #expect(comparison.lines.last == "verdict: slower")
        // Within the tolerance nothing counts.
        let lenient = LatencyComparison(
            summary(seed: 1), summary(seed: 2, plus: 5), tolerance: 0.5)
        #expect(lenient.verdict == .same)
    }

    @Test func fewFramesSayNothing() {
        let comparison = LatencyComparison(summary(10, seed: 1), summary(10, seed: 2, plus: 50))
        #expect(comparison.verdict == .unclear)
        let some = LatencyComparison(summary(seed: 1), summary(seed: 2))
        #expect(find(some, "arrivalToWrite", "p99")?.verdict == .unclear)
        #expect(find(some, "arrivalToWrite", "p99")?.isDecisive == false)
    }

    /// Frames in groups of like latency say less than as many single ones: the interval must be wider.
    @Test func blocksWidenTheIntervalOfDependentFrames() throws {
        func width(_ values: [Int]) -> Int {
            var bootstrap = BlockBootstrap(values, seed: 3)
            let means = (0..<400).map { _ in bootstrap.draw().reduce(0, +) / values.count }.sorted()
            return means[389] - means[10]
        }
        var generator = SplitMix64(state: 5)
        let levels = (0..<40).map { _ in Int(generator.next() % 100_000) }
        let grouped = levels.flatMap { Array(repeating: $0, count: 25) }
        let single = grouped.shuffled(using: &generator)
        #expect(width(grouped) > 2 * width(single))
        var bootstrap = BlockBootstrap([7], seed: 1)
        #expect(bootstrap.draw() == [7])
    }
}
