import ArgumentParser
import Foundation
import Pipeline
import VideoIO

/// What is told about each frame's time.
struct LatencyArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Write where each frame's time went to this directory: summary.json, frames.csv, trace.json \
            (for ui.perfetto.dev), histograms.hlog (HdrHistogram) and report.html.
            """, valueName: "dir"),
        completion: .directory)
    var latencyReport: String?

    @Option(
        help: ArgumentHelp(
            "Count frames whose latency is above this, in milliseconds.", valueName: "ms"))
    var budget: Double?

    @Option(
        name: .customLong("warm-up"),
        help: ArgumentHelp(
            "Leave this many frames at the beginning out of all latency figures.",
            valueName: "frames"))
    var warmUp = 10

    func validate() throws {
        if let budget, !(budget > 0 && budget.isFinite) {
            throw ValidationError("--budget must be above 0")
        }
        guard (0...1_000_000).contains(warmUp) else {
            throw ValidationError("--warm-up must lie between 0 and 1000000")
        }
    }

    /// The budget as a duration.
    var allowed: Duration? { budget.map { .seconds($0 / 1e3) } }

    /// What is recorded.
    var options: LatencyRecorder.Options { LatencyRecorder.Options(warmUp: warmUp) }

    /// Makes the directory, if one was asked for.
    func open(overwrite: Bool) throws -> LatencyReportFiles? {
        try latencyReport.map { try LatencyReportFiles(directory: $0, overwrite: overwrite) }
    }
}

extension LatencySummary.Subject {
    /// Describes a run of this program.
    init(input: String, model: String, plan: ComputePlan, isPaced: Bool, started: Date) {
        self.init(
            program: Version.current, input: redactedAddress(input), model: model,
            threads: "\(plan.workers) x \(plan.threadsPerWorker)",
            pacing: isPaced ? "realtime" : "none", started: started.ISO8601Format())
    }
}
