import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video stream`: segments live video for as long as it is let.
struct StreamCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Segment live video from cameras: lowest latency, back after every failure.",
        discussion: """
            Examples:
              yolact-video stream rtsp://user:password@camera/stream --serve 127.0.0.1:8080
              yolact-video stream rtsp://camera/stream -o door.mkv --segment-time 3600
              yolact-video stream door=rtsp://10.0.0.2/1 yard=rtsp://10.0.0.3/1 -o '{camera}.mkv'
              yolact-video stream /dev/video0 -o rtsp://server/annotated --json -
              yolact-video stream clip.mp4 --realtime --loop -o out.m3u8

            Passwords in URLs are not shown anywhere. Ctrl-C ends the run and completes the outputs.
            """)

    @Argument(
        help: ArgumentHelp(
            "rtsp:, rtmp:, srt:, udp:, http: URLs, /dev/video0, or files; NAME=URL names a camera.",
            valueName: "source"))
    var source: [String] = []

    @OptionGroup(title: "Input options") var input: StreamInputArguments
    @OptionGroup(title: "Frame options") var pace: StreamPaceArguments
    @OptionGroup(title: "Output options") var output: StreamOutputArguments
    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(
        help: "latency: one network on all cores. throughput: one a core, for several cameras.")
    var mode = ComputeMode.latency

    @OptionGroup var sharing: SharingOptions

    @OptionGroup(title: "Latency options") var latency: LatencyArguments
    @OptionGroup(title: "Detection options") var detection: DetectionArguments
    @OptionGroup(title: "Tracking options") var tracking: TrackingArguments
    @OptionGroup(title: "Overlay options") var overlay: OverlayArguments
    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        if source.isEmpty && input.sources == nil {
            throw ValidationError("give a source, or --sources FILE")
        }
    }

    func files() throws -> CommandFiles {
        let sources = try sources()
        var files = CommandFiles()
        for source in sources { files.read(source.address, as: "SOURCE") }
        files.read(input.sources, as: "--sources")
        files.read(model)
        try output.note(for: sources, in: &files)
        files.write(latency, cameras: sources.map(\.name), .init(overwrite: output.overwrite))
        return files
    }

    private func sources() throws -> [StreamSource] {
        let sources = try SourceList.sources(source, file: input.sources)
        try output.checkOutputs(for: sources)
        return sources
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        let sources = try sources()
        try output.encoding.check()
        try StreamSession(self, sources, logger).run()
    }

    /// The library's options.
    func options(_ configuration: YolactConfiguration, plan: ComputePlan) throws -> StreamOptions {
        var options = StreamOptions()
        options.reading = input.options
        options.keepsAllFrames = pace.delivery == .everyFrame
        options.maximumLatency = pace.maxLatency.map { .seconds($0 / 1e3) }
        options.duration = input.duration?.value
        options.maximumFrames = input.frames
        options.onLoss = output.onLoss
        options.marksSuspect = output.markSuspect
        options.detection = detection.options
        options.selection = try detection.selection(configuration)
        options.cropsMasks = !detection.noCrop
        options.tracking = tracking.streamOptions
        options.overlay = overlay.options
        if options.tracking != nil { options.overlay.colouring = .identities }
        options.encoding = output.encoding
        options.workers = plan.workers
        if latency.latencyReport != nil { options.latency = latency.options }
        return options
    }
}
