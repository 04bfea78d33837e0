import Foundation
import Testing

@testable import Pipeline

@Suite struct LatencyHistogramTests {
    /// Durations from microseconds to minutes.
    private let durations: [UInt64] = {
        var generator = SplitMix64(state: 7)
        return (0..<5000).map { _ in
            1000 + generator.next() % (UInt64(1) << (10 + generator.next() % 27))
        }
    }()

    @Test(arguments: [0.1, 10, 50, 90, 95, 99, 99.9, 100])
    func percentilesAreExactToThreeDigits(percentile: Double) {
        var histogram = LatencyHistogram()
        for duration in durations { histogram.record(duration) }
        let exact = Double(LatencyTestRuns.exact(durations, percentile))
        let told = Double(histogram.value(atPercentile: percentile))
        #expect(told >= exact && told <= exact * 1.001)
    }

    @Test func extremesAreExact() {
        var histogram = LatencyHistogram()
        #expect((histogram.minimum, histogram.maximum, histogram.count) == (0, 0, 0))
        #expect(LatencyDistribution(histogram) == nil)
        for duration in durations { histogram.record(duration) }
        #expect(histogram.maximum == durations.max())
        #expect(histogram.minimum == durations.min())
        histogram.record(.max)
        #expect(histogram.maximum == LatencyHistogram.longest)
        #expect(histogram.count == 5001)
    }

    @Test func mergingIsRecordingBoth() {
        var (one, other, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for (index, duration) in durations.enumerated() {
            if index % 3 == 0 { one.record(duration) } else { other.record(duration) }
            both.record(duration)
        }
        one.merge(other)
        #expect(one == both)
    }

    @Test func encodedHistogramsComeBack() throws {
        var histogram = LatencyHistogram()
        for duration in durations { histogram.record(duration, count: 1 + duration % 300) }
        histogram.record(0)
        histogram.record(LatencyHistogram.longest)
        let text = try histogram.encoded()
        #expect(text.hasPrefix("HISTF"))
        #expect(try LatencyHistogram(encoded: text) == histogram)
        #expect(try LatencyHistogram(encoded: LatencyHistogram().encoded()).count == 0)
    }

    /// Encoded by HdrHistogram's Python implementation (hdrhistogram 0.10), which is not ours.
    @Test func whatOthersEncodeIsRead() throws {
        let foreign = """
            HISTFAAAAD14nJNpmSzMwMAgzQABzFCaEch0M9ixgMH+A0SAieUnP9Nffjamg8J8p704zjcy3mD578uyfg8jEwA/fw10
            """
        let histogram = try LatencyHistogram(encoded: foreign)
        var expected = LatencyHistogram()
        let counts: [(UInt64, UInt64)] = [
            (0, 1), (1, 2), (1023, 1), (2047, 3), (2048, 1), (5000, 7), (123_456, 4),
            (33_333_333, 300), (1_000_000_000, 2), (3_600_000_000_000 - 1, 1),
        ]
        for (value, count) in counts { expected.record(value, count: count) }
        #expect(histogram == expected)
        // Two digits and another range: 1 to 1000 once each.
        let coarse = try LatencyHistogram(
            encoded: "HISTFAAAACh4nJNpmSzMwMD4mwECmKA0I4RsW2D/ASrANLIBywADjgEDTADheQxt")
        #expect(coarse.count == 1000)
        #expect(coarse.value(atPercentile: 50) == 501)
        #expect(coarse.value(atPercentile: 99) == 991)
    }

    @Test(arguments: [
        "", "!!", "SElTVA==", "HISTFAAAAD14nJNpmSzMwMAgzQ==",
        "HISTFAAAAD14nJNpmSzMwMAgzQABzFCaEch0M9ixgMH+A0SAieUnP9NffjamgwJ8p704zjcy3mD578uyfg8jEwA/fw10",
    ])
    func damageIsAnError(text: String) {
        #expect(throws: HistogramCodingError.self) { try LatencyHistogram(encoded: text) }
    }

    @Test func logsComeBackAndMerge() throws {
        let directory = try TemporaryDirectory()
        var (one, other) = (LatencyHistogram(), LatencyHistogram())
        for duration in durations.prefix(100) { one.record(duration) }
        for duration in durations.suffix(50) { other.record(duration) }
        let log = HistogramLog(
            started: Date(timeIntervalSince1970: 1_700_000_000),
            entries: [
                .init(tag: "a", start: 0, length: 1.5, histogram: one),
                .init(tag: "b", start: 0, length: 1.5, histogram: other),
                .init(tag: "a", start: 1.5, length: 1, histogram: other),
            ])
        let path = directory.file("x.hlog")
        try Data(log.text().utf8).write(to: URL(fileURLWithPath: path))
        let read = try HistogramLog.load(path)
        #expect(read == log)
        #expect(read.merged.map(\.tag) == ["a", "b"])
        #expect(read.merged[0].histogram.count == 150)
        let lines = try log.text().split(separator: "\n")
        #expect(lines[0] == "#[Histogram log format version 1.3]")
        #expect(lines[2].hasPrefix("#[StartTime: 1700000000.000 (seconds since epoch)"))
        #expect(lines[4].hasPrefix("Tag=a,0.000,1.500,"))

        try Data("#x\nTag=a,1,2,3,HISTF\n".utf8).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: LatencyFileError.self) { try HistogramLog.load(path) }
        #expect(failure?.reason.hasPrefix("line 2:") == true)
    }

    @Test func prometheusTextIsCumulative() throws {
        var measures = LatencyMeasures(stages: 2)
        for duration: UInt64 in [50_000, 1_500_000, 1_500_000, 40_000_000, 90_000_000_000] {
            measures.service[1].record(duration)
        }
        let text = measures.prometheus(stages: ["decode", "a\"b\\"], drops: [.overdue: 4])
        let lines = Set(text.split(separator: "\n"))
        let series = #"yolact_stage_service_seconds_bucket{stage="a\"b\\",le="#
        #expect(lines.contains("\(series)\"0.0001\"} 1"))
        #expect(lines.contains("\(series)\"0.001\"} 1"))
        #expect(lines.contains("\(series)\"0.002\"} 3"))
        #expect(lines.contains("\(series)\"0.05\"} 4"))
        #expect(lines.contains("\(series)\"60.0\"} 4"))
        #expect(lines.contains("\(series)\"+Inf\"} 5"))
        #expect(lines.contains(#"yolact_stage_service_seconds_count{stage="a\"b\\"} 5"#))
        #expect(lines.contains("# TYPE yolact_stage_service_seconds histogram"))
        #expect(lines.contains(#"yolact_frames_dropped_total{reason="overdue"} 4"#))
        let sum = try #require(
            lines.first { $0.hasPrefix(#"yolact_stage_service_seconds_sum{stage="a"#) })
        let value = try #require(sum.split(separator: " ").last.flatMap { Double($0) })
        #expect(abs(value - 90.04305) < 0.1)
        #expect(text.hasSuffix("\n"))
    }
}
