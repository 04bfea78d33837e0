import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import Synchronization
import VideoIO

/// `yolact-video segment`: segments a video file.
struct SegmentCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "segment",
        abstract: "Segment a video and write it with masks, boxes and labels painted on.",
        discussion: """
            Examples:
              yolact-video segment clip.mp4 -o out.mp4
              yolact-video segment clip.mp4 -o out.mp4 --weights yolact_resnet50_54_800000.pth
              yolact-video segment clip.mov -o out.mkv --classes person,car --json out.ndjson
              yolact-video segment clip.mp4 --json - --quiet | jq .frame
              yolact-video segment clip.mp4 -o out.mp4 --start 60 --duration 10 --no-boxes
              yolact-video segment clip.mp4 -o out.mp4 --smooth light

            Timestamps, audio and other streams, tags and chapters are those of the input.
            """)

    @Argument(
        help: "A video file, or anything else that FFmpeg opens.", completion: .file())
    var input: String

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "throughput: most frames a second. latency: each frame as soon as possible.")
    var mode = ComputeMode.throughput

    @OptionGroup var sharing: SharingOptions

    @OptionGroup(title: "Detection options") var detection: DetectionArguments
    @OptionGroup(title: "Tracking options") var tracking: TrackingArguments
    @OptionGroup(title: "Overlay options") var overlay: OverlayArguments
    @OptionGroup(title: "Input options") var range: InputArguments
    @OptionGroup(title: "Output options") var output: OutputArguments
    @OptionGroup(title: "Latency options") var latency: LatencyArguments
    @OptionGroup var stageTimes: StageTimes
    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        if output.output == nil && output.json == nil {
            throw ValidationError("nothing to write: give -o OUTPUT, --json FILE, or both")
        }
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input, as: "INPUT")
        files.read(model)
        let existing = CommandFiles.Existing(overwrite: output.overwrite)
        files.write(output.output, as: "--output", existing)
        files.write(output.json, as: "--json", existing)
        files.write(latency, existing)
        return files
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        let reader = try VideoReader(input, options: range.options)
        let outputs = OpenOutputs()
        let ending = RunEnding(logger)
        let monitor = InterruptMonitor(lastWords: outputs.discard) { signal in
            reader.interrupt()
            ending.end(signal)
        }
        defer { monitor.stop() }
        do {
            let summary = try segment(reader, outputs, ending, logger)
            if let signal = monitor.signal { throw Interrupted(signal: signal) }
            if let reason = summary.endedEarly { throw PartlyDecoded(path: input, reason: reason) }
            if summary.reading.hasDamage {
                throw PartlyDecoded(path: input, reason: summary.reading.damageDescription)
            }
        } catch {
            outputs.discard()
            // Whatever else went wrong then (no frame to write, say), the signal is the status; but where a
            // part was kept the user has to know.
            if error is PartlyWritten { throw error }
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
    }

    private func segment(
        _ reader: VideoReader, _ outputs: OpenOutputs, _ ending: RunEnding, _ logger: Logger
    ) throws -> SegmentationSummary {
        let sink = try outputs.open(output.makeSink(source: reader.info))
        let records = try output.json.map {
            try outputs.open(FrameRecordWriter(path: $0, overwrite: output.overwrite))
        }
        let report = try latency.open(overwrite: output.overwrite)
        let setup = try SegmentationSetup(
            model, engine, sharing.plan(mode, engine), detection, overlay, logger)
        var options = setup.options
        options.latency = report.map { _ in latency.options }
        options.tracking = tracking.options(for: reader.info)
        if options.tracking != nil { options.overlay.colouring = .identities }
        let segmentation = try VideoSegmentation(
            reader: reader, network: setup.network, sink: sink, records: records, options: options)

        let progress = global.makeProgressLine(
            total: range.expectedFrames(of: reader.info), besides: output.json
        ) {
            segmentation.framesFinished
        }
        defer { progress?.finish(withLine: false) }
        ending.follow(RunEnding.Run(segmentation, progress))
        let started = Date()
        let summary = try segmentation.run()
        progress?.finish()
        if let report, let run = summary.latency {
            let latencies = LatencySummary(
                run,
                subject: .init(
                    input: redacted(input), model: setup.selection.description, plan: setup.plan,
                    isPaced: false, started: started),
                budget: latency.allowed)
            try report.write(run, latencies, started: started, origin: .current)
        }
        SummaryReport(summary, model: setup.selection.description, plan: setup.plan).log(logger)
        stageTimes.report(summary.metrics)
        return summary
    }
}

/// The outputs that have been begun and not finished.
private final class OpenOutputs: Sendable {
    private let sink = Mutex<(any FrameSink)?>(nil)
    private let records = Mutex<FrameRecordWriter?>(nil)

    func open(_ opened: any FrameSink) -> any FrameSink {
        sink.withLock { $0 = opened }
        return opened
    }

    func open(_ opened: FrameRecordWriter) -> FrameRecordWriter {
        records.withLock { $0 = opened }
        return opened
    }

    /// Removes what is not finished; what is, stays.
    @Sendable func discard() {
        sink.withLock { $0 }?.discard()
        records.withLock { $0 }?.discard()
    }
}

/// The output is complete, but the input was not.
struct PartlyDecoded: ExitReasonProviding, CustomStringConvertible {
    let path: String
    let reason: String

    /// - Parameter path: The input, secrets included.
    init(path: String, reason: String) {
        self.path = redactedAddress(path)
        self.reason = reason
    }

    var exitReason: ExitReason { .partlyDecoded }
    var description: String {
        // An error of the file itself begins with its name.
        let start = "\(path): "
        return "\(start)decoded in part: "
            + (reason.hasPrefix(start) ? String(reason.dropFirst(start.count)) : reason)
    }
}
