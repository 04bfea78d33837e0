import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video latency`: tells where each frame's time goes.
struct LatencyCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract:
            "Tell where each frame's time goes: percentiles of waiting and working, by stage.",
        discussion: """
            Examples:
              yolact-video latency clip.mp4
              yolact-video latency clip.mp4 --realtime --budget 100 --latency-report report/
              yolact-video latency clip.mp4 --realtime --mode latency --json after.json
              yolact-video latency --compare before.json after.json
              yolact-video latency --merge monday/histograms.hlog tuesday/histograms.hlog
              yolact-video latency --self-test

            The video is segmented, painted and encoded as 'segment' does it; without -o the result is \
            thrown away. docs/latency.md explains each figure.
            """)

    @Argument(help: "A video file, or anything else that FFmpeg opens.", completion: .file())
    var input: String?

    @OptionGroup(title: "Instead of measuring a video") var instead: LatencyInsteadArguments

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "throughput: most frames a second. latency: each frame as soon as possible.")
    var mode = ComputeMode.throughput

    @OptionGroup var sharing: SharingOptions

    @OptionGroup(title: "Detection options") var detection: DetectionArguments
    @OptionGroup(title: "Overlay options") var overlay: OverlayArguments
    @OptionGroup(title: "Input options") var range: InputArguments
    @OptionGroup(title: "Pacing options") var pacing: PacingArguments
    @OptionGroup(title: "Latency options") var latency: LatencyArguments
    @OptionGroup(title: "Output options") var output: LatencyOutputArguments
    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        if instead.isGiven {
            guard input == nil else {
                throw ValidationError("--compare, --merge and --self-test take no INPUT")
            }
        } else if input == nil {
            throw ValidationError("nothing to measure: give a video")
        }
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input, as: "INPUT")
        for path in instead.compare { files.read(path, as: "--compare") }
        for path in instead.merge { files.read(path, as: "--merge") }
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
        if let input, instead.overhead {
            try LatencyOverheadRun(self, input: input, logger).run()
        } else if let input {
            try LatencyMeasurement(self, input: input, logger).run()
        } else if instead.selfTest {
            try LatencySelfTestRun(self, logger).run()
        } else if instead.compare.isEmpty {
            try merge()
        } else {
            try compare()
        }
    }

    private func compare() throws {
        let before = try LatencySummary.load(instead.compare[0])
        let after = try LatencySummary.load(instead.compare[1])
        let comparison = LatencyComparison(before, after, tolerance: instead.tolerance / 100)
        try publish(comparison, lines: comparison.lines)
        if comparison.verdict == .slower { throw ExitCode(ExitReason.slower.code) }
    }

    private func merge() throws {
        var entries: [HistogramLog.Entry] = []
        for path in instead.merge { entries += try HistogramLog.load(path).entries }
        let merged = HistogramLog(started: Date(), entries: entries).merged
        let rows = merged.map { ($0.tag, LatencyDistribution($0.histogram)) }
        try publish(
            Dictionary(rows.compactMap { tag, row in row.map { (tag, $0) } }) { $1 },
            lines: LatencyDistribution.table(rows))
    }

    /// Prints lines, or JSON where that was asked for.
    func publish(_ value: some Encodable, lines: [String]) throws {
        try global.publish(
            lines: lines, json: value.jsonLine(), to: output.json, overwrite: output.overwrite)
    }
}

/// What else the command does.
struct LatencyInsteadArguments: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Compare two summaries; the exit status is 3 if the second run is slower.",
            valueName: "json"),
        completion: .file(extensions: ["json"]))
    var compare: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --compare: differences up to this part of a value do not count, in percent.",
            valueName: "percent"))
    var tolerance = 5.0

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Add up HdrHistogram logs, of this or other tools.", valueName: "hlog"),
        completion: .file(extensions: ["hlog"]))
    var merge: [String] = []

    @Flag(
        help: """
            Send pictures that show the time through the program and compare their age at the end \
            with what is reported; the exit status is 4 if they differ.
            """)
    var selfTest = false

    @Option(help: "With --self-test: send through a pipe, or by rtsp on this machine.")
    var over = LatencySelfTest.Transport.pipe

    @Flag(
        help: """
            With INPUT: run it several times with and without recording, and tell what recording costs.
            """)
    var overhead = false

    func validate() throws {
        guard compare.isEmpty || compare.count == 2 else {
            throw ValidationError("--compare takes two files, not \(compare.count)")
        }
        guard [!compare.isEmpty, !merge.isEmpty, selfTest].count(where: { $0 }) <= 1 else {
            throw ValidationError("--compare, --merge and --self-test exclude each other")
        }
        guard (0...1000).contains(tolerance) else {
            throw ValidationError("--tolerance must lie between 0 and 1000")
        }
    }

    /// Whether there is anything else to do.
    var isGiven: Bool { !compare.isEmpty || !merge.isEmpty || selfTest }
}

/// How fast the input is read.
struct PacingArguments: ParsableArguments {
    @Flag(
        help: """
            Read the video as if a camera sent it now: each packet when its timestamp makes it due. \
            Latency counts from then, whether or not the program was ready.
            """)
    var realtime = false

    @Option(
        help: ArgumentHelp(
            "With --realtime: do not process frames that are later than this, in milliseconds.",
            valueName: "ms"))
    var dropAfter: Double?

    @Option(
        help: ArgumentHelp(
            "Threads of the decoder; more than 1 may delay frames (default: all cores).",
            valueName: "count"))
    var decoderThreads: Int?

    func validate() throws {
        if let dropAfter {
            guard realtime else { throw ValidationError("--drop-after needs --realtime") }
            guard dropAfter > 0 && dropAfter.isFinite else {
                throw ValidationError("--drop-after must be above 0")
            }
        }
        if let decoderThreads, !(1...64).contains(decoderThreads) {
            throw ValidationError("--decoder-threads must lie between 1 and 64")
        }
    }
}

/// Where the result of a measurement goes.
struct LatencyOutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Keep the video that is written.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Do not encode: throw painted frames away.")
    var noEncode = false

    @Option(help: "Encoder, as FFmpeg names it (default: libx264, or what the container needs).")
    var codec: String?

    @Option(help: "Preset of the encoder (default for libx264: veryfast).")
    var preset: String?

    @Option(
        help: ArgumentHelp(
            """
            Pixel format to encode, as FFmpeg names it (default: the input's; yuv420p for RGB, grey, palettes \
            and JPEG).
            """, valueName: "name"))
    var pixelFormat: String?

    @Option(
        help: ArgumentHelp("Write the summary as JSON; - for standard output.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var json: String?

    @Flag(help: "Replace existing output files.")
    var overwrite = false

    func validate() throws {
        if noEncode && (output ?? codec ?? preset ?? pixelFormat) != nil {
            throw ValidationError("--no-encode excludes -o, --codec, --preset and --pixel-format")
        }
    }
}
