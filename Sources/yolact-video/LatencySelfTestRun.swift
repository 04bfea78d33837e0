import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video latency --self-test`.
struct LatencySelfTestRun {
    private let command: LatencyCommand
    private let logger: Logger

    init(_ command: LatencyCommand, _ logger: Logger) {
        self.command = command
        self.logger = logger
    }

    func run() throws {
        let setup = try command.setUp(logger)
        var settings = setup.options
        // Paint would cover the times: the network takes their squares for objects.
        settings.overlay.drawsMasks = false
        settings.overlay.drawsOutlines = false
        settings.overlay.drawsBoxes = false
        settings.overlay.drawsLabels = false
        var options = LatencySelfTest.Options()
        options.transport = command.instead.over
        options.warmUp = command.latency.warmUp
        options.frameCount = command.range.frames ?? options.frameCount
        guard options.frameCount >= options.warmUp + 10 else {
            throw ValidationError("--frames must be at least 10 more than --warm-up")
        }
        let test = LatencySelfTest(options: options)
        let monitor = InterruptMonitor { _ in test.interrupt() }
        defer { monitor.stop() }
        let seconds = 2 * options.frameCount / options.frameRate
        logger.info("sending pictures that show the time, for \(seconds) seconds")
        let result: LatencySelfTestResult
        do {
            result = try test.run(network: setup.network, segmentation: settings)
        } catch {
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
        if let signal = monitor.signal { throw Interrupted(signal: signal) }
        try command.publish(result, lines: result.lines)
        guard result.passes else { throw ExitCode(ExitReason.selfTestFailed.code) }
    }
}
