import Testing

@testable import VideoIO

@Suite struct SenderClockTests {
    private let now: UInt64 = 100_000_000_000

    @Test func takesTheAgeOffTheArrival() throws {
        var clock = SenderClock()
        var captures: [FrameTiming.Capture] = []
        for age in [30_000_000, 10_000_000, 40_000_000] as [Int64] {
            let capture = clock.capture(age: age, arrival: now)
            captures.append(try #require(capture))
        }
        #expect(captures.map { now - $0.time } == [30_000_000, 10_000_000, 40_000_000])
        #expect(captures.map(\.source) == [.rtcp, .rtcp, .rtcp])
        // What a frame needed less than another, the clocks cannot differ by.
        #expect(captures.map(\.uncertainty) == [30_000_000, 10_000_000, 10_000_000])
    }

    @Test(arguments: [-60_000_000, 61_000_000_000, 47_722_000_000_000, .min, .max] as [Int64])
    func impossibleAgesTellNothing(_ age: Int64) {
        var clock = SenderClock()
        let capture = clock.capture(age: age, arrival: now)
        #expect(capture == nil)
    }

    @Test func aClockSlightlyAheadCountsAsNow() {
        var clock = SenderClock()
        let capture = clock.capture(age: -1_000_000, arrival: now)
        #expect(capture?.time == now)
    }
}
