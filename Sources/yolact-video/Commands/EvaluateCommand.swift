import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video evaluate`: compares a model, or results of any tool, with the truth.
struct EvaluateCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare a model, or the results of any tool, with the truth, as COCO does.",
        discussion: """
            Examples:
              yolact-video evaluate --annotations val.json --images val2017/ \\
                --weights yolact_base_54_800000.pth --results-out results/
              yolact-video evaluate --annotations val.json --results masks.json
              yolact-video evaluate --annotations val.json --images val2017/ \\
                --report report.html --json figures.json --per-class
              yolact-video evaluate --annotations shapes.ndjson --video shapes.mp4

            Prints AP and AR of boxes and masks as COCO's tools compute them, and the table of the \
            official YOLACT program.
            """)

    @OptionGroup(title: "Input options") var input: EvaluationInputArguments
    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "throughput: most images a second. latency: each image as soon as possible.")
    var mode = ComputeMode.throughput

    @OptionGroup var sharing: SharingOptions

    @OptionGroup(title: "Detection options") var detection: EvaluationDetectionArguments
    @OptionGroup(title: "Output options") var output: EvaluationOutputArguments
    @OptionGroup var stageTimes: StageTimes
    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        if !input.results.isEmpty && output.resultsOut != nil {
            throw ValidationError("--results are there already: --results-out is for a model's")
        }
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input.annotations, as: "--annotations")
        files.read(input.images, as: "--images")
        for path in input.results { files.read(path, as: "--results") }
        files.read(model)
        let existing = CommandFiles.Existing(overwrite: output.overwrite)
        files.write(output.json, as: "--json", existing)
        files.write(output.report, as: "--report", existing)
        if let results = output.resultsFiles {
            files.write(into: results.directory, as: "--results-out", files: [], existing)
            files.write(results.boxes, as: "--results-out", existing)
            files.write(results.masks, as: "--results-out", existing)
            files.write(results.partial, as: "--results-out", .appended)
        }
        return files
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        if input.results.isEmpty {
            try ModelEvaluationRun(self, logger).run()
        } else {
            try ResultsEvaluationRun(self, logger).run()
        }
    }

    /// Prints and writes what was asked for.
    func report(_ evaluated: EvaluatedDetections, _ logger: Logger) throws {
        for warning in evaluated.warnings { logger.warning("\(warning)") }
        let figures = evaluated.figures
        logger.info(
            """
            \(figures.imageCount) images, \(figures.truthCounts.reduce(0, +)) truths, \
            \(figures.detectionCount) detections
            """)
        let text = figures.text(perCategory: output.perClass)
        try global.publish(
            lines: output.report == "-"
                ? []
                : text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .map(String.init),
            json: figures.json(subject: evaluated.subject, warnings: evaluated.warnings),
            to: evaluated.isComplete ? output.json : output.json == "-" ? "-" : nil,
            overwrite: output.overwrite)
        guard evaluated.isComplete else { return }
        if let path = output.report {
            var report = EvaluationReport(
                figures: figures, subject: evaluated.subject, warnings: evaluated.warnings)
            report.origin = .current
            report.mistakes = evaluated.mistakes
            report.pictures = evaluated.pictures
            report.curveCategories = try output.curveClasses(of: figures.dataset)
            try OutputText.write(report.page().data, to: path, overwrite: output.overwrite)
            logger.info("wrote \(path)")
        }
    }
}

/// What an evaluation ends with.
struct EvaluatedDetections {
    var figures: EvaluationFigures
    /// What was evaluated, for people.
    var subject: String
    /// What a person should know about the figures.
    var warnings: [String]
    /// For the report.
    var mistakes: MistakeCollector?
    /// For the report.
    var pictures: PictureCollection?
    /// Whether all images are in the figures.
    var isComplete = true
}
