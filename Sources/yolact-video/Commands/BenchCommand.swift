import ArgumentParser
import Dispatch
import Foundation
import Model
import Pipeline

/// `yolact-video bench`: times the raw network.
struct BenchCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time the raw network: image tensor in, head outputs and prototypes out.",
        discussion: """
            Examples:
              yolact-video bench --config yolact_resnet50
              yolact-video bench --weights yolact_base_54_800000.pth --threads 2 --runs 30
              yolact-video bench --config yolact_resnet50 --layers
              yolact-video bench --config yolact_resnet50 --stages clip.mp4 --json figures.json
              yolact-video bench --config yolact_resnet50 --scaling
              yolact-video bench --tracker

            Weights are seeded unless given; speed does not depend on them. The last line is the median \
            in milliseconds as a bare number; with --scaling, the options of 'segment' and 'stream' that were \
            fastest.
            """)

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "Timed runs, after three that are not counted.")
    var runs = 20

    @Flag(help: "Also print the time and algorithm of each layer.")
    var layers = false

    @Option(
        help: ArgumentHelp(
            """
            Also time every stage on this video, as many frames of it as --runs says: one stage after the \
            other, and from file to file with all at once.
            """, valueName: "video"),
        completion: .file())
    var stages: String?

    @Flag(
        help: """
            Time one network on one core and more, and several side by side; tell which is fastest.
            """)
    var scaling = false

    @Option(
        help: ArgumentHelp("Write the figures as JSON; - for standard output.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var json: String?

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    @Flag(help: "Time the tracker instead: 50 made-up instances on 1280 x 720 pixels, no network.")
    var tracker = false

    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
        guard scaling else { return }
        if engine.threads != nil {
            throw ValidationError("--scaling tries all numbers of threads: leave out --threads")
        }
        for (name, isGiven) in [
            ("--tracker", tracker), ("--layers", layers), ("--stages", stages != nil),
        ] where isGiven {
            throw ValidationError("--scaling and \(name) do not go together")
        }
    }

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(model)
        files.read(stages, as: "--stages")
        files.write(json, as: "--json", .init(overwrite: overwrite))
        return files
    }

    func run() throws {
        if tracker { return printTracker() }
        let selection = try model.load(seededByDefault: true)
        if scaling {
            let report = try ScalingBench(selection: selection, engine: engine, runs: runs).run()
            return try publish(report, report.lines)
        }
        var report = try measureNetwork(selection)
        if let stages {
            report.video = try StageBench(
                input: stages, frames: runs, selection: selection, engine: engine
            ).run()
        }
        try publish(report, report.lines)
    }

    /// The network is gone when this returns: with more threads in teams than there are cores, libgomp lets them
    /// sleep at every barrier, which nearly doubles the time of a network in int8.
    private func measureNetwork(_ selection: ModelOptions.Selection) throws -> BenchReport {
        let start = DispatchTime.now().uptimeNanoseconds
        let network = try engine.makeNetwork(
            selection, threads: engine.threadCount, global.makeLogger())
        let worker = try NetworkWorker(network)
        let input = LayerTiming.makeInput(network)
        let features = network.makeFeatures()
        let outputs = network.makeOutputs()
        let loaded = Self.milliseconds(since: start)

        for _ in 0..<3 {
            try worker.runBackbone(input, into: features)
            try worker.runHeads(features, into: outputs)
        }
        var totals: [Double] = []
        var backbones: [Double] = []
        for _ in 0..<runs {
            let start = DispatchTime.now().uptimeNanoseconds
            try worker.runBackbone(input, into: features)
            backbones.append(Self.milliseconds(since: start))
            try worker.runHeads(features, into: outputs)
            totals.append(Self.milliseconds(since: start))
        }
        let operations = network.layers.reduce(0) { $0 + $1.operations }
        var report = BenchReport(
            model: selection.description, engine: engine.engine.rawValue,
            precision: network.precision.rawValue, threads: engine.threadCount,
            parameters: network.parameterCount, multiplyAdds: Double(operations) / 2,
            load: loaded, backbone: .init(backbones), network: .init(totals))
        if layers { report.layers = try LayerTiming.measure(worker, runs: runs) }
        return report
    }

    private func publish(_ report: some Encodable, _ lines: [String]) throws {
        try global.publish(
            lines: lines, answer: lines.last, json: report.jsonLine(), to: json,
            overwrite: overwrite)
    }

    private func printTracker() {
        let benchmark = TrackerBenchmark()
        let times = benchmark.run()
        func text(_ value: Double) -> String { String(format: "%.2f", value) }
        let median = text(BenchReport.Durations(times).median)
        if !global.quiet {
            print(
                "tracker    \(benchmark.instances) instances, \(benchmark.width) x "
                    + "\(benchmark.height), \(times.count) frames")
            print("update     \(median) ms (median), \(text(times.max() ?? 0)) ms (max)")
        }
        print(median)
    }

    private static func milliseconds(since start: UInt64) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
    }
}
