import Foundation
import Testing

@testable import Pipeline

/// Partial results, and what goes wrong with them.
@Suite struct EvaluationJournalTests {
    private let scratch: EvaluationScratch
    private let dataset: EvaluationDataset
    private let origin = ["weights": "a", "--nms": "fast \"x\""]

    init() throws {
        scratch = try EvaluationScratch()
        dataset = try EvaluationDataset(
            path: "set.json",
            images: [4, 7, 9].map { EvaluationImage(id: $0, width: 8, height: 6) },
            categories: [EvaluationCategory(id: 3, name: "cat")], annotations: [])
    }

    private func detections(_ count: Int) throws -> [EvaluationDetection] {
        var detections: [EvaluationDetection] = []
        for index in 0..<count {
            let runs = [UInt32(index), 5, 43 - UInt32(index)]
            let score = Float(0.1) + Float(index) / 3
            detections.append(
                EvaluationDetection(
                    categoryID: 3, score: Double(score),
                    box: EvaluationBox(x: 1, y: Double(index) / 7, width: 2, height: 2),
                    mask: try RunLengthEncoding(width: 8, height: 6, counts: runs)))
        }
        return detections
    }

    private func open(
        _ origin: EvaluationJournal.Origin? = nil, restarts: Bool = false
    ) throws -> EvaluationJournal {
        try EvaluationJournal(
            path: scratch.path("j"), origin: origin ?? self.origin, dataset: dataset,
            restarts: restarts)
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacingOccurrences(of: scratch.directory.path + "/", with: "")
        }
    }

    @Test func whatWasWrittenComesBackUnchanged() throws {
        var journal: EvaluationJournal? = try open()
        #expect(journal?.finishedImageIDs == [])
        try journal?.append(detections(3), imageID: 7)
        try journal?.append([], imageID: 4)
        journal = nil
        let again = try open()
        #expect(again.finishedImageIDs == [7, 4])
        try again.append(detections(1), imageID: 9)
        var found: [(Int, [EvaluationDetection])] = []
        try again.forEachImage(in: [4, 7, 9]) { found.append(($0, $1)) }
        #expect(found.map(\.0) == [7, 4, 9])
        #expect(try found.map(\.1) == [detections(3), [], detections(1)])
        found = []
        try again.forEachImage(in: [9]) { found.append(($0, $1)) }
        #expect(found.map(\.0) == [9])
        again.remove()
        #expect(!FileManager.default.fileExists(atPath: scratch.path("j")))
    }

    @Test func aLineThatWasCutOffIsDropped() throws {
        var journal: EvaluationJournal? = try open()
        try journal?.append(detections(2), imageID: 7)
        try journal?.append(detections(2), imageID: 9)
        journal = nil
        let path = scratch.path("j")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let firstLines = whole.split(separator: 10, omittingEmptySubsequences: false).prefix(2)
        let length = firstLines.reduce(0) { $0 + $1.count + 1 }
        for cut in [whole.count - 1, length + 1, length] {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: path))
            do {
                let again = try open()
                #expect(again.finishedImageIDs == [7])
                try again.append(detections(2), imageID: 9)
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
        }
    }

    @Test func anotherOriginIsRefusedUntilItIsThrownAway() throws {
        do { try open().append(detections(1), imageID: 7) }
        #expect(
            message { _ = try open(["weights": "b", "--engine": "x"]) }
                == "j: these partial results were made with other --engine, --nms, weights")
        #expect(try open().finishedImageIDs == [7], "it is still there")
        #expect(try open(["weights": "b"], restarts: true).finishedImageIDs == [])
        #expect(message { _ = try open() }.hasSuffix("made with other --nms, weights"))
    }

    @Test func oneProcessAtATimeAndNoOtherFiles() throws {
        let journal = try open()
        #expect(message { _ = try open() } == "j: another process is writing it")
        withExtendedLifetime(journal) {}
        let other = try scratch.write("[1, 2]\n", "other")
        #expect(
            message {
                _ = try EvaluationJournal(path: other, origin: origin, dataset: dataset)
            } == "other: the file exists and holds no partial results")
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "[1, 2]\n")
        #expect(
            message {
                _ = try EvaluationJournal(
                    path: scratch.path("none/j"), origin: origin, dataset: dataset)
            } == "none/j: writing failed: No such file or directory")
    }

    @Test func theFingerprintIsThatOfImagesAndCategories() throws {
        func fingerprint(_ id: Int, _ name: String, _ category: String) throws -> String {
            try EvaluationDataset(
                path: "p", images: [EvaluationImage(id: id, width: 1, height: 2, fileName: name)],
                categories: [EvaluationCategory(id: 1, name: category)], annotations: []
            ).fingerprint
        }
        let all = try [
            fingerprint(1, "a", "c"), fingerprint(2, "a", "c"), fingerprint(1, "b", "c"),
            fingerprint(1, "a", "d"),
        ]
        #expect(Set(all).count == 4)
        #expect(try fingerprint(1, "a", "c") == all[0])
    }
}
