import Foundation
import Testing
import VideoIO

@testable import Pipeline

/// Made-up records with known figures.
@Suite struct LatencySummaryTests {
    typealias Runs = LatencyTestRuns

    /// A hundred frames; the last stage takes 1 ms, but 5 ms every tenth time.
    private let frames = Runs.frames((0..<100).map { $0 % 10 == 9 ? 5 : 1 })

    private func isNear(_ one: Double?, _ other: Double, _ precision: Double = 1.001) -> Bool {
        guard let one else { return false }
        return one >= other / precision && one <= other * precision
    }

    @Test func percentilesAreThoseOfTheRecords() {
        let summary = LatencySummary(Runs.run(frames), subject: Runs.subject)
        let whole = summary.latency.arrivalToWrite
        #expect(whole?.count == 100)
        // 2 + 1 + 4 + 0.5 and the last stage.
        #expect(isNear(whole?.p50, 8.5))
        #expect(isNear(whole?.p90, 8.5))
        #expect(isNear(whole?.p95, 12.5))
        #expect(whole?.max == 12.5)
        #expect(whole?.min == 8.5)
        #expect(isNear(whole?.mean, 8.9))
        #expect(isNear(summary.stages[1].wait?.p50, 1))
        #expect(isNear(summary.stages[1].service?.p99, 4))
        #expect(isNear(summary.stages[2].wait?.p99, 0.5))
        #expect(isNear(summary.stages[2].service?.p99, 5))
        #expect(summary.stages[0].wait?.max == 0)
        #expect(abs((summary.stages[1].meanHeldBack ?? 0) - 0.25) < 1e-9)
        #expect(summary.latency.captureToWrite == nil)
        #expect(summary.latency.captureSource == "unknown")
        #expect(summary.latency.captureUncertainty == nil)
        // 98 intervals of 10 ms but for those around the slow frames.
        #expect(summary.latency.writeInterval?.count == 99)
        #expect(isNear(summary.latency.writeInterval?.p50, 10))
        #expect(isNear(summary.latency.writeInterval?.max, 14))
    }

    @Test func utilisationOverlapAndBottleneck() {
        let summary = LatencySummary(Runs.run(frames), subject: Runs.subject)
        // The last frame arrives at 990 ms and takes 12.5.
        let window = 990 + 12.5
        #expect(isNear(summary.window, window))
        #expect(isNear(summary.throughput, 100 / window * 1e3))
        #expect(isNear(summary.stages[0].utilisation, 200 / window))
        #expect(isNear(summary.stages[1].utilisation, 400 / window))
        #expect(isNear(summary.stages[2].utilisation, 140 / window))
        #expect(isNear(summary.overlap, 740 / window))
        #expect(summary.bottleneck?.stages == ["one", "two"])
        #expect(isNear(summary.bottleneck?.utilisation, 540 / window))
        #expect(summary.structural.decoderFrames == 2)
        #expect(summary.structural.decoderDelay == 20)
        #expect(summary.structural.encoderFrames == 3)
        #expect(summary.structural.encoderDelay == 30)
        #expect(summary.structural.decoderReordering == 2)
        #expect(summary.structural.decoderFrameThreads == 1)
    }

    @Test func lateFramesPausesAndCaptureTimes() {
        var last = [UInt64](repeating: 1, count: 50)
        last[20] = 300
        let paced = Runs.frames(last, isPaced: true)
        let summary = LatencySummary(
            Runs.run(paced), subject: Runs.subject, budget: .milliseconds(12))
        #expect(summary.budget?.late == 1)
        #expect(summary.budget?.of == 50)
        #expect(summary.budget?.measure == "captureToWrite")
        #expect(isNear(summary.latency.captureToWrite?.p50, 9.5))
        #expect(summary.latency.captureSource == "pacing")
        #expect(summary.latency.captureUncertainty == 5e-6)
        #expect(summary.freezes?.count == 1)
        #expect(isNear(summary.freezes?.longest, 309))
        let none = LatencySummary(Runs.run(frames), subject: Runs.subject)
        #expect(none.budget == nil)
        #expect(none.freezes?.count == 0 && none.freezes?.longest == nil)
    }

    @Test func warmUpIsLeftOutAndSaidSo() {
        var last = [UInt64](repeating: 1, count: 30)
        last[2] = 500
        let run = Runs.run(Runs.frames(last), warmUp: 5)
        let summary = LatencySummary(run, subject: Runs.subject)
        #expect(summary.frames.warmUp == 5)
        #expect(summary.frames.measured == 25)
        #expect(summary.latency.arrivalToWrite?.count == 25)
        #expect(summary.latency.arrivalToWrite?.max == 8.5)
        #expect(summary.latency.writeInterval?.count == 24)
        #expect(run.records.count == 30)
        #expect(run.records.count { $0.isWarmUp } == 5)
        #expect(summary.lines[0].contains("first 5 warmed up"))
        // Nothing but warm-up is no mistake.
        let all = LatencySummary(Runs.run(Runs.frames(last), warmUp: 99), subject: Runs.subject)
        #expect(all.latency.arrivalToWrite == nil)
    }

    /// What was not measured is unknown: not 0 in the JSON, not in the text, not on the page.
    @Test(arguments: [0, 1, 30])
    func nothingMeasuredIsNotZero(frames: Int) throws {
        let run = Runs.run(Runs.frames(Array(repeating: 1, count: frames)), warmUp: 99)
        let summary = LatencySummary(run, subject: Runs.subject, budget: .milliseconds(9))
        #expect(summary.frames.measured == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: summary.json()) as? [String: Any])
        for name in ["window", "throughput", "overlap", "bottleneck", "freezes"] {
            #expect(object[name] == nil, "\(name)")
        }
        for stage in try #require(object["stages"] as? [[String: Any]]) {
            for name in ["utilisation", "meanHeldBack", "service", "wait"] {
                #expect(stage[name] == nil, "\(name)")
            }
        }
        let said = summary.lines.filter { $0.hasPrefix("nothing was measured: ") }
        #expect(said.count == 1)
        #expect(said.first?.contains(frames == 0 ? "no frame came" : "warmed up") == true)
        for word in ["throughput", "bottleneck", "pause", "later than", "milliseconds"] {
            #expect(!summary.lines.contains { $0.contains(word) }, "\(word)")
        }
        let page = LatencyReportPage(run, summary).page.html.text
        #expect(page.contains("nothing was measured"))
        #expect(page.contains("<b>unknown</b><span>frames a second\u{A0}↑</span>"))
    }

    /// Frames from before a camera told its clock are not the fastest: nobody knows when they were taken.
    @Test func unknownCaptureTimesAreNotDrawnAsZero() {
        var frames = Runs.frames(Array(repeating: 1, count: 9), isPaced: true)
        for index in 0..<5 { frames[index].capture = nil }
        let run = Runs.run(frames)
        let page = LatencyReportPage(run, LatencySummary(run, subject: Runs.subject)).page.html.text
        #expect(page.contains(": 9.50 ms</small>"))
        #expect(!page.contains(": 0.00 ms</small>"))
    }

    /// A mean lies between its extremes, also where the histogram rounds.
    @Test func meansLieWithinTheirExtremes() {
        for value: UInt64 in [1, 999, 263_839_871, 263_840_123, 3_599_999_999_999] {
            var histogram = LatencyHistogram()
            histogram.record(value)
            #expect(histogram.mean == Double(value))
            histogram.record(value, count: 3)
            #expect(histogram.mean == Double(value))
        }
    }

    /// A single frame tells nothing of the pauses between frames.
    @Test func oneFrameHasNoPauses() {
        let summary = LatencySummary(Runs.run(Runs.frames([1])), subject: Runs.subject)
        #expect(summary.frames.measured == 1)
        #expect(summary.throughput != nil)
        #expect(summary.freezes == nil)
        #expect(!summary.lines.contains { $0.contains("pause") })
    }

    @Test func framesLeaveTheEncoderWhenItsCountSaysSo() {
        let run = Runs.run(frames)
        // With three frames held, frame n leaves with frame n + 3; the last three never do.
        let first = run.records[0]
        #expect(first.released == run.records[3].written)
        #expect(run.records[96].released == run.records[99].written)
        #expect(run.records[97].released == nil)
        #expect(run.measures.arrivalToOutput.count == 97)
        #expect(first.arrivalToOutput.map { $0 > first.arrivalToWrite ?? 0 } == true)
    }

    @Test func waitAndServiceAddUpToTheWhole() {
        for record in frames {
            let sum = record.visits.indices.reduce(UInt64(0)) {
                $0 + record.wait(beforeStage: $1) + record.visits[$1].service
            }
            #expect(sum == record.arrivalToWrite)
        }
    }

    @Test func droppedFramesAreCountedAndKept() {
        let drops = DroppedFrames()
        for frame in [100, 101, 102] {
            drops.add(
                frame: frame, presentationTime: 2,
                timing: FrameTiming(arrival: 5_000_000_000, work: 0),
                reason: .overdue)
        }
        let run = Runs.run(frames, drops: drops)
        let summary = LatencySummary(run, subject: Runs.subject)
        #expect(summary.frames.arrived == 103)
        #expect(summary.frames.arrived == summary.frames.written + summary.frames.dropped)
        #expect(summary.frames.drops == ["overdue": 3])
        #expect(summary.frames.recorded == 103)
        #expect(summary.latency.arrivalToWrite?.count == 100)
        #expect(run.records.suffix(3).allSatisfy { $0.dropReason == .overdue && $0.visits.isEmpty })
    }

    @Test func memoryIsFixedAndHistogramsHoldAll() {
        let run = Runs.run(frames, capacity: 16)
        #expect(run.records.map(\.frame) == Array(84..<100))
        #expect(run.measures.arrivalToWrite.count == 100)
        #expect(run.measures.arrivalToOutput.count == 97)
    }

    @Test func aReaderMayLookMeanwhile() {
        let recorder = LatencyRecorder(stages: 3)
        Runs.feed(Array(frames.prefix(10)), to: recorder)
        #expect(recorder.measures.arrivalToWrite.count == 10)
        #expect(recorder.framesWritten == 10)
    }

    @Test func jsonComesBackAsItWas() throws {
        let directory = try TemporaryDirectory()
        let summary = LatencySummary(
            Runs.run(frames), subject: Runs.subject, budget: .milliseconds(9))
        try summary.json().write(to: URL(fileURLWithPath: directory.file("a.json")))
        #expect(try LatencySummary.load(directory.file("a.json")) == summary)
        // Names are part of the interface.
        let object = try #require(
            try JSONSerialization.jsonObject(with: summary.json()) as? [String: Any])
        let expected: Set = [
            "schema", "subject", "frames", "wall", "window", "throughput", "overlap", "framePeriod",
            "latency", "stages", "bottleneck", "structural", "budget", "freezes", "series",
        ]
        #expect(Set(object.keys) == expected)
        #expect(object["schema"] as? String == "yolact-video.latency/1")
        let series = try #require(object["series"] as? [String: [Int]])
        #expect(series["arrivalToWrite"]?.count == 100)
        #expect(series["service.two"]?[9] == 5000)
    }

    @Test func badSummariesAreRefused() throws {
        let directory = try TemporaryDirectory()
        func failure(_ text: String) throws -> LatencyFileError? {
            try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file("x.json")))
            return #expect(throws: LatencyFileError.self) {
                try LatencySummary.load(directory.file("x.json"))
            }
        }
        #expect(try failure("no json")?.reason == "it is no JSON")
        #expect(try failure("{}")?.reason == "no 'schema'")
        #expect(try failure(#"{"schema":"other/2"}"#)?.reason.contains("other/2") == true)
        #expect(
            try failure(#"{"schema":"yolact-video.latency/1"}"#)?.reason.hasPrefix("no '") == true)
        let missing = #expect(throws: LatencyFileError.self) {
            try LatencySummary.load(directory.file("none.json"))
        }
        #expect(missing?.kind == .unreadable)
    }
}
