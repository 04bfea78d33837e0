import Foundation
import Model
import Testing

@testable import Pipeline

/// All text files that people and their tools write, with every kind of line end and with a byte order mark.
@Suite struct TextFileTests {
    private let scratch: EvaluationScratch

    init() throws { scratch = try EvaluationScratch() }

    /// Ends of lines.
    static let ends = ["\n", "\r\n", "\r"]

    /// A text in each way of writing it down.
    private func forms(_ text: String, _ name: String) throws -> [String] {
        var paths: [String] = []
        for end in Self.ends {
            for mark in ["", "\u{FEFF}"] {
                for hasLastEnd in [true, false] {
                    var lines = text.components(separatedBy: "\n")
                    while lines.last == "" { lines.removeLast() }
                    let form = mark + lines.joined(separator: end) + (hasLastEnd ? end : "")
                    paths.append(try scratch.write(form, "\(paths.count)-\(name)"))
                }
            }
        }
        return paths
    }

    @Test func classNames() throws {
        for path in try forms("person\n\n traffic light \nmañana\n", "names.txt") {
            #expect(try ClassNames.load(path) == ["person", "traffic light", "mañana"])
        }
    }

    private static let records = """
        {"frame":0,"time":0,"instances":[{"id":4,"category":"cat","score":0.5,"bbox":[1,1,2,2],\
        "segmentation":{"size":[6,8],"counts":"7240m0"}}]}

        {"frame":1,"time":null,"instances":[]}
        """

    @Test func frameRecordsAsRecordsTruthAndResults() throws {
        for path in try forms(Self.records, "records.ndjson") {
            let records = try FrameRecordReader.records(of: path)
            #expect(records.map(\.frame) == [0, 1])
            #expect(records[0].instances.first?.segmentation.counts == [7, 2, 4, 2, 33])
            let dataset = try EvaluationDataset(frameRecords: path, classNames: ["dog"])
            #expect(dataset.images.count == 2 && dataset.categories.map(\.name) == ["dog", "cat"])
            let truth = try StabilityTruth(path: path, classNames: ["cat"])
            #expect(truth.instances(frame: 0)?.count == 1 && truth.instances(frame: 1)?.count == 0)
            #expect(try ResultsFile(path: path, dataset: dataset).count == 2)
        }
    }

    @Test func lineNumbersOfErrorsAreThoseOfEditors() throws {
        for path in try forms(Self.records + "\nnonsense", "bad.ndjson") {
            let error = #expect(throws: FrameRecordError.self) {
                try FrameRecordReader.records(of: path)
            }
            #expect("\(try #require(error))".contains("line 4"))
        }
    }

    @Test func instancesAndResults() throws {
        let dataset = """
            {"images":[{"id":7,"width":8,"height":6,"file_name":"a.jpg"}],
             "categories":[{"id":3,"name":"cat"}],
             "annotations":[
              {"id":1,"image_id":7,"category_id":3,"area":4,"bbox":[1,1,2,2],"iscrowd":0}
             ]}
            """
        let results = """
            [
             {"image_id":7,"category_id":3,"score":0.5,"bbox":[1,1,2,2]}
            ]
            """
        for (one, other) in zip(try forms(dataset, "d.json"), try forms(results, "r.json")) {
            let read = try EvaluationDataset(instancesFile: one)
            #expect(read.images.count == 1 && read.annotations(ofImageAt: 0).count == 1)
            #expect(try ResultsFile(path: other, dataset: read).count == 1)
        }
    }

    @Test func histogramLogs() throws {
        var histogram = LatencyHistogram()
        for value in 1...50 { histogram.record(UInt64(value) * 1_000_000) }
        let log = HistogramLog(
            started: Date(timeIntervalSince1970: 1_700_000_000),
            entries: ["one", "two"].map {
                HistogramLog.Entry(tag: $0, start: 0, length: 1, histogram: histogram)
            })
        for path in try forms(log.text(), "log.hlog") {
            let read = try HistogramLog.load(path)
            #expect(read.entries.map(\.tag) == ["one", "two"])
            #expect(read.entries.allSatisfy { $0.histogram == histogram })
            #expect(read.started == log.started)
        }
    }

    /// A file of another kind, or one whose lines were lost, is no log of nothing.
    @Test func histogramLogsWithoutHistogramAreRefused() throws {
        for text in ["", "\n", "#[Histogram log format version 1.3]\n", "\"StartTimestamp\"\n"] {
            let path = try scratch.write(text, "empty.hlog")
            let error = #expect(throws: LatencyFileError.self) { try HistogramLog.load(path) }
            #expect(error?.kind == .malformed)
            #expect(
                error?.description == "\(path): cannot read a histogram log: it holds no histogram")
        }
    }

    @Test func summariesAndConfigurations() throws {
        let summary = LatencySummary(
            LatencyTestRuns.run(LatencyTestRuns.frames([1, 2, 3])),
            subject: LatencyTestRuns.subject)
        let json = String(decoding: try summary.json(), as: UTF8.self)
            .replacingOccurrences(of: ",\"", with: ",\n\"")
        for path in try forms(json, "summary.json") {
            #expect(try LatencySummary.load(path) == summary)
        }
        let configuration = try #require(YolactConfiguration.preset(named: "yolact_base"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .prettyPrinted
        let text = String(decoding: try encoder.encode(configuration), as: UTF8.self)
        for path in try forms(text, "configuration.json") {
            #expect(try YolactConfiguration.load(path) == configuration)
        }
    }
}
