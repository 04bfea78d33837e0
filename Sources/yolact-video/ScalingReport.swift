import Foundation
import Model
import Pipeline

/// What `bench --scaling` found, as `--json` gives it.
struct ScalingReport: Encodable {
    /// A way of sharing the cores.
    struct Row: Encodable {
        var networks: Int
        /// Of each network.
        var threads: Int
        /// Of all networks together.
        var framesPerSecond: Double
        /// Milliseconds from a network's input to its outputs.
        var frame: BenchReport.Durations
        /// Frames a second beside those of one network on one thread.
        var speed = 1.0
        /// `speed` beside the number of threads in all.
        var efficiency = 1.0

        init(_ plan: ComputePlan, _ timing: SideBySide.Timing) {
            networks = plan.workers
            threads = plan.threadsPerWorker
            framesPerSecond = timing.framesPerSecond
            frame = BenchReport.Durations(timing.frames)
        }
    }

    /// The fastest way, for one purpose.
    struct Choice: Encodable {
        var networks: Int
        var threads: Int
        /// Of `segment`, `stream` and the other commands with `--networks`.
        var options: String

        init(_ row: Row) {
            networks = row.networks
            threads = row.threads
            options = "--networks \(networks) --threads \(networks * threads)"
        }
    }

    var model: String
    var engine: String
    var precision: String
    /// That the program may use.
    var cores: Int
    var physicalCores: Int
    /// Bytes.
    var level2Cache: Int
    /// Bytes, of `level3Sharers` cores.
    var level3Cache: Int
    var level3Sharers: Int
    var rows: [Row]
    /// Most frames a second.
    var throughput: Choice?
    /// Least time of a frame.
    var latency: Choice?

    init(
        model: String, engine: String, precision: String, cores: CPUCores, caches: CPUCaches,
        rows measured: [Row]
    ) {
        self.model = model
        self.engine = engine
        self.precision = precision
        self.cores = cores.available
        physicalCores = cores.physical
        level2Cache = caches.level2
        level3Cache = caches.level3
        level3Sharers = caches.level3Sharers
        let one = measured.first { $0.networks == 1 && $0.threads == 1 }?.framesPerSecond
        rows = measured.sorted { ($0.networks, $0.threads) < ($1.networks, $1.threads) }
        for index in rows.indices {
            let speed = rows[index].framesPerSecond / (one ?? rows[index].framesPerSecond)
            rows[index].speed = speed
            rows[index].efficiency = speed / Double(rows[index].networks * rows[index].threads)
        }
        throughput = rows.max { $0.framesPerSecond < $1.framesPerSecond }.map(Choice.init)
        // Another network beside it can only slow a network down; where it seems not to, that is chance.
        latency = rows.filter { $0.networks == 1 }.min { $0.frame.median < $1.frame.median }
            .map(Choice.init)
    }

    /// The report for people, in 80 columns apart from the names of files; the last line is the advice.
    var lines: [String] {
        var lines = [
            "model      \(model)",
            "engine     \(engine), \(precision)",
            "cores      \(cores) (\(physicalCores) physical), L2 \(Self.mebibytes(level2Cache)), "
                + "L3 \(Self.mebibytes(level3Cache)) for \(level3Sharers)",
            "",
            "networks  threads each  frames/s  ms a frame  times one thread  efficiency",
        ]
        lines += rows.map { row in
            let counts = Self.padded("\(row.networks)", 8) + Self.padded("\(row.threads)", 14)
            return counts
                + String(
                    format: "%10.2f%12.2f%18.2f%10.0f %%", row.framesPerSecond, row.frame.median,
                    row.speed, 100 * row.efficiency)
        }
        if let throughput, let latency {
            lines += [
                "", "throughput: \(throughput.options); latency: \(latency.options)",
            ]
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func mebibytes(_ bytes: Int) -> String {
        String(format: "%g MiB", Double(bytes) / 1_048_576)
    }
}
