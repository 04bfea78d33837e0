import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video inspect`: what the network sees in one frame.
struct InspectCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what the network sees in one frame, as pictures and a page.",
        discussion: """
            Writes the prototypes, each instance's coefficients and the linear combination that becomes \
            its mask, step by step, and which anchors were kept and which suppressed, as PNG files and \
            as one HTML page that needs nothing else.

            Examples:
              yolact-video inspect clip.mp4 -o inspection
              yolact-video inspect clip.mp4 --frame 120 --weights yolact_base_54_800000.pth -o frame120
              yolact-video inspect clip.mp4 --at 4.5 --nms traditional -o greedy
              yolact-video inspect photo.jpg --score-threshold 0.3 -o photo
            """)

    @Argument(
        help: "A picture or a video file, or anything else that FFmpeg opens.",
        completion: .file())
    var input: String

    @Option(help: ArgumentHelp("Look at this frame; 0 is the first.", valueName: "number"))
    var frame: Int?

    @Option(
        help: ArgumentHelp(
            "Look at the first frame at this time or later: seconds, or hours:minutes:seconds.",
            valueName: "time"))
    var at: Seconds?

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions
    @OptionGroup(title: "Detection options") var detection: DetectionArguments
    @OptionGroup(title: "Overlay options") var overlay: OverlayArguments

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The directory to write to; made where there is none.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(help: "Replace the files of an earlier inspection.")
    var overwrite = false

    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        if frame != nil && at != nil {
            throw ValidationError("--frame and --at say two things; give one of them")
        }
        if let frame, !(0..<Int(Int32.max)).contains(frame) {
            throw ValidationError("--frame must lie between 0 and \(Int32.max - 1)")
        }
        if let at, !(at >= 0 && at.value <= VideoReader.maximumSeconds) {
            throw ValidationError("--at must lie between 0 and 1000000000 seconds")
        }
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input, as: "INPUT")
        files.read(model)
        files.write(
            into: output, as: "--output", files: [InspectionReport.pageName],
            .init(overwrite: overwrite))
        return files
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        let reader = try VideoReader(input, options: readerOptions)
        let monitor = InterruptMonitor { _ in reader.interrupt() }
        defer { monitor.stop() }
        let directory = try ReportDirectory(
            output, names: [InspectionReport.pageName], overwrite: overwrite)
        do {
            let report = try inspect(try picture(reader), reader, logger)
            if let signal = monitor.signal { throw Interrupted(signal: signal) }
            try checkNamesApart(report, directory)
            try report.write(to: directory)
            log(report, logger)
        } catch {
            directory.discard()
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
        if reader.statistics.hasDamage {
            throw PartlyDecoded(path: input, reason: reader.statistics.damageDescription)
        }
    }

    /// Refuses to write over the picture that is looked at.
    private func checkNamesApart(
        _ report: InspectionReport, _ directory: ReportDirectory
    ) throws {
        let identity = FileIdentity(input)
        for name in report.names where FileIdentity(directory.file(name)) == identity {
            throw OutputRefused(
                path: directory.file(name),
                reason: "--output would write to a file that INPUT reads")
        }
    }

    private var readerOptions: VideoReader.Options {
        var options = VideoReader.Options()
        options.carriesOtherStreams = false
        options.start = at?.value
        options.maximumFrames = (frame ?? 0) + 1
        return options
    }

    /// The frame that was asked for.
    private func picture(_ reader: VideoReader) throws -> VideoFrame {
        let counter = Counter()
        // A frame far into a video takes a while to get to.
        let progress = frame.flatMap { number in
            global.makeProgressLine(total: number + 1) { counter.value }
        }
        defer { progress?.finish(withLine: false) }
        var count = 0
        while let element = try reader.next() {
            guard case .frame(let decoded) = element else { continue }
            if count == frame ?? 0 { return decoded }
            count += 1
            counter.set(count)
        }
        let reason =
            count > 0 ? "it has \(count) frames, which count from 0" : reader.reasonForNoFrame
        throw VideoError(.notDecodable, path: input, operation: "find the frame", reason: reason)
    }

    private func inspect(
        _ picture: VideoFrame, _ reader: VideoReader, _ logger: Logger
    ) throws -> InspectionReport {
        let selection = try model.load()
        selection.announce(to: logger)
        let network = try engine.makeNetwork(selection, threads: engine.threadCount, logger)
        let inspector = try Inspector(
            network, detection: detection.options,
            selection: try detection.selection(selection.configuration),
            cropsToBox: !detection.noCrop)
        let inspection = try picture.withImage { try inspector.inspect($0) }
        let name = URL(fileURLWithPath: redactedAddress(input)).lastPathComponent
        let place =
            frame.map { ", frame \($0)" } ?? at.map { ", at \($0.value) s" }
            ?? ((reader.info.videoStream?.frameCount ?? 2) == 1 ? "" : ", first frame")
        return try InspectionReport(
            inspection, frame: picture, classNames: selection.configuration.classNames,
            title: "What the network sees in \(name)\(place)",
            subtitle: "\(selection.description); \(picture.width) x \(picture.height) pixels",
            overlay: overlay.options, origin: .current)
    }

    private func log(_ report: InspectionReport, _ logger: Logger) {
        let count = report.inspection.instances.count
        logger.info(
            """
            wrote \(output): \(InspectionReport.pageName) and \(report.names.count - 1) pictures; \
            \(count) instance\(count == 1 ? "" : "s")
            """)
    }
}
