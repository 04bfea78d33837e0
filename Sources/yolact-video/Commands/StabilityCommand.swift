import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video stability`: measures how steady the masks of a video are.
struct StabilityCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "stability",
        abstract: "Measure how steady the masks of a video are, with and without smoothing.",
        discussion: """
            Examples:
              yolact-video stability clip.mp4 -o report.html
              yolact-video stability clip.mp4 --compare off,light,strong -o report.html
              yolact-video stability shapes.mp4 --truth shapes.ndjson --json figures.json

            Prints temporal consistency, flicker, jitter and fragmentation, always beside how much is \
            shown and how far it agrees with what the network found. With --truth also sMOTSA, identity \
            switches and the like. The network runs once.
            """)

    @Argument(
        help: "A video file, or anything else that FFmpeg opens.", completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp(
            "What is there: frame records (.ndjson) with ids, numbered from the video's first frame.",
            valueName: "file"),
        completion: .file(extensions: ["ndjson", "jsonl"]))
    var truth: String?

    @Option(
        help: ArgumentHelp(
            "Ways of showing to compare, comma-separated: off, light, strong.", valueName: "list"))
    var compare = "off"

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "throughput: most frames a second. latency: each frame as soon as possible.")
    var mode = ComputeMode.throughput

    @OptionGroup var sharing: SharingOptions

    @OptionGroup(title: "Detection options") var detection: DetectionArguments
    @OptionGroup(title: "Input options") var range: InputArguments

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "Write an HTML report with charts and the worst moments as pictures.",
            valueName: "file"), completion: .file(extensions: ["html"]))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write all figures as JSON; - for standard output, instead of the table.",
            valueName: "file"), completion: .file(extensions: ["json"]))
    var json: String?

    @Flag(help: "Replace existing output files.")
    var overwrite = false

    @OptionGroup var stageTimes: StageTimes
    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        _ = try variants()
        if truth != nil && range.start != nil {
            throw ValidationError(
                "--truth numbers frames from the beginning of the video: it cannot go with --start")
        }
    }

    private func variants() throws -> [SmoothingStrength] {
        let names = compare.split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        let variants = try names.map { name in
            guard let strength = SmoothingStrength(rawValue: name) else {
                throw ValidationError(
                    "--compare knows no '\(name)'; it knows: "
                        + SmoothingStrength.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return strength
        }
        guard !variants.isEmpty, Set(variants).count == variants.count else {
            throw ValidationError("--compare needs each way once, such as off,light,strong")
        }
        return variants
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input, as: "INPUT")
        files.read(truth, as: "--truth")
        files.read(model)
        files.write(output, as: "--output", .init(overwrite: overwrite))
        files.write(json, as: "--json", .init(overwrite: overwrite))
        return files
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        var reading = range.options
        reading.exportsMotion = true
        reading.carriesOtherStreams = false
        let reader = try VideoReader(input, options: reading)
        let ending = RunEnding(logger)
        let monitor = InterruptMonitor { signal in
            reader.interrupt()
            ending.end(signal)
        }
        defer { monitor.stop() }
        do {
            let run = try measure(reader, ending, logger)
            if let signal = monitor.signal { throw Interrupted(signal: signal) }
            if let reason = run.endedEarly { throw PartlyDecoded(path: input, reason: reason) }
            if run.reading.hasDamage {
                throw PartlyDecoded(path: input, reason: run.reading.damageDescription)
            }
        } catch {
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
    }

    private func measure(
        _ reader: VideoReader, _ ending: RunEnding, _ logger: Logger
    ) throws -> StabilityRun {
        let setup = try SegmentationSetup(
            model, engine, sharing.plan(mode, engine), detection, OverlayArguments.parse([]), logger
        )
        var options = VideoStability.Options(compute: setup.plan)
        options.detection = setup.options.detection
        options.selection = setup.options.selection
        options.cropsMasks = setup.options.cropsMasks
        options.variants = try variants()
        let classNames = setup.network.configuration.classNames
        let stability = try VideoStability(
            reader: reader, network: setup.network,
            truth: truth.map { try StabilityTruth(path: $0, classNames: classNames) },
            options: options)
        let progress = global.makeProgressLine(total: range.expectedFrames(of: reader.info)) {
            stability.framesFinished
        }
        defer { progress?.finish(withLine: false) }
        ending.follow(RunEnding.Run(stability, progress))
        let run = try stability.run()
        progress?.finish()
        logger.info("\(setup.selection.description); \(run.frames) frames")
        stageTimes.report(run.metrics)
        try report(run, model: setup.selection.description, logger)
        return run
    }

    private func report(_ run: StabilityRun, model: String, _ logger: Logger) throws {
        try global.publish(
            lines: output == "-" ? [] : run.lines,
            json: run.json(input: redactedAddress(input), model: model),
            to: json, overwrite: overwrite)
        if let output {
            var report = StabilityReport(
                run, input: redactedAddress(input), model: model, video: input == "-" ? nil : input,
                reading: range.options)
            report.origin = .current
            try OutputText.write(report.page().data, to: output, overwrite: overwrite)
            logger.info("wrote \(output)")
        }
    }
}
