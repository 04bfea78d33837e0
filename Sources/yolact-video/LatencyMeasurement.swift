import ArgumentParser
import Foundation
import Logging
import Model
import OutputFiles
import Pipeline
import VideoIO

/// One measured run over a file.
struct LatencyMeasurement {
    private let command: LatencyCommand
    private let input: String
    private let logger: Logger

    init(_ command: LatencyCommand, input: String, _ logger: Logger) {
        self.command = command
        self.input = input
        self.logger = logger
    }

    func run() throws {
        let report = try command.latency.open(overwrite: command.output.overwrite)
        var options = command.range.options
        options.isPaced = command.pacing.realtime
        options.decoderThreads = command.pacing.decoderThreads ?? 0
        let reader = try VideoReader(input, options: options)
        let scratch = try ScratchDirectory()
        let sink = try makeSink(source: reader.info, scratch)
        let ending = RunEnding(logger)
        let monitor = InterruptMonitor(lastWords: {
            sink.discard()
            scratch.remove()
        }) { signal in
            reader.interrupt()
            ending.end(signal)
        }
        defer {
            monitor.stop()
            sink.discard()
            scratch.remove()
        }
        do {
            try measure(reader, sink, report, ending)
        } catch {
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
        if let signal = monitor.signal { throw Interrupted(signal: signal) }
        if let reason = reader.endedEarly { throw PartlyDecoded(path: input, reason: reason) }
        if reader.statistics.hasDamage {
            throw PartlyDecoded(path: input, reason: reader.statistics.damageDescription)
        }
    }

    private func measure(
        _ reader: VideoReader, _ sink: any FrameSink, _ report: LatencyReportFiles?,
        _ ending: RunEnding
    ) throws {
        let setup = try command.setUp(logger)
        var options = setup.options
        options.latency = command.latency.options
        options.dropsAfter = command.pacing.dropAfter.map { .seconds($0 / 1e3) }
        let segmentation = try VideoSegmentation(
            reader: reader, network: setup.network, sink: sink, options: options)
        let expected = command.range.expectedFrames(of: reader.info)
        let progress = command.global.makeProgressLine(total: expected) {
            segmentation.framesFinished
        }
        defer { progress?.finish(withLine: false) }
        ending.follow(RunEnding.Run(segmentation, progress))
        let started = Date()
        let done = try segmentation.run()
        progress?.finish()
        guard let run = done.latency else { return }
        let summary = LatencySummary(
            run,
            subject: .init(
                input: redacted(input), model: setup.selection.description, plan: setup.plan,
                isPaced: command.pacing.realtime, started: started),
            budget: command.latency.allowed)
        try publish(run, summary, report, started: started)
    }

    private func publish(
        _ run: LatencyRun, _ summary: LatencySummary, _ report: LatencyReportFiles?, started: Date
    ) throws {
        try command.global.publish(
            lines: summary.lines, json: summary.json(), to: command.output.json,
            overwrite: command.output.overwrite)
        try report?.write(run, summary, started: started, origin: .current)
        if let report { logger.info("wrote \(report.directory)") }
    }

    private func makeSink(source: MediaInfo, _ scratch: ScratchDirectory) throws -> any FrameSink {
        if command.output.noEncode { return NullSink() }
        var options = VideoWriter.Options()
        options.codec = command.output.codec
        options.preset = command.output.preset
        options.pixelFormat = command.output.pixelFormat
        options.overwrite = command.output.overwrite
        options.keepsPart = command.output.output != nil
        return try VideoWriter(
            command.output.output ?? scratch.file("out.mkv"), source: source, options: options)
    }
}

/// A directory for files that nobody wants to keep.
final class ScratchDirectory: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("yolact-video-\(UUID().uuidString)")
        guard mkdir(url.path, 0o700) == 0 else {
            throw VideoError(
                .cannotWrite, path: url.path, operation: "make a directory",
                reason: systemText(errno))
        }
    }

    deinit { remove() }

    /// The path of a file in it.
    func file(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Removes it with everything in it.
    @Sendable func remove() { try? FileManager.default.removeItem(at: url) }
}
