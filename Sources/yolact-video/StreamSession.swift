import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// One run of `stream`: sets everything up, waits, reports.
struct StreamSession {
    private let command: StreamCommand
    private let sources: [StreamSource]
    private let logger: Logger

    init(_ command: StreamCommand, _ sources: [StreamSource], _ logger: Logger) {
        self.command = command
        self.sources = sources
        self.logger = logger
    }

    func run() throws {
        let log = Self.streamLog(logger)
        let selection = try command.model.load()
        selection.announce(to: logger)
        let plan = try command.sharing.plan(command.mode, command.engine)
        let options = try command.options(selection.configuration, plan: plan)
        let network = try command.engine.makeNetwork(
            selection, threads: plan.threadsPerWorker, logger)
        let reports = try openReports()
        let started = Date()
        let records = try command.output.makeRecords(log: log)
        defer { records?.close() }
        let server = try command.output.makeServer(for: sources)
        defer { server?.close() }
        let outputs = try sources.map {
            try command.output.makeOutputs(
                for: $0, backoff: command.input.reconnect.backoff, log: log)
        }
        let run = StreamRun(
            sources, network: network, options: options, outputs: outputs, records: records,
            audience: server?.audience, log: log)
        server?.follow { [weak run] in
            var snapshot = StreamSnapshot(elapsed: run?.elapsed ?? 0, cameras: run?.status ?? [])
            snapshot.stages = run?.stages.map(\.name) ?? []
            snapshot.measures = { [weak run] in run?.measures ?? [] }
            return snapshot
        }
        if let server { logger.info("serving http://\(server.address)/") }
        let monitor = InterruptMonitor { signal in
            logger.notice(
                "\(InterruptMonitor.name(of: signal)): completing the outputs; a second signal breaks off"
            )
            run.stop()
        }
        defer { monitor.stop() }
        let progress = command.global.makeProgressLine(
            total: nil, besides: command.output.json
        ) { run.framesProcessed }
        defer { progress?.finish(withLine: false) }
        do {
            try run.run()
        } catch {
            throw Interrupted.explaining(error, signal: monitor.signal)
        }
        progress?.finish()
        records?.close()
        let status = run.status
        let report = StreamReport(
            cameras: status, seconds: run.elapsed, records: records?.status,
            model: selection.description, plan: plan)
        for line in report.lines { logger.info("\(line)") }
        for (index, latency) in run.latencies.enumerated() where !reports.isEmpty {
            let summary = LatencySummary(
                latency,
                subject: .init(
                    input: status[index].address, model: selection.description, plan: plan,
                    isPaced: true, started: started),
                budget: command.latency.allowed)
            try reports[index].write(latency, summary, started: started, origin: .current)
            logger.info("wrote \(reports[index].directory)")
        }
        try end(
            with: StreamLosses(
                status,
                records: records.flatMap { log in command.output.json.map { ($0, log.status) } }),
            signal: monitor.signal)
    }

    /// Ends with the gravest loss, after a line for each of the others. A signal is what the status tells.
    private func end(with losses: StreamLosses, signal: Int32?) throws {
        if let signal {
            // Who ends a run before a camera has answered has lost nothing.
            if losses.reason != .noInput {
                for line in losses.lines { logger.error("\(line)") }
            }
            throw Interrupted(signal: signal)
        }
        guard let reason = losses.reason, let first = losses.lines.first else { return }
        for line in losses.lines.dropFirst() { logger.error("\(line)") }
        throw StreamLost(exitReason: reason, description: first)
    }

    /// The directories of latency reports: one, or one in it for each of several cameras.
    private func openReports() throws -> [LatencyReportFiles] {
        guard let directory = command.latency.latencyReport else { return [] }
        if sources.count == 1 {
            return [
                try LatencyReportFiles(directory: directory, overwrite: command.output.overwrite)
            ]
        }
        return try LatencyReportFiles.forEach(
            of: sources.map(\.name), in: directory, overwrite: command.output.overwrite)
    }

    /// Sends the library's messages to the logger.
    static func streamLog(_ logger: Logger) -> StreamLog {
        { message in
            switch message.level {
            case .info: logger.info("\(message.text)")
            case .warning: logger.warning("\(message.text)")
            case .error: logger.error("\(message.text)")
            }
        }
    }
}
