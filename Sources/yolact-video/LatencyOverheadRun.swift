import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video latency INPUT --overhead`: what recording costs.
struct LatencyOverheadRun {
    private static let pairs = 5

    private let command: LatencyCommand
    private let input: String
    private let logger: Logger

    init(_ command: LatencyCommand, input: String, _ logger: Logger) {
        self.command = command
        self.input = input
        self.logger = logger
    }

    /// What was found.
    private struct Result: Encodable {
        /// Frames of one run.
        var frames: Int
        /// Microseconds that the calls for one frame take, measured by themselves.
        var recordingMicroseconds: Double
        /// Milliseconds of processor time a frame, without and with recording, medians.
        var processorWithout: Double
        var processorWith: Double
        /// Milliseconds a frame, without and with recording, medians.
        var wallWithout: Double
        var wallWith: Double

        /// Part of a frame's processor time that the calls take, in percent.
        var share: Double { recordingMicroseconds / 1e3 / processorWithout * 100 }

        var lines: [String] {
            func text(_ value: Double) -> String { String(format: "%.3f", value) }
            let change = (processorWith / processorWithout - 1) * 100
            return [
                "recording a frame takes \(String(format: "%.2f", recordingMicroseconds)) us, "
                    + "\(String(format: "%.4f", share)) % of a frame's processor time",
                "processor time a frame: \(text(processorWithout)) ms without, "
                    + "\(text(processorWith)) ms with (\(String(format: "%+.2f", change)) %)",
                "time a frame: \(text(wallWithout)) ms without, \(text(wallWith)) ms with",
            ]
        }
    }

    func run() throws {
        let setup = try command.setUp(logger)
        var settings = setup.options
        var costs: [Bool: [(processor: Double, wall: Double)]] = [false: [], true: []]
        var frames = 0
        // The first pair warms up. Taking turns, both meet the same changes of the machine.
        for pair in 0...Self.pairs {
            for records in pair % 2 == 0 ? [false, true] : [true, false] {
                settings.latency = records ? command.latency.options : nil
                let (processor, start) = (Self.processorTime(), Date())
                let summary = try VideoSegmentation(
                    reader: VideoReader(input, options: command.range.options),
                    network: setup.network,
                    sink: NullSink(), options: settings
                ).run()
                frames = max(1, summary.framesIn)
                let wall = Date().timeIntervalSince(start) / Double(frames) * 1e3
                let used = (Self.processorTime() - processor) / Double(frames) * 1e3
                if pair > 0 { costs[records]?.append((used, wall)) }
            }
            logger.info("pair \(pair) of \(Self.pairs)")
        }
        func median(_ records: Bool, _ part: ((processor: Double, wall: Double)) -> Double)
            -> Double
        {
            let sorted = (costs[records] ?? []).map(part).sorted()
            return sorted[sorted.count / 2]
        }
        let result = Result(
            frames: frames, recordingMicroseconds: LatencyRecorder.measuredCost() / 1e3,
            processorWithout: median(false, \.processor), processorWith: median(true, \.processor),
            wallWithout: median(false, \.wall), wallWith: median(true, \.wall))
        try command.publish(result, lines: result.lines)
    }

    /// Seconds that all threads of this process have computed.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
