import Foundation
import Testing

@testable import Pipeline

/// What became of truths, and which mistakes are the worst.
@Suite struct MistakeTests {
    private let dataset: EvaluationDataset

    /// Four truths in each of 30 images, in rows of their own.
    init() throws {
        var annotations: [EvaluationAnnotation] = []
        for image in 0..<30 {
            for row in 0..<4 {
                annotations.append(
                    EvaluationAnnotation(
                        id: annotations.count + 1, imageID: image, categoryID: 1 + row % 2,
                        box: Self.box(row, 20), area: Double(400 + image), isCrowd: false,
                        shape: .polygons([Self.box(row, 20).outline])))
            }
        }
        dataset = try EvaluationDataset(
            path: "set", images: (0..<30).map { EvaluationImage(id: $0, width: 100, height: 100) },
            categories: [(1, "cat"), (2, "dog")].map { EvaluationCategory(id: $0.0, name: $0.1) },
            annotations: annotations)
    }

    private static func box(_ row: Int, _ width: Double) -> EvaluationBox {
        EvaluationBox(x: 10, y: Double(row) * 25, width: width, height: 20)
    }

    /// The first truth is found, the second only a third of it, the third as the other class, the last
    /// too unsurely.
    private func detections(_ image: Int) -> [EvaluationDetection] {
        let score = 0.5 + Double(image) / 100
        return [
            (1, 0, 20.0, score), (2, 1, 7.0, score), (2, 2, 18.0, score), (2, 3, 20.0, 0.29),
        ].map { category, row, width, score in
            EvaluationDetection(
                categoryID: category, score: score, box: Self.box(row, width), mask: nil)
        }
    }

    @Test(arguments: EvaluationKind.allCases) func outcomesAreCounted(_ kind: EvaluationKind) throws
    {
        let collector = MistakeCollector(dataset: dataset, kind: kind)
        for image in dataset.images { try collector.add(detections(image.id), imageID: image.id) }
        func counts(_ category: Int) -> [Int] {
            [.found, .wrongCategory, .poorOverlap, .missed].map {
                collector.count($0, category: category)
            }
        }
        #expect(counts(0) == [30, 30, 0, 0])
        #expect(counts(1) == [0, 0, 30, 30])
        let wrong = collector.worst(.wrongCategory, limit: 3)
        #expect(wrong.map(\.imageID) == [29, 28, 27])
        #expect(wrong.allSatisfy { $0.detection?.categoryID == 2 && $0.annotation.categoryID == 1 })
        #expect(wrong.allSatisfy { abs($0.overlap - 0.9) < 1e-9 })
        let poor = collector.worst(.poorOverlap, limit: 100)
        #expect(poor.count == 30)
        #expect(poor.allSatisfy { abs($0.overlap - 0.35) < 1e-9 })
        let missed = collector.worst(.missed, limit: 4, distance: 10)
        #expect(missed.map(\.imageID) == [29, 19, 9])
        #expect(missed.map(\.severity) == [429, 419, 409])
        #expect(missed.allSatisfy { $0.detection == nil })
    }

    @Test func theOrderOfImagesDoesNotMatterAndMemoryIsBounded() throws {
        func worst(_ images: [Int]) throws -> [[Int]] {
            let collector = MistakeCollector(dataset: dataset, kind: .box, capacity: 5)
            for image in images { try collector.add(detections(image), imageID: image) }
            return MistakeCollector.outcomes.map { outcome in
                collector.worst(outcome, limit: 10).map(\.annotation.id)
            }
        }
        let forwards = try worst(Array(0..<30))
        #expect(forwards.map(\.count) == [5, 5, 5])
        #expect(try worst((0..<30).reversed()) == forwards)
        #expect(try worst((0..<30).map { $0 * 7 % 30 }) == forwards)
    }

    @Test func aReportShowsFiguresAndMistakes() throws {
        let evaluator = Evaluator(dataset: dataset)
        let collector = MistakeCollector(dataset: dataset, kind: .mask)
        for image in dataset.images {
            try evaluator.add(detections(image.id), imageID: image.id)
            try collector.add(detections(image.id), imageID: image.id)
        }
        let figures = EvaluationFigures([evaluator])
        var report = EvaluationReport(
            figures: figures, subject: "<model>", warnings: ["something is odd"])
        report.mistakes = collector
        report.picturesOfEachKind = 2
        let text = try report.page().html.text
        for metrics in figures.metrics.values {
            let value = String(format: "%.3f", metrics.summary.averagePrecision)
            #expect(text.contains("<b>\(value)</b>"))
        }
        #expect(text.contains("&lt;model&gt;") && text.contains("something is odd"))
        // Two curves over all, one for each class; three bar charts and that of outcomes; three kinds
        // of mistakes, of which frames less than 15 apart are not shown twice. Wide charts are drawn for
        // phones, too.
        #expect(text.components(separatedBy: "<svg ").count - 1 == 2 * 2 + 2 + 2 * (3 + 1) + 6)
        #expect(text.contains("<b>cat</b> taken for <b>dog</b>"))
        #expect(!text.contains("NaN") && !text.contains("nan"))
        report.curveCategories = ["DOG"]
        report.mistakes = nil
        let shorter = try report.page().html.text
        #expect(shorter.components(separatedBy: "<svg ").count - 1 == 2 * 2 + 1 + 2 * 3)
        #expect(shorter.contains("dog: precision over recall"))
        #expect(!shorter.contains("cat: precision over recall"))
    }
}
