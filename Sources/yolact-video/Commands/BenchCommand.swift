import ArgumentParser
import Dispatch
import Foundation
import Model
import Pipeline

/// `yolact-video bench`: times the raw network.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time the raw network: image tensor in, head outputs and prototypes out.",
        discussion: """
            Examples:
              yolact-video bench --config yolact_resnet50
              yolact-video bench --weights yolact_base_54_800000.pth --threads 2 --runs 30
              yolact-video bench --config yolact_resnet50 --layers

            Weights are seeded unless given; speed does not depend on them. The last line is the median \
            in milliseconds as a bare number.
            """)

    @OptionGroup(title: "Model options") var model: ModelOptions
    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: "Timed runs, after three that are not counted.")
    var runs = 20

    @Flag(help: "Also print the time and algorithm of each layer.")
    var layers = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
    }

    func run() throws {
        let selection = try model.load(seededByDefault: true)
        let start = DispatchTime.now().uptimeNanoseconds
        let network = try engine.makeNetwork(
            selection, threads: engine.threadCount, GlobalOptions.makeDefaultLogger())
        let worker = try NetworkWorker(network)
        let input = network.makeInput()
        fill(input)
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
        if layers { try printLayers(network, worker, input, features, outputs) }
        print("model      \(selection.description)")
        print("engine     \(engine.engine.rawValue), ", terminator: "")
        print("\(network.precision.rawValue), \(engine.threadCount) threads")
        let products = Double(network.layers.reduce(0) { $0 + $1.operations }) / 2e9
        print(
            "size       \(Self.text(Double(network.parameterCount) / 1e6)) million parameters, ",
            terminator: "")
        print("\(Self.text(products)) billion multiply-adds")
        print("load       \(Self.text(loaded)) ms")
        print("backbone   \(Self.text(Self.median(backbones))) ms (median)")
        print("network    \(Self.text(Self.median(totals))) ms (median), ", terminator: "")
        print("\(Self.text(totals.min() ?? 0)) ms (min), \(runs) runs")
        print(Self.text(Self.median(totals)))
    }

    /// Deterministic values of the size that normalised pictures have.
    private func fill(_ input: InputTensor) {
        var state: UInt32 = 1
        for index in input.values.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            input.values[index] = Float(state >> 8) / Float(1 << 23) * 2 - 2
        }
    }

    private func printLayers(
        _ network: Network, _ worker: NetworkWorker, _ input: InputTensor,
        _ features: BackboneFeatures, _ outputs: RawOutputs
    ) throws {
        let profiles = try (0..<runs).map { _ in try worker.profile(input, features, into: outputs)
        }
        let medians = network.layers.indices.map { layer in
            Self.median(profiles.map { Double($0[layer]) / 1e6 })
        }
        let sum = medians.reduce(0, +)
        let width = network.layers.map(\.name.count).max() ?? 0
        for (layer, time) in zip(network.layers, medians) {
            let name = layer.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let share = String(format: "%7.3f ms %5.1f %%", time, 100 * time / sum)
            let speed =
                layer.operations > 0
                ? String(format: "%6.0f Gflop/s", Double(layer.operations) / time / 1e6)
                : "              "
            print("\(name)  \(share)  \(speed)  \(layer.implementation)")
        }
    }

    private static func milliseconds(since start: UInt64) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}
