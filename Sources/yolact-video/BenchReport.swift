import Foundation
import Model
import Pipeline

/// What `bench` found, as `--json` gives it. All durations are milliseconds.
struct BenchReport: Encodable {
    /// Durations of runs.
    struct Durations: Encodable {
        var median: Double
        var min: Double
        var runs: Int

        init(_ values: [Double]) {
            let sorted = values.sorted()
            let middle = sorted.count / 2
            median =
                sorted.count % 2 == 1
                ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            min = sorted[0]
            runs = sorted.count
        }
    }

    /// A layer of the network.
    struct Layer: Encodable {
        var name: String
        /// Kernel, channels and size of the result of a convolution; empty for the rest.
        var shape: String
        var implementation: String
        /// What a convolution multiplies.
        var precision: String?
        /// Floating-point operations, counted as a direct convolution.
        var operations: Int
        var median: Double
    }

    /// The way of a video's frames.
    struct Video: Encodable {
        var input: String
        var width: Int
        var height: Int
        /// Instances a frame, on average.
        var instances: Double
        /// Each stage by itself, one after the other.
        var stages: [Stage]
        /// From one frame written to the next, with all stages at work at once.
        var fileToFile: Double?
    }

    /// A stage of the pipeline.
    struct Stage: Encodable {
        var name: String
        var service: LatencyDistribution?
    }

    var model: String
    var engine: String
    var precision: String
    var threads: Int
    var parameters: Int
    var multiplyAdds: Double
    /// Opening the weights is not in it, compiling the network is.
    var load: Double
    var backbone: Durations
    var network: Durations
    var layers: [Layer]?
    var video: Video?

    /// The report for people; the last line is the median of the network as a bare number.
    var lines: [String] {
        var lines = layers.map(Self.lines) ?? []
        lines += [
            "model      \(model)",
            "engine     \(engine), \(precision), \(threads) threads, "
                + "\(ComputeLibraries.oneDNNInstructions) instructions",
            "size       \(Self.text(Double(parameters) / 1e6)) million parameters, "
                + "\(Self.text(multiplyAdds / 1e9)) billion multiply-adds",
            "load       \(Self.text(load)) ms",
            "backbone   \(Self.text(backbone.median)) ms (median)",
            "network    \(Self.text(network.median)) ms (median), "
                + "\(Self.text(network.min)) ms (min), \(network.runs) runs",
        ]
        if let video { lines += self.lines(video) }
        return lines + [Self.text(network.median)]
    }

    /// A table of the layers: name, shape, milliseconds, share, speed, precision and algorithm.
    static func lines(_ layers: [Layer]) -> [String] {
        let sum = layers.reduce(0) { $0 + $1.median }
        func column(_ text: @escaping (Layer) -> String) -> (Layer) -> String {
            let width = layers.map { text($0).count }.max() ?? 0
            return { text($0).padding(toLength: width, withPad: " ", startingAt: 0) }
        }
        let nameColumn = column(\.name)
        let shapeColumn = column(\.shape)
        let precisionColumn = column { $0.precision ?? "" }
        return layers.map { layer in
            let name = "\(nameColumn(layer))  \(shapeColumn(layer))"
            let share = String(
                format: "%7.3f ms %5.1f %%", layer.median, 100 * layer.median / sum)
            let speed =
                layer.operations > 0
                ? String(format: "%6.0f Gflop/s", Double(layer.operations) / layer.median / 1e6)
                : "              "
            return
                "\(name)  \(share)  \(speed)  \(precisionColumn(layer))  \(layer.implementation)"
        }
    }

    private func lines(_ video: Video) -> [String] {
        let instances = String(format: "%.1f", video.instances)
        var lines = [
            "",
            "\(video.input), \(video.width) x \(video.height), \(instances) instances a frame; "
                + "stages one after the other:",
        ]
        lines += LatencyDistribution.table(video.stages.map { ($0.name, $0.service) })
        if let fileToFile = video.fileToFile {
            let ratio = String(format: "%.2f", fileToFile / network.median)
            lines.append(
                "file to file, stages side by side: \(Self.text(fileToFile)) ms a frame, "
                    + "\(ratio) times the network")
        }
        return lines
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}
