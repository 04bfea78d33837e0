import Pipeline
import Testing

@testable import yolact_video

@Suite struct StageBenchTests {
    /// Frames that were written at these milliseconds, and decoded long before.
    private func frames(_ written: [Int]) -> [FrameLatency] {
        written.enumerated().map { index, time in
            let end = UInt64(time) * 1_000_000
            return FrameLatency(
                frame: index, presentationTime: nil, arrival: 0,
                visits: [
                    .init(enqueued: 0, start: 0, end: 1000),
                    .init(enqueued: 1000, start: 1000, end: end),
                ])
        }
    }

    @Test func theFillingOfThePipelineDoesNotCount() {
        #expect(StageBench.interval(of: frames([900, 1000, 1100, 1200]), workers: 1) == 100)
    }

    /// Two networks finish together every 200 ms; an odd number of intervals would be half a round off.
    @Test func onlyWholeRoundsCount() {
        let ends = [900, 1100, 1100, 1300, 1300, 1500]
        #expect(StageBench.interval(of: frames(ends), workers: 2) == 100)
        #expect(StageBench.interval(of: frames(Array(ends.dropFirst())), workers: 2) == 100)
    }

    @Test func fewFramesAreTakenAsTheyAre() {
        #expect(StageBench.interval(of: frames([100, 160, 220]), workers: 8) == 60)
        #expect(StageBench.interval(of: frames([100]), workers: 2) == nil)
        #expect(StageBench.interval(of: [], workers: 1) == nil)
    }
}
