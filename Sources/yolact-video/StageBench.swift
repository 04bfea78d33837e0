import Foundation
import Model
import Pipeline
import VideoIO

/// Times every stage of the pipeline on a video, which is decoded, segmented, painted and encoded.
struct StageBench {
    /// Frames at the beginning that do not count.
    private static let warmUp = 3

    let input: String
    let frames: Int
    let selection: ModelOptions.Selection
    let engine: EngineOptions

    /// Runs the video twice: with one stage at a time, and with all at once.
    func run() throws -> BenchReport.Video {
        let (serial, info) = try pass(.latency, .serial)
        let (pipelined, _) = try pass(.throughput, .pipelined)
        let video = info.videoStream?.video
        let plan = ComputePlan(mode: .throughput, threads: engine.threadCount)
        return BenchReport.Video(
            input: redactedAddress(input), width: video?.width ?? 0, height: video?.height ?? 0,
            instances: Double(serial.instances) / Double(max(1, serial.framesIn)),
            stages: serial.latency.map { run in
                zip(run.stages, run.measures.service).map {
                    BenchReport.Stage(name: $0.name, service: LatencyDistribution($1))
                }
            } ?? [],
            fileToFile: pipelined.latency.flatMap {
                Self.interval(of: $0.measured, workers: plan.workers)
            })
    }

    /// Milliseconds from one frame written to the next.
    ///
    /// Networks side by side finish in rounds, so only whole rounds count; and neither the filling of the
    /// pipeline, which would make a short video look slow.
    static func interval(of frames: [FrameLatency], workers: Int) -> Double? {
        let ends = frames.compactMap(\.written)
        guard ends.count > 1 else { return nil }
        let rounds = (ends.count - 1) / workers * workers
        let count = rounds > 0 ? rounds : ends.count - 1
        return Double(ends[ends.count - 1] - ends[ends.count - 1 - count]) / 1e6 / Double(count)
    }

    private func pass(
        _ mode: ComputeMode, _ order: Pipeline.Mode
    ) throws -> (SegmentationSummary, MediaInfo) {
        let plan = ComputePlan(mode: mode, threads: engine.threadCount)
        var logger = GlobalOptions.makeDefaultLogger()
        // What there is to say has been said for the raw network.
        logger.logLevel = .error
        let network = try engine.makeNetwork(selection, threads: plan.threadsPerWorker, logger)
        var reading = VideoReader.Options()
        reading.maximumFrames = frames + Self.warmUp
        let reader = try VideoReader(input, options: reading)
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let monitor = InterruptMonitor(lastWords: { scratch.remove() }) { _ in reader.interrupt() }
        defer { monitor.stop() }
        let sink = try VideoWriter(scratch.file("out.mkv"), source: reader.info)
        var options = VideoSegmentation.Options(compute: plan)
        options.latency = LatencyRecorder.Options(warmUp: Self.warmUp)
        let summary = try VideoSegmentation(
            reader: reader, network: network, sink: sink, options: options
        ).run(order)
        if let signal = monitor.signal { throw Interrupted(signal: signal) }
        return (summary, reader.info)
    }
}
