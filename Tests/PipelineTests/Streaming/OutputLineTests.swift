import Testing

@testable import Pipeline

@Suite struct OutputLineTests {
    @Test func growingTimesStayAsTheyAre() {
        var line = OutputLine()
        let times: [Int64] = [0, 3000, 3090, 90_000]
        #expect(times.map { line.place($0, period: 1.0 / 30) } == times)
    }

    @Test func picturesHeldBackCatchUp() {
        var line = OutputLine()
        // One picture repeated up to 12000; then those from 6000 on come at once.
        let times: [Int64] = [0, 12_000, 6000, 9000, 12_000, 15_000, 18_000, 21_000]
        #expect(
            times.map { line.place($0, period: 1.0 / 30) } == [
                0, 12_000, 13_500, 15_000, 16_500, 18_000, 19_500, 21_000,
            ])
    }

    @Test func stepsAreAtLeastAMillisecond() {
        var line = OutputLine()
        #expect([0, 1, 2].map { line.place($0, period: 1) } == [0, 90, 45_090])
    }
}
