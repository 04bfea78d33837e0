import Foundation
import Logging
import Model
import Pipeline

/// Evaluates results files.
struct ResultsEvaluationRun {
    private let command: EvaluateCommand
    private let logger: Logger

    init(_ command: EvaluateCommand, _ logger: Logger) {
        self.command = command
        self.logger = logger
    }

    func run() throws {
        let dataset = try EvaluationDataset(
            path: command.input.annotations, classNames: classNames())
        let imageIDs = try command.input.imageIDs(of: dataset)
        _ = try command.output.curveClasses(of: dataset)
        let pictures = try command.input.images.map {
            try PictureCollection(path: $0, dataset: dataset, imageIDs: imageIDs)
        }
        let files = try command.input.results.map { try ResultsFile(path: $0, dataset: dataset) }
        let parts = try Self.parts(files, dataset)
        let evaluators = parts.map { part in
            var options = EvaluationOptions()
            options.kinds = part.kinds
            return Evaluator(dataset: dataset, options: options)
        }
        for (evaluator, part) in zip(evaluators, parts) {
            logger.info(
                "\(part.file.path): \(part.kinds.map(\.rawValue).joined(separator: " and "))")
            let progress = command.global.makeProgressLine(
                total: imageIDs.count, unit: .images
            ) { evaluator.imageCount }
            defer { progress?.finish(withLine: false) }
            try evaluator.add(part.file, imageIDs: imageIDs)
        }
        let mistakes = command.output.makeMistakeCollector(dataset, parts.flatMap(\.kinds))
        if let mistakes, let file = parts.last?.file {
            for id in imageIDs { try mistakes.add(file.detections(imageID: id), imageID: id) }
        }
        let warnings =
            EvaluationWarnings.about(dataset) + EvaluationWarnings.about(evaluators)
            + (pictures.map { EvaluationWarnings.about($0, dataset) } ?? [])
        try command.report(
            EvaluatedDetections(
                figures: EvaluationFigures(evaluators),
                subject: files.map(\.path).joined(separator: ", "), warnings: warnings,
                mistakes: mistakes, pictures: pictures), logger)
    }

    /// Which file decides on boxes and which on masks: of two files the one that has them alone, as a file
    /// with both gives masks the areas of their boxes.
    private static func parts(
        _ files: [ResultsFile], _ dataset: EvaluationDataset
    ) throws -> [(file: ResultsFile, kinds: [EvaluationKind])] {
        let parts = try parts(files).map { part in
            (part.file, part.kinds.filter(dataset.comparableKinds.contains))
        }.filter { !$0.1.isEmpty }
        guard !parts.isEmpty else {
            throw EvaluationError.inconsistent(
                path: dataset.path,
                reason: "none of its annotations has a mask, and \(files[0].path) has masks only")
        }
        return parts
    }

    private static func parts(
        _ files: [ResultsFile]
    ) throws -> [(file: ResultsFile, kinds: [EvaluationKind])] {
        func kinds(_ file: ResultsFile) -> [EvaluationKind] {
            // An empty file is one of both.
            if file.count == 0 { return [.box, .mask] }
            return (file.hasBoxes ? [.box] : []) + (file.hasMasks ? [.mask] : [])
        }
        if files.count == 1 { return [(files[0], kinds(files[0]))] }
        guard files.count == 2 else {
            throw EvaluationError.inconsistent(
                path: files[2].path, reason: "more than two files of results")
        }
        for (first, second) in [(0, 1), (1, 0)]
        where kinds(files[first]).contains(.box) && kinds(files[second]) == [.mask] {
            return [(files[first], [.box]), (files[second], [.mask])]
        }
        throw EvaluationError.inconsistent(
            path: files[1].path, reason: "of two files of results one has boxes and one only masks")
    }

    /// Names that give the categories of frame records their ids, where results refer to ids.
    private func classNames() throws -> [String] {
        let model = command.model
        if model.weights != nil || model.details.config != nil { return try model.classNames() }
        let path = command.input.annotations
        let own = try EvaluationDataset(path: path, classNames: []).categories.map(\.name)
        let demo = YolactConfiguration.shapes.classNames
        return own.allSatisfy(demo.contains) ? demo : []
    }
}
