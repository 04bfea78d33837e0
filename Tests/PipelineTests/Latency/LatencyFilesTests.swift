import Foundation
import FoundationXML
import Testing
import VideoIO

@testable import Pipeline

/// CSV, trace, report and the directory that holds them.
@Suite struct LatencyFilesTests {
    typealias Runs = LatencyTestRuns

    private let run: LatencyRun = {
        let drops = DroppedFrames()
        drops.add(
            frame: 60, presentationTime: 0.6,
            timing: FrameTiming(arrival: 1_605_000_000, work: 0), reason: .overdue)
        return Runs.run(
            Runs.frames((0..<60).map { $0 % 10 == 9 ? 5 : 1 }), warmUp: 4, drops: drops)
    }()

    private var summary: LatencySummary {
        LatencySummary(run, subject: Runs.subject, budget: .milliseconds(9))
    }

    @Test func csvHoldsEveryRecord() throws {
        let lines = run.csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let names = lines[0]
        #expect(lines.count == 62)
        #expect(lines.allSatisfy { $0.count == names.count })
        func value(_ line: Int, _ name: String) throws -> String {
            lines[line][try #require(names.firstIndex(of: name))]
        }
        #expect(try value(1, "arrival_ns") == "0")
        #expect(try value(2, "arrival_ns") == "10000000")
        #expect(try value(1, "one_start_ns") == "3000000")
        #expect(try value(1, "two_end_ns") == "8500000")
        #expect(try value(4, "warm_up") == "1")
        #expect(try value(5, "warm_up") == "0")
        #expect(try value(61, "drop") == "overdue")
        #expect(try value(61, "two_end_ns").isEmpty)

        // Percentiles of the saved records are those of the summary, to the histogram's precision.
        let latencies: [UInt64] = try lines.indices.dropFirst().filter {
            try value($0, "warm_up") == "0" && value($0, "drop").isEmpty
        }.map {
            try #require(UInt64(value($0, "two_end_ns")))
                - (try #require(UInt64(value($0, "arrival_ns"))))
        }
        let told = try #require(summary.latency.arrivalToWrite)
        #expect(latencies.count == told.count)
        for (percentile, value) in [
            (50, told.p50), (90, told.p90), (95, told.p95), (99, told.p99), (99.9, told.p999),
        ] {
            let exact = Double(Runs.exact(latencies, percentile)) / 1e6
            #expect(value >= exact && value <= exact * 1.001)
        }
    }

    @Test func theTraceIsSoundAndAgreesWithTheRecords() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(run.trace)) as? [String: Any])
        let events = try #require(object["traceEvents"] as? [[String: Any]])
        var ends: [Int: Double] = [:]
        var work: [Int: Double] = [:]
        var flows: [Int: [String]] = [:]
        var depths: [String: Int] = [:]
        var tracks: Set<Int> = []
        for event in events {
            let phase = try #require(event["ph"] as? String)
            let track = try #require(event["tid"] as? Int)
            #expect(event["pid"] as? Int == 1)
            #expect((event["name"] as? String)?.isEmpty == false)
            let arguments = event["args"] as? [String: Any]
            if phase == "M" {
                tracks.insert(track)
                continue
            }
            let time = try #require(event["ts"] as? Double)
            #expect(time >= 0)
            switch phase {
            case "X":
                let duration = try #require(event["dur"] as? Double)
                #expect(tracks.contains(track))
                #expect(time >= ends[track, default: 0] - 0.0005, "slices of a track overlap")
                ends[track] = time + duration
                work[track, default: 0] += duration
            case "s", "t", "f":
                let frame = try #require(event["id"] as? Int)
                flows[frame, default: []].append(phase)
                #expect(event["cat"] as? String == "frame")
            case "C":
                depths[try #require(event["name"] as? String)] = try #require(
                    arguments?["frames"] as? Int)
            case "i":
                #expect((event["name"] as? String)?.contains("overdue") == true)
            default: Issue.record("unknown phase \(phase)")
            }
        }
        #expect(flows.count == 60)
        #expect(flows.values.allSatisfy { $0 == ["s", "t", "f"] })
        #expect(depths == ["waiting for one": 0, "waiting for two": 0])
        for (index, track) in work.keys.sorted().enumerated() {
            let recorded = run.records.filter { $0.dropReason == nil }.reduce(0.0) {
                $0 + Double($1.visits[index].service) / 1e3
            }
            #expect(abs((work[track] ?? 0) - recorded) < 1)
        }
        // The report's totals: its window holds the measured frames only.
        let measured = run.measured.reduce(0.0) { $0 + Double($1.visits[1].service) / 1e6 }
        let utilisation = try #require(summary.stages[1].utilisation)
        #expect(abs(utilisation * (try #require(summary.window)) - measured) < 1e-6)
    }

    @Test func depthsOfQueues() {
        let depth = QueueDepth(beforeStage: 1, run.records)
        #expect(depth.maximum == 1)
        #expect(depth.steps.last?.depth == 0)
        // 0.75 of every 10 ms.
        #expect(abs(depth.mean - 0.075) < 0.002)
        #expect(QueueDepth(beforeStage: 0, run.records).steps.isEmpty)
    }

    @Test func theReportIsWellFormedAndNeedsNoNetwork() throws {
        let html = LatencyReportPage(run, summary).page.html.text
        for heading in ["Frames over time", "Distributions", "Single frames", "Queues", "Numbers"] {
            #expect(html.contains("<h2>\(heading)</h2>"))
        }
        #expect(html.contains("Latency of a&lt;b&gt;.mp4"))
        #expect(html.contains("frame 60: overdue"))
        #expect(
            !html.contains("http://") && !html.contains("https://") && !html.contains("<script"))
        for part in html.split(separator: "<svg").dropFirst() {
            let end = try #require(part.range(of: "</svg>"))
            let parser = XMLParser(data: Data("<svg\(part[..<end.upperBound])".utf8))
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            #expect(!part[..<end.lowerBound].contains("nan"))
        }
        // A run that only warmed up has a page too.
        let empty = Runs.run(Runs.frames([1, 1]), warmUp: 5)
        let page = LatencyReportPage(empty, LatencySummary(empty, subject: Runs.subject))
        #expect(page.page.html.text.contains("2 frames arrived"))
    }

    @Test func aDirectoryHoldsAllFilesAndIsNotOverwritten() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("report")
        let files = try LatencyReportFiles(directory: path, overwrite: false)
        try files.write(run, summary, started: Date(timeIntervalSince1970: 0))
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == LatencyReportFiles.names.sorted())
        #expect(try LatencySummary.load(path + "/summary.json") == summary)
        let log = try HistogramLog.load(path + "/histograms.hlog")
        #expect(log.entries.contains { $0.tag == "service.two" && $0.histogram.count == 56 })
        #expect(throws: FrameRecordError.self) {
            try LatencyReportFiles(directory: path, overwrite: false)
        }
        _ = try LatencyReportFiles(directory: path, overwrite: true)
        // Those above it are made as well.
        _ = try LatencyReportFiles(directory: directory.file("new/deeper"), overwrite: false)
        #expect(FileManager.default.fileExists(atPath: directory.file("new/deeper")))
        #expect(throws: FrameRecordError.self) {
            try LatencyReportFiles(directory: path + "/frames.csv/deeper", overwrite: true)
        }
        #expect(throws: FrameRecordError.self) {
            try LatencyReportFiles(directory: path + "/frames.csv", overwrite: true)
        }
    }

    @Test func longCurvesAreThinnedWithoutLosingPeaks() {
        var points = (0..<10_000).map { (x: Double($0), y: 1.0) }
        points[4321].y = 99
        points[7000].y = -5
        let thin = Downsampling.extremes(points, bins: 100)
        #expect(thin.count <= 203)
        #expect(thin.map(\.y).max() == 99)
        #expect(thin.map(\.y).min() == -5)
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x <= $1.x })
        let steps = (0..<1000).map { (x: Double($0), y: Double($0 % 2)) } + [(x: 1000.0, y: 3.0)]
        let stairs = Downsampling.stairs(steps, bins: 50, over: 2000)
        #expect(stairs.last?.x == 2000)
        #expect(stairs.last?.y == 3)
        #expect(stairs.count <= 2 * 50 + 2)
    }
}
