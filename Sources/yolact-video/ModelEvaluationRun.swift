import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// Evaluates a model: segments the images of a data set and compares what is found with the truth.
struct ModelEvaluationRun {
    private let command: EvaluateCommand
    private let logger: Logger

    init(_ command: EvaluateCommand, _ logger: Logger) {
        self.command = command
        self.logger = logger
    }

    func run() throws {
        let ending = RunEnding(logger)
        let monitor = InterruptMonitor(handler: ending.end)
        defer { monitor.stop() }
        let selection = try command.model.load()
        let classNames = selection.configuration.classNames
        let dataset = try EvaluationDataset(
            path: command.input.annotations, classNames: classNames)
        let imageIDs = try command.input.imageIDs(of: dataset)
        _ = try command.output.curveClasses(of: dataset)
        let map = CategoryMap(classNames: classNames, categories: dataset.categories)
        guard map.unmappedClasses.count < classNames.count else {
            throw EvaluationError.noCommonClass(
                path: dataset.path, categories: dataset.categories.map(\.name),
                classes: classNames)
        }
        let pictures = try PictureCollection(
            path: command.input.images ?? "", dataset: dataset, imageIDs: imageIDs)
        selection.announce(to: logger)
        let journal = try openJournal(dataset, selection)
        let collector = DetectionCollector(
            dataset: dataset, categories: map, journal: journal,
            mistakes: command.output.makeMistakeCollector(dataset, dataset.comparableKinds))
        let pending = try resume(collector, imageIDs)

        let run = try makeRun(selection, pictures, pending, collector)
        let metrics = try segment(run, total: pending.count, ending)
        let isInterrupted = monitor.signal != nil
        if !isInterrupted { command.stageTimes.report(metrics) }
        try finish(
            collector, selection, imageIDs, pictures, isComplete: !isInterrupted)
        if let signal = monitor.signal {
            throw EvaluationInterrupted(
                signal: signal, done: collector.evaluator.imageCount, total: imageIDs.count,
                isKept: journal != nil)
        }
        try checkDecoding(run)
    }

    /// Takes over what an earlier run has finished; gives what is left to do.
    private func resume(_ collector: DetectionCollector, _ imageIDs: [Int]) throws -> [Int] {
        guard let journal = collector.journal else { return imageIDs }
        let known = Set(journal.finishedImageIDs)
        let pending = imageIDs.filter { !known.contains($0) }
        guard pending.count < imageIDs.count else { return pending }
        logger.notice(
            """
            \(journal.path): going on from there: \(imageIDs.count - pending.count) of \
            \(imageIDs.count) images are done
            """)
        try journal.forEachImage(in: imageIDs) { id, detections in
            try collector.take(detections, imageID: id)
        }
        return pending
    }

    private func makeRun(
        _ selection: ModelOptions.Selection, _ pictures: PictureCollection, _ imageIDs: [Int],
        _ collector: DetectionCollector
    ) throws -> ImageSegmentation {
        let plan = try command.sharing.plan(command.mode, command.engine)
        let network = try command.engine.makeNetwork(
            selection, threads: plan.threadsPerWorker, logger)
        var options = ImageSegmentation.Options(compute: plan)
        options.detection = DetectionOptions(suppression: command.detection.nms)
        if command.detection.scoreThreshold > 0 {
            options.selection.scoreThreshold = command.detection.scoreThreshold
        }
        logger.info("\(selection.description); \(plan.workers) x \(plan.threadsPerWorker) threads")
        return try ImageSegmentation(
            pictures: pictures, imageIDs: imageIDs, network: network, options: options
        ) { try collector.add($0) }
    }

    private func segment(
        _ run: ImageSegmentation, total: Int, _ ending: RunEnding
    ) throws -> PipelineMetrics {
        let progress = command.global.makeProgressLine(total: total, unit: .images) {
            run.imagesFinished
        }
        defer { progress?.finish(withLine: false) }
        ending.follow(RunEnding.Run(run, progress))
        let metrics = try run.run()
        progress?.finish()
        return metrics
    }

    private func openJournal(
        _ dataset: EvaluationDataset, _ selection: ModelOptions.Selection
    ) throws -> EvaluationJournal? {
        guard let files = command.output.resultsFiles else { return nil }
        if let directory = files.directory {
            _ = try ReportDirectory(directory, names: [], overwrite: true)
        }
        let weights: String
        if let checkpoint = selection.parameters as? Checkpoint {
            weights = try SHA256.digest(ofFile: checkpoint.path)
        } else {
            weights = selection.description
        }
        let origin = [
            "weights": weights, "configuration": try selection.configuration.json(),
            "images or categories": dataset.fingerprint,
            "--images": URL(fileURLWithPath: redactedAddress(command.input.images ?? ""))
                .standardizedFileURL.path,
            "--engine": command.engine.engine.rawValue,
            "--precision": command.engine.engine.resolve(command.engine.precision).precision
                .rawValue,
            "--nms": command.detection.nms.rawValue,
            "--score-threshold": "\(command.detection.scoreThreshold)",
        ]
        do {
            return try EvaluationJournal(
                path: files.partial, origin: origin, dataset: dataset,
                restarts: command.output.restart)
        } catch {
            guard case .otherOrigin = error else { throw error }
            throw ValidationError("\(error); --restart throws them away")
        }
    }

    private func finish(
        _ collector: DetectionCollector, _ selection: ModelOptions.Selection, _ imageIDs: [Int],
        _ pictures: PictureCollection, isComplete: Bool
    ) throws {
        guard collector.evaluator.imageCount > 0 else { return }
        if isComplete, let files = command.output.resultsFiles, let journal = collector.journal {
            try write(journal, files, imageIDs)
        }
        let dataset = collector.evaluator.dataset
        let warnings =
            EvaluationWarnings.about(dataset) + EvaluationWarnings.about(pictures, dataset)
            + EvaluationWarnings.about(
                collector.categories, classNames: selection.configuration.classNames, dataset)
            + collector.warnings + EvaluationWarnings.about([collector.evaluator])
        try command.report(
            EvaluatedDetections(
                figures: EvaluationFigures([collector.evaluator]),
                subject: selection.description, warnings: warnings,
                mistakes: collector.mistakes, pictures: pictures, isComplete: isComplete), logger)
        if isComplete { collector.journal?.remove() }
    }

    /// Turns the journal into the files for the server.
    private func write(
        _ journal: EvaluationJournal, _ files: ResultsFileNames, _ imageIDs: [Int]
    ) throws {
        let boxes = try ResultsWriter(
            path: files.boxes, contents: .boxes, overwrite: command.output.overwrite)
        let masks = try ResultsWriter(
            path: files.masks, contents: .masks, overwrite: command.output.overwrite)
        try journal.forEachImage(in: imageIDs) { id, detections in
            try boxes.write(detections, imageID: id)
            try masks.write(detections, imageID: id)
        }
        try boxes.finish()
        try masks.finish()
        logger.info("wrote \(files.boxes) and \(files.masks)")
    }

    private func checkDecoding(_ run: ImageSegmentation) throws {
        let unavailable = run.unavailableImageIDs
        if let first = unavailable.first {
            throw PartlyDecoded(
                path: command.input.images ?? "",
                reason: "it has no frame \(first), and \(unavailable.count) of the frames that "
                    + "\(command.input.annotations) has are not in the figures")
        }
        if let first = run.damage.first {
            let more = run.damage.count - 1
            throw PartlyDecoded(
                path: first,
                reason: "errors in the picture" + (more > 0 ? " and in \(more) others" : ""))
        }
    }
}

/// The run was ended by a signal.
struct EvaluationInterrupted: ExitReasonProviding, CustomStringConvertible {
    var signal: Int32
    var done: Int
    var total: Int
    /// Whether the next run can go on here.
    var isKept: Bool

    var exitReason: ExitReason { .interrupted(signal: signal) }
    var description: String {
        "ended by \(InterruptMonitor.name(of: signal)) after \(done) of \(total) images; "
            + (isKept
                ? "the same command goes on from there"
                : "with --results-out the same command could go on from there")
    }
}
