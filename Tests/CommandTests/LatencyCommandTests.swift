import Foundation
import Testing

@testable import Pipeline

/// `latency` and `--latency-report` as a user runs them.
extension ProgramTests {
    @Suite struct Latency {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func json(_ data: Data) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }

        @Test func aClipIsMeasured() throws {
            let run = try scratch.succeed(
                "latency", Scratch.sample, "--frames", "40", "--warm-up", "5", "--budget", "1",
                "--json", "-", "--latency-report", "report", "--quiet")
            #expect(run.errors.isEmpty)
            let summary = try json(Data(run.output.utf8))
            let frames = try #require(summary["frames"] as? [String: Any])
            #expect(frames["arrived"] as? Int == 40)
            #expect(frames["written"] as? Int == 40)
            #expect(frames["measured"] as? Int == 35)
            let latency = try #require(summary["latency"] as? [String: Any])
            #expect(latency["captureToWrite"] == nil)
            #expect(latency["captureSource"] as? String == "unknown")
            let budget = try #require(summary["budget"] as? [String: Any])
            #expect(budget["late"] as? Int == 35)
            let stages = try #require(summary["stages"] as? [[String: Any]])
            #expect(stages.count == 8)
            #expect(
                try scratch.listing() == ["report"], "the video that was written is thrown away")
            let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("report"))
            #expect(
                files.sorted() == [
                    "frames.csv", "histograms.hlog", "report.html", "summary.json", "trace.json",
                ])
            #expect(
                try json(scratch.data("report/summary.json")).keys.sorted() == summary.keys.sorted()
            )
            #expect(try scratch.text("report/frames.csv").split(separator: "\n").count == 41)
            _ = try json(scratch.data("report/trace.json"))
        }

        @Test func whatWarmsUpOnlyIsNotMeasured() throws {
            let run = try scratch.succeed(
                "latency", Scratch.sample, "--frames", "3", "--no-encode", "--json", "a.json",
                "--latency-report", "report")
            #expect(
                run.outputLines.contains {
                    $0.hasPrefix("nothing was measured: all 3 frames warmed up")
                })
            #expect(!run.output.contains("bottleneck") && !run.output.contains("throughput"))
            let summary = try json(scratch.data("a.json"))
            #expect(summary["throughput"] == nil && summary["bottleneck"] == nil)
            #expect(try scratch.text("report/report.html").contains("nothing was measured"))
            // Its log holds no histogram, and is none to add up.
            let merged = try scratch.run("latency", "--merge", "report/histograms.hlog")
            #expect(merged.status == 65)
            #expect(merged.complaints.count == 1)
            #expect(merged.errors.contains("it holds no histogram"))
        }

        @Test func segmentWritesTheReportBesideTheVideo() throws {
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "out.mp4", "--frames", "15", "--latency-report",
                "r", "--quiet")
            #expect(try scratch.listing() == ["out.mp4", "r"])
            let again = try scratch.run(
                "segment", Scratch.sample, "-o", "o.mp4", "--frames", "2", "--latency-report", "r")
            #expect(again.status == 73)
            #expect(again.complaints.count == 1)
            #expect(
                again.errors.contains("r/summary.json: the file exists: --overwrite replaces it"))
            #expect(try scratch.listing() == ["out.mp4", "r"])
        }

        @Test func pacedClipsTakeAsLongAsTheyLast() throws {
            let start = Date()
            let run = try scratch.succeed(
                "latency", Scratch.sample, "--frames", "30", "--realtime", "--no-encode", "--json",
                "-", "--quiet", "--warm-up", "0")
            // 30 frames at 30 a second, the last of which is due after 29 periods; decoding order makes
            // it a little less.
            #expect(Date().timeIntervalSince(start) > 0.8)
            let summary = try json(Data(run.output.utf8))
            let latency = try #require(summary["latency"] as? [String: Any])
            #expect(latency["captureSource"] as? String == "pacing")
            #expect((latency["captureToWrite"] as? [String: Any])?["count"] as? Int == 30)
        }

        @Test func aSignalEndsAPacedRunAtOnce() throws {
            // One frame every ten seconds.
            try scratch.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=1/10", "-frames:v", "5", "-c:v",
                "mpeg4", "slow.mkv")
            let child = try scratch.start([
                "latency", "slow.mkv", "--realtime", "--no-encode", "--log-level", "info",
            ])
            try child.waitForErrors("demo model knows shapes")
            let start = Date()
            child.send(SIGINT)
            let result = try child.finish()
            #expect(result.status == 130)
            #expect(Date().timeIntervalSince(start) < 8)
        }

        @Test func comparisonsSayWhatIsSlower() throws {
            func write(_ name: String, milliseconds: UInt64) throws {
                let second: UInt64 = 1_000_000_000
                var measures = LatencyMeasures(stages: 1)
                let records = (0..<400).map { index -> FrameLatency in
                    let arrival = second + UInt64(index) * 10_000_000
                    let end = arrival + milliseconds * 1_000_000 + UInt64(index * 31 % 100) * 1000
                    measures.arrivalToWrite.record(end - arrival)
                    return FrameLatency(
                        frame: index, presentationTime: nil, arrival: arrival,
                        visits: [.init(enqueued: arrival, start: arrival, end: end)])
                }
                let run = LatencyRun(
                    stages: [.init(name: "all", workers: 1, capacity: 0)], measures: measures,
                    records: records, framesArrived: 400, framesWritten: 400, wall: .seconds(4))
                let summary = LatencySummary(
                    run,
                    subject: .init(
                        program: "", input: "", model: "", threads: "", pacing: "", started: ""))
                try scratch.write(summary.json(), to: name)
            }
            try write("a.json", milliseconds: 5)
            try write("b.json", milliseconds: 7)
            let slower = try scratch.run("latency", "--compare", "a.json", "b.json")
            #expect(slower.status == 3)
            #expect(slower.outputLines.last == "verdict: slower")
            #expect(slower.complaints.isEmpty)
            let faster = try scratch.succeed("latency", "--compare", "b.json", "a.json")
            #expect(faster.outputLines.last == "verdict: faster")
            try scratch.succeed(
                "latency", "--compare", "a.json", "b.json", "--tolerance", "60", "--json", "c.json")
            let differences = try json(scratch.data("c.json"))["differences"] as? [[String: Any]]
            #expect(differences?.isEmpty == false)
        }

        @Test func wrongUseHasItsOwnStatus() throws {
            #expect(try scratch.run("latency").status == 64)
            #expect(try scratch.run("latency", "--compare", "a.json").status == 64)
            #expect(try scratch.run("latency", "x.mp4", "--self-test").status == 64)
            #expect(try scratch.run("latency", "x.mp4", "--drop-after", "5").status == 64)
            #expect(try scratch.run("latency", "x.mp4", "--budget", "0").status == 64)
            let missing = try scratch.run("latency", "--compare", "a.json", "b.json")
            #expect(missing.status == 66)
            #expect(missing.complaints.count == 1)
            try scratch.write(Data("nothing".utf8), to: "a.json")
            #expect(try scratch.run("latency", "--compare", "a.json", "a.json").status == 65)
            #expect(try scratch.run("latency", "--merge", "a.json").status == 65)
            #expect(try scratch.run("latency", "none.mp4").status == 66)
            #expect(try scratch.listing() == ["a.json"])
        }

        @Test func logsAreMerged() throws {
            for name in ["one", "two"] {
                try scratch.succeed(
                    "latency", Scratch.sample, "--frames", "12", "--no-encode", "--warm-up", "2",
                    "--latency-report", name, "--quiet")
            }
            let merged = try scratch.succeed(
                "latency", "--merge", "one/histograms.hlog", "two/histograms.hlog", "--json", "-")
            let rows = try json(Data(merged.output.utf8))
            #expect((rows["arrivalToWrite"] as? [String: Any])?["count"] as? Int == 20)
            #expect((rows["service.backbone"] as? [String: Any])?["count"] as? Int == 20)
        }
    }
}
