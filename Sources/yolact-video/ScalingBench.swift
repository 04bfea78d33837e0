import Model
import Pipeline

/// Times the raw network with one thread and more, and several networks side by side.
struct ScalingBench {
    let selection: ModelOptions.Selection
    let engine: EngineOptions
    /// Frames of each network that count.
    let runs: Int
    var cores = CPUCores.current

    /// Measures every way of sharing the cores.
    func run() throws -> ScalingReport {
        let grid = ScalingGrid(cores)
        let done = Counter()
        // Only where someone looks: `bench` has no --quiet.
        let line =
            Console.standardError.isTerminal
            ? ProgressLine(total: grid.plans.count, unit: .steps) { done.value } : nil
        defer { line?.finish(withLine: false) }

        var logger = GlobalOptions.makeDefaultLogger()
        var rows: [ScalingReport.Row] = []
        var precision = engine.precision
        for threads in grid.threads {
            // One network at a time: another's threads, even asleep, count for libgomp's way of waiting.
            let network = try engine.makeNetwork(selection, threads: threads, logger)
            // What there is to say about it has been said.
            logger.logLevel = .error
            precision = network.precision
            for plan in grid.plans where plan.threadsPerWorker == threads {
                rows.append(ScalingReport.Row(plan, try measure(network, plan.workers)))
                done.set(rows.count)
            }
        }
        return ScalingReport(
            model: selection.description, engine: engine.engine.rawValue,
            precision: precision.rawValue, cores: cores, caches: .current, rows: rows)
    }

    /// Workers of one network, which share its weights as those of the pipeline do.
    private func measure(_ network: Network, _ count: Int) throws -> SideBySide.Timing {
        let input = LayerTiming.makeInput(network)
        let workers = try (0..<count).map { number in
            (
                worker: try NetworkWorker(network, name: "network \(number)"),
                features: network.makeFeatures(), outputs: network.makeOutputs()
            )
        }
        return try SideBySide(count: count, runs: runs).measure { number in
            let (worker, features, outputs) = workers[number]
            try worker.runBackbone(input, into: features)
            try worker.runHeads(features, into: outputs)
        }
    }
}
