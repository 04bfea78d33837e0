import Foundation
import Testing

@testable import Pipeline

/// Compares with what pycocotools computes for generated cases (scripts/make-evaluation-cases.py).
@Suite("Evaluation against COCO's tools") struct EvaluationCaseTests {
    /// Expected figures of a case. Data set and results of its line are read by the code under test.
    private struct Expected: Decodable {
        struct Figures: Decodable {
            var stats: [Double]
            var classes: [[Double]]
        }
        struct Table: Decodable {
            var box: [Double]
            var mask: [Double]
        }
        var name: String
        var usesCategories: Bool
        var box: Figures
        var mask: Figures
        var yolact: Table
    }

    private static let tolerance = 1e-9

    @Test func figuresAreEqual() throws {
        let scratch = try EvaluationScratch()
        let lines = try EvaluationScratch.resource("cases.ndjson").split(separator: "\n")
        #expect(lines.count >= 200)
        for line in lines {
            let data = Data(line.utf8)
            let expected = try JSONDecoder().decode(Expected.self, from: data)
            let evaluator = try scratch.evaluator(ofCase: data, expected.usesCategories)
            compare(evaluator.metrics(.box), expected.box, expected.name)
            compare(evaluator.metrics(.mask), expected.mask, expected.name)
            let table = evaluator.yolactTable().precisions
            for (kind, values) in [
                (EvaluationKind.box, expected.yolact.box), (.mask, expected.yolact.mask),
            ] {
                for (own, other) in zip(table[kind] ?? [], values) {
                    #expect(
                        abs(own - other) < Self.tolerance, "\(expected.name), YOLACT's \(kind)")
                }
            }
        }
    }

    private func compare(
        _ metrics: EvaluationMetrics, _ expected: Expected.Figures, _ name: String
    ) {
        let values = metrics.summary.values
        #expect(values.count == 12 && expected.stats.count == 12)
        for (index, (own, other)) in zip(values, expected.stats).enumerated() {
            #expect(
                abs(own - other) < Self.tolerance,
                "\(name), \(metrics.kind), \(EvaluationSummary.names[index])")
        }
        #expect(metrics.categories.count == expected.classes.count)
        for (category, sums) in expected.classes.enumerated() {
            for (own, other) in zip(checksums(metrics, category), sums) {
                #expect(abs(own - other) < Self.tolerance, "\(name), \(metrics.kind), \(category)")
            }
        }
    }

    /// Weighted means of a category's precisions, recalls and scores.
    private func checksums(_ metrics: EvaluationMetrics, _ category: Int) -> [Double] {
        let options = metrics.options
        var (precision, recall, scores) = ([Double](), [Double](), [Double]())
        for t in options.overlapThresholds.indices {
            for r in options.recallThresholds.indices {
                for a in options.areaRanges.indices {
                    for m in options.maximumDetections.indices {
                        let index = metrics.precisionIndex(
                            threshold: t, recall: r, category: category, area: a, maximum: m)
                        precision.append(metrics.precision[index])
                        scores.append(metrics.scores[index])
                    }
                }
            }
            for a in options.areaRanges.indices {
                for m in options.maximumDetections.indices {
                    recall.append(
                        metrics.recall[
                            metrics.recallIndex(
                                threshold: t, category: category, area: a, maximum: m)])
                }
            }
        }
        return [precision, recall, scores].flatMap { values in
            let weighted = values.enumerated().map { $1 * Double($0 * 31 % 101) / 101 }
            let count = Double(values.count)
            return [values.reduce(0, +) / count, weighted.reduce(0, +) / count]
        }
    }

    /// Every figure must be one that differs where something is wrong: not all cases may agree on it.
    @Test func casesAreTelling() throws {
        let lines = try EvaluationScratch.resource("cases.ndjson").split(separator: "\n")
        let expected = try lines.map {
            try JSONDecoder().decode(Expected.self, from: Data($0.utf8))
        }
        for index in 0..<12 {
            #expect(Set(expected.map(\.box.stats[index])).count > 12)
            #expect(Set(expected.map(\.mask.stats[index])).count > 12)
        }
        #expect(expected.contains { !$0.usesCategories })
        #expect(Set(expected.map { $0.name.split(separator: " ")[0] }).count >= 15)
    }

    @Test func polygonsAreDrawnEqually() throws {
        struct Case: Decodable {
            var size: [Int]
            var polygons: [[Double]]
            var counts: String
        }
        let lines = try EvaluationScratch.resource("polygons.ndjson").split(separator: "\n")
        #expect(lines.count >= 300)
        for line in lines {
            let item = try JSONDecoder().decode(Case.self, from: Data(line.utf8))
            let mask = try RunLengthEncoding(
                width: item.size[1], height: item.size[0], polygons: item.polygons)
            let expected = try RunLengthEncoding(
                width: item.size[1], height: item.size[0], compressedCounts: item.counts)
            #expect(mask == expected, "\(line)")
        }
    }

    @Test func orderOfImagesDoesNotMatter() throws {
        let scratch = try EvaluationScratch()
        let lines = try EvaluationScratch.resource("cases.ndjson").split(separator: "\n")
        for line in lines where line.hasPrefix("{\"name\":\"ties") {
            let data = Data(line.utf8)
            let forward = try scratch.evaluator(ofCase: data, true)
            let results = try scratch.results(of: forward.dataset)
            let backward = Evaluator(dataset: forward.dataset)
            for image in forward.dataset.images.reversed() {
                try backward.add(results.detections(imageID: image.id), imageID: image.id)
            }
            for kind in EvaluationKind.allCases {
                #expect(forward.metrics(kind).precision == backward.metrics(kind).precision)
                #expect(forward.metrics(kind).recall == backward.metrics(kind).recall)
                #expect(forward.metrics(kind).scores == backward.metrics(kind).scores)
            }
            #expect(forward.yolactTable() == backward.yolactTable())
        }
    }
}
