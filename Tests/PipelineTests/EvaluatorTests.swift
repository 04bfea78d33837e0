import Foundation
import Model
import Testing

@testable import Pipeline

/// What an evaluator says beyond the figures themselves.
@Suite struct EvaluatorTests {
    private static let samples = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "samples")

    private func square(_ x: Int, _ side: Int, image: Int = 40) throws -> RunLengthEncoding {
        try RunLengthEncoding(
            InstanceMask(
                region: PixelRectangle(x: x, y: 2, width: side, height: side),
                pixels: [UInt8](repeating: 1, count: side * side)), width: image, height: image)
    }

    private func dataset() throws -> EvaluationDataset {
        try EvaluationDataset(
            path: "made", images: [1, 2].map { EvaluationImage(id: $0, width: 40, height: 40) },
            categories: [
                EvaluationCategory(id: 1, name: "a"), EvaluationCategory(id: 2, name: "b"),
            ],
            annotations: try [1, 2].map {
                EvaluationAnnotation(
                    id: $0, imageID: $0, categoryID: 1, box: nil, area: nil, isCrowd: false,
                    shape: .runLengths(try square(4, 10)))
            })
    }

    @Test func truthComparedWithItselfIsPerfect() throws {
        let path = Self.samples.appending(path: "shapes.ndjson").path
        let set = try EvaluationDataset(path: path, classNames: ClassNames.shapes)
        #expect(set.images.count == 300)
        #expect(set.categories.map(\.name) == ClassNames.shapes)
        #expect(set.images.allSatisfy { $0.width == 640 && $0.height == 360 })
        let evaluator = Evaluator(dataset: set)
        for image in set.images {
            let truths = set.annotations(ofImageAt: try #require(set.imageIndex(id: image.id)))
            try evaluator.add(
                truths.map {
                    EvaluationDetection(
                        categoryID: $0.categoryID, score: 0.5, box: $0.box,
                        mask: try $0.shape.runLengths(width: 640, height: 360))
                }, imageID: image.id)
        }
        for kind in EvaluationKind.allCases {
            let metrics = evaluator.metrics(kind)
            #expect(abs(metrics.summary.averagePrecision - 1) < 1e-12)
            #expect(abs(metrics.averageRecall() - 1) < 1e-12)
            #expect(metrics.precisionCurve(threshold: 0.95) == Array(repeating: 1, count: 101))
            #expect(metrics.truthCounts.count == 24)
        }
        let table = evaluator.yolactTable()
        #expect(table.mean(.box).map { abs($0 - 100) < 1e-9 } == true)
        #expect(table.text.contains("  mask | 100.0 |"))
    }

    /// YOLACT++ ranks masks by corrected scores and boxes by those before.
    @Test func boxesAndMasksAreRankedByTheirOwnScores() throws {
        let evaluator = Evaluator(dataset: try dataset())
        try evaluator.add(
            [(x: 4, score: 0.2, boxScore: 0.9), (x: 25, score: 0.9, boxScore: 0.2)].map {
                EvaluationDetection(
                    categoryID: 1, score: $0.score, boxScore: $0.boxScore, box: nil,
                    mask: try square($0.x, 10))
            }, imageID: 1)
        #expect(abs(evaluator.metrics(.box).averagePrecision() - 1) < 1e-12)
        #expect(abs(evaluator.metrics(.mask).averagePrecision() - 0.5) < 1e-12)
        #expect(evaluator.yolactTable().mean(.box).map { abs($0 - 100) < 1e-9 } == true)
        #expect(evaluator.yolactTable().mean(.mask).map { abs($0 - 50) < 1e-9 } == true)
    }

    @Test func onlyAddedImagesCount() throws {
        let evaluator = Evaluator(dataset: try dataset())
        #expect(evaluator.metrics(.mask).summary.values == Array(repeating: -1, count: 12))
        let found = EvaluationDetection(
            categoryID: 1, score: 0.9, box: nil, mask: try square(4, 10))
        try evaluator.add([found], imageID: 2)
        #expect(evaluator.imageCount == 1)
        #expect(evaluator.metrics(.mask).averagePrecision() > 0.999)
        try evaluator.add([], imageID: 1)
        #expect(abs(evaluator.metrics(.mask).averageRecall() - 0.5) < 1e-12)
        #expect(evaluator.metrics(.box).summary(category: 1).averagePrecision == -1)
        #expect(evaluator.metrics(.box).truthCount(category: 0, area: .small) == 2)
    }

    @Test func mistakesAreErrors() throws {
        let evaluator = Evaluator(dataset: try dataset())
        try evaluator.add([], imageID: 1)
        #expect(throws: EvaluationError.imageAddedTwice(id: 1)) {
            try evaluator.add([], imageID: 1)
        }
        #expect(throws: EvaluationError.unknownImage(id: 5)) { try evaluator.add([], imageID: 5) }
        let bare = EvaluationDetection(categoryID: 1, score: 1, box: nil, mask: nil)
        #expect(throws: EvaluationError.self) { try evaluator.add([bare], imageID: 2) }
        var unsound = EvaluationDetection(
            categoryID: 1, score: .nan, box: nil, mask: try square(4, 10))
        #expect(throws: EvaluationError.self) { try evaluator.add([unsound], imageID: 2) }
        // A failed image can be added again.
        unsound.score = 1
        unsound.boxScore = 1
        unsound.categoryID = 77
        try evaluator.add(
            [
                unsound,
                EvaluationDetection(
                    categoryID: 1, score: 1, box: nil, mask: try square(4, 10, image: 41)),
            ], imageID: 2)
        #expect(evaluator.unknownCategoryCount == 1)
        #expect(evaluator.misfitCount == 1)
        #expect(evaluator.metrics(.mask).averageRecall() == 0)
    }

    /// Whether a mask fits is a matter of what it is compared with.
    @Test func misfitsAreThoseThatCanMatchNothing() throws {
        func misfits(
            _ shapes: [EvaluationShape], picture: (Int, Int), mask: Int
        ) throws -> Int {
            let dataset = try EvaluationDataset(
                path: "made",
                images: [EvaluationImage(id: 1, width: picture.0, height: picture.1)],
                categories: [EvaluationCategory(id: 1, name: "a")],
                annotations: shapes.enumerated().map {
                    EvaluationAnnotation(
                        id: $0 + 1, imageID: 1, categoryID: 1, box: nil, area: nil, isCrowd: false,
                        shape: $1)
                })
            let evaluator = Evaluator(dataset: dataset)
            try evaluator.add(
                [
                    EvaluationDetection(
                        categoryID: 1, score: 1, box: nil, mask: try square(4, 10, image: mask))
                ], imageID: 1)
            return evaluator.misfitCount
        }
        let runs = EvaluationShape.runLengths(try square(4, 10))
        let outline = EvaluationShape.polygons([[4, 2, 14, 2, 14, 12, 4, 12]])
        #expect(
            try misfits([runs], picture: (30, 20), mask: 40) == 0, "the truth's own size counts")
        #expect(try misfits([runs], picture: (41, 41), mask: 41) == 1)
        #expect(try misfits([runs, outline], picture: (41, 41), mask: 41) == 0)
        #expect(try misfits([.none], picture: (41, 41), mask: 41) == 0)
        #expect(try misfits([.none], picture: (40, 40), mask: 41) == 1)
        #expect(try misfits([], picture: (0, 0), mask: 41) == 0)
    }

    @Test func mistakesOfADetectorAreNamed() throws {
        let shapes: [(category: Int, x: Int, isCrowd: Bool)] = [
            (1, 0, false), (1, 8, false), (2, 16, false), (1, 24, false), (1, 32, true),
        ]
        let set = try EvaluationDataset(
            path: "made", images: [EvaluationImage(id: 1, width: 40, height: 40)],
            categories: [
                EvaluationCategory(id: 1, name: "a"), EvaluationCategory(id: 2, name: "b"),
            ],
            annotations: try shapes.enumerated().map { index, shape in
                EvaluationAnnotation(
                    id: index + 1, imageID: 1, categoryID: shape.category, box: nil, area: nil,
                    isCrowd: shape.isCrowd, shape: .runLengths(try square(shape.x, 8)))
            })
        let found = try [(1, 0, 0.9), (1, 12, 0.8), (1, 16, 0.7), (1, 33, 0.6)].map {
            EvaluationDetection(categoryID: $0.0, score: $0.2, box: nil, mask: try square($0.1, 7))
        }
        let evaluator = Evaluator(dataset: set)
        for kind in EvaluationKind.allCases {
            let diagnosis = try evaluator.diagnose(found, imageID: 1, kind: kind)
            #expect(
                diagnosis.findings.map(\.outcome)
                    == [.found, .poorOverlap, .wrongCategory, .missed, .crowd])
            #expect(diagnosis.findings.map(\.detection) == [0, 1, 2, nil, nil])
            #expect(diagnosis.findings[0].overlap == 49.0 / 64)
            #expect(diagnosis.falseDetections == [1, 2])
        }
        #expect(evaluator.imageCount == 0)
    }

    @Test func theFirstOfSeveralErrorsIsReported() throws {
        let ids = Array(1...400)
        let set = try EvaluationDataset(
            path: "made", images: ids.map { EvaluationImage(id: $0, width: 4, height: 4) },
            categories: [EvaluationCategory(id: 1, name: "a")], annotations: [])
        for _ in 0..<20 {
            let evaluator = Evaluator(dataset: set)
            #expect(throws: EvaluationError.unknownImage(id: -37)) {
                try evaluator.add(
                    imageIDs: ids,
                    detections: { (id) throws(EvaluationError) in
                        guard id < 37 else { throw .unknownImage(id: -id) }
                        return []
                    })
            }
        }
    }

    @Test func theSummaryReadsAsCOCOsToolsPrintIt() {
        let summary = EvaluationSummary(
            kind: .mask, values: [0.1234] + Array(repeating: -1, count: 11))
        let lines = summary.table.split(separator: "\n")
        #expect(lines.count == 12)
        #expect(
            lines[0]
                == " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.123"
        )
        #expect(
            lines[1]
                == " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = -1.000"
        )
        #expect(
            lines[7]
                == " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = -1.000"
        )
    }
}
