import ArgumentParser
import Foundation
import Model
import Pipeline

/// The truth, and what is compared with it.
struct EvaluationInputArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The truth: a COCO instances file, or frame records (.ndjson) that belong to a video.
            """, valueName: "file"),
        completion: .file(extensions: ["json", "ndjson", "jsonl"]))
    var annotations: String

    @Option(
        name: [.customLong("images"), .customLong("video")],
        help: ArgumentHelp(
            "Directory of the images, or the video that frame records belong to.",
            valueName: "path"),
        completion: .file())
    var images: String?

    @Option(
        help: ArgumentHelp(
            """
            Evaluate these detections instead of a model: results in COCO's format, or the --json \
            output of 'segment'. May be given twice, for boxes and for masks.
            """, valueName: "file"),
        completion: .file(extensions: ["json", "ndjson", "jsonl"]))
    var results: [String] = []

    @Option(help: ArgumentHelp("Evaluate the first images only, by id.", valueName: "count"))
    var maxImages: Int?

    func validate() throws {
        if results.isEmpty && images == nil {
            throw ValidationError(
                "nothing to evaluate: give --images for a model, or --results FILE")
        }
        if let maxImages, maxImages < 1 { throw ValidationError("--max-images must be at least 1") }
    }

    /// The images to look at, by ascending id.
    func imageIDs(of dataset: EvaluationDataset) throws -> [Int] {
        guard !dataset.images.isEmpty else {
            throw EvaluationError.inconsistent(path: dataset.path, reason: "it has no images")
        }
        return dataset.images.prefix(maxImages ?? .max).map(\.id)
    }
}

/// What counts as a detection; unlike ``DetectionArguments`` everything does, unless asked otherwise.
struct EvaluationDetectionArguments: ParsableArguments {
    @Option(help: "Count detections with a score above this, 0...1. Figures need all of them.")
    var scoreThreshold: Float = 0

    @Option(help: "Non-maximum suppression: fast, cross-class or traditional.")
    var nms = NonMaximumSuppression.fast

    func validate() throws {
        guard (0...1).contains(scoreThreshold) else {
            throw ValidationError("--score-threshold must lie between 0 and 1")
        }
    }
}

/// What is written.
struct EvaluationOutputArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Also write the detections for COCO's server, PREFIX_bbox_detections.json and \
            PREFIX_mask_detections.json; of a directory, into it. Until the run is complete they are \
            kept in PREFIX_partial_detections.ndjson, and the same command goes on from there.
            """, valueName: "prefix"),
        completion: .file())
    var resultsOut: String?

    @Flag(help: "Throw partial results away instead of going on from them.")
    var restart = false

    @Option(
        help: ArgumentHelp(
            "Write the figures as JSON; - for standard output, instead of the tables.",
            valueName: "file"),
        completion: .file())
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Write an HTML report with curves, charts and the worst mistakes.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Classes whose curves the report shows, comma-separated (default: the most frequent).",
            valueName: "names"))
    var reportClasses: String?

    @Option(help: "Least score of a detection in the report's list of mistakes, 0...1.")
    var reportScore = 0.3

    @Flag(help: "Print a line for each class too.")
    var perClass = false

    @Flag(help: "Replace existing output files.")
    var overwrite = false

    func validate() throws {
        if restart && resultsOut == nil {
            throw ValidationError("--restart is about the files of --results-out")
        }
        if reportClasses != nil && report == nil {
            throw ValidationError("--report-classes is about the report; add --report FILE")
        }
        if json == "-" && report == "-" {
            throw ValidationError("only one of --json and --report can go to standard output")
        }
        guard (0...1).contains(reportScore) else {
            throw ValidationError("--report-score must lie between 0 and 1")
        }
    }

    /// The classes whose curves are drawn; nil for the report's own choice.
    func curveClasses(of dataset: EvaluationDataset) throws -> [String]? {
        guard let reportClasses else { return nil }
        let names = reportClasses.split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        let known = Set(dataset.categories.map { $0.name.lowercased() })
        if let unknown = names.first(where: { !known.contains($0.lowercased()) }) {
            throw ValidationError(
                "--report-classes: \(dataset.path) has no class '\(unknown)'; it has: "
                    + dataset.categories.map(\.name).joined(separator: ", "))
        }
        return names
    }

    /// Gathers mistakes for the report, if there will be one.
    func makeMistakeCollector(
        _ dataset: EvaluationDataset, _ kinds: [EvaluationKind]
    ) -> MistakeCollector? {
        guard report != nil else { return nil }
        return MistakeCollector(
            dataset: dataset, kind: kinds.contains(.mask) ? .mask : .box, leastScore: reportScore)
    }

    var resultsFiles: ResultsFileNames? { resultsOut.map(ResultsFileNames.init) }
}

/// The files that `--results-out` names; their endings are those of the official program.
struct ResultsFileNames {
    /// The directory, where the prefix is one; it is made where there is none.
    let directory: String?
    let boxes: String
    let masks: String
    let partial: String

    init(_ prefix: String) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: prefix, isDirectory: &isDirectory)
        let stem: String
        if prefix.hasSuffix("/") {
            stem = prefix
        } else {
            stem = prefix + (exists && isDirectory.boolValue ? "/" : "_")
        }
        directory = stem.hasSuffix("/") ? stem : nil
        boxes = stem + "bbox_detections.json"
        masks = stem + "mask_detections.json"
        partial = stem + "partial_detections.ndjson"
    }
}
