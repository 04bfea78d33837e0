import Foundation
import TestSupport
import Testing

@testable import Model

/// Ranges, files, and what int8 comes to.
@Suite(.serialized) struct QuantisationTests {
    // MARK: Ranges

    private func histogram(_ values: [Float]...) -> ValueHistogram {
        var result = ValueHistogram()
        for part in values { part.withUnsafeBufferPointer { result.add($0) } }
        return result
    }

    @Test func histogramsGrowWithTheirRange() {
        let result = histogram([0, 0.5, -1, 0.25], [0, 0, 0], [5, -5, 0.001])
        #expect(result.largest == 5)
        #expect(result.limit == 8)
        // Zeros are exact and do not count.
        #expect(result.counts.reduce(0, +) == 6)
        #expect(result.isFinite)
        let bin = Int(5 / result.limit * Float(ValueHistogram.binCount))
        #expect(result.counts[bin] == 2)
        #expect(!histogram([1, .nan]).isFinite)
        #expect(!histogram([-.infinity]).isFinite)
        #expect(histogram([0]).largest == 0)
    }

    @Test func criteriaEndRanges() throws {
        var noise = Noise(seed: 2)
        // A few numbers far beyond all others.
        let values = noise.values(100_000) + [10, 12, -20]
        let counted = histogram(values)
        #expect(ClippingCriterion.maximum.end(counted, steps: 127) == 20)
        let percentile = try #require(ClippingCriterion("99.9")).end(counted, steps: 127)
        #expect(percentile > 0.97 && percentile < 1.02)
        #expect(ClippingCriterion.percentile(100).end(counted, steps: 127) == 20)

        /// What a range really does.
        func error(_ end: Float) -> Double {
            let step = end / 127
            return values.reduce(0) { sum, value in
                let stored = max(-127, min(127, (value / step).rounded())) * step
                return sum + Double(stored - value) * Double(stored - value)
            }
        }
        let best = ClippingCriterion.meanSquareError.end(counted, steps: 127)
        for other in [0.5, 0.9, 1.2, 1.5, 2].map({ Float($0) * best }) + [20, 1] {
            #expect(error(best) < error(other) * 1.01, "\(best), \(other)")
        }
        #expect(ClippingCriterion.meanSquareError.end(histogram([0, 0]), steps: 127) == 1)
        for text in ["mse", "max", "99.99"] { #expect(ClippingCriterion(text)?.text == text) }
        for text in ["", "MSE", "49", "101", "nan", "-1"] {
            #expect(ClippingCriterion(text) == nil)
        }
    }

    // MARK: Precision

    @Test func precisionComesToWhatFileAndCPUHave() {
        func resolve(
            _ engine: EngineKind, _ precision: ComputePrecision, quantised: Bool = true,
            bf16: Bool = true, vnni: Bool = true
        ) -> ResolvedPrecision {
            engine.resolve(
                precision, isQuantised: quantised, hasBFloat16: bf16, hasIntegerProducts: vnni)
        }
        #expect(resolve(.oneDNN, .int8) == .init(precision: .int8))
        #expect(resolve(.oneDNN, .automatic) == .init(precision: .int8))
        #expect(resolve(.oneDNN, .automatic, quantised: false) == .init(precision: .bfloat16))
        #expect(resolve(.oneDNN, .automatic, vnni: false) == .init(precision: .bfloat16))
        #expect(
            resolve(.oneDNN, .automatic, bf16: false, vnni: false) == .init(precision: .float32))
        #expect(resolve(.oneDNN, .float32) == .init(precision: .float32))
        let old = resolve(.oneDNN, .int8, bf16: false, vnni: false)
        #expect(old.precision == .float32)
        #expect(old.warning?.contains("AVX2") == true)
        let plain = resolve(.openBLAS, .int8)
        #expect(plain.precision == .float32)
        #expect(plain.warning?.contains("openblas") == true)
    }

    // MARK: Files

    /// The demo model, quantised on made-up pictures.
    private func quantised(
        _ options: (inout Quantiser.Options) -> Void = { _ in }
    ) throws -> (demo: Checkpoint, result: Quantiser.Result, configuration: YolactConfiguration) {
        let demo = try Checkpoint.builtInDemo()
        let configuration = try #require(demo.configuration)
        var choice = Quantiser.Options(threads: 2)
        choice.damageFrames = 1
        options(&choice)
        let quantiser = try Quantiser(configuration, demo, choice)
        var noise = Noise(seed: 9)
        let inputs = (0..<2).map { _ in
            let input = quantiser.makeInput()
            // Smooth, as pictures are.
            for index in input.values.indices {
                input.values[index] = 2 * sin(Float(index) / 70) + 0.2 * noise.value()
            }
            return input
        }
        let result = try quantiser.quantise(inputs, video: "made-up") { _ in }
        return (demo, result, configuration)
    }

    /// Where bytes cannot be multiplied, there is nothing to measure with.
    private func refusesToQuantise() -> Bool {
        guard OneDNNCapabilities.current.integers == .none else { return false }
        #expect(throws: QuantisationError.unsupportedCPU) { _ = try quantised { _ in } }
        NotRun.note("quantising", needs: "AVX2")
        return true
    }

    @Test func filesKeepWhatWasChosen() throws {
        if refusesToQuantise() { return }
        let (demo, result, configuration) = try quantised {
            $0.kept = ["backbone.conv1", "fpn."]
            // The layer that a random input hurts most stays, too.
            $0.winogradThreshold = 0
        }
        #expect(result.layers.first?.algorithm == nil)
        #expect(result.layers.first?.damage == nil)
        #expect(result.layers.filter { $0.algorithm == .direct }.count > 20)
        #expect(result.quantisation.kept.contains { $0.layer.hasPrefix("fpn.") })
        #expect(!result.quantisation.convolutions.keys.contains { $0.hasPrefix("fpn.") })
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/demo.int8.safetensors"
            try result.write(configuration, demo, to: path)
            let file = try Checkpoint.open(path)
            #expect(file.quantisation == result.quantisation)
            #expect(file.configuration == configuration)
            #expect(file.shapes?.keys.contains { $0.hasSuffix("_scale") } == false)
            #expect(file.description(of: "backbone.conv1.weight")?.dataType == .float32)
            let name = "proto_net.8.weight"
            let description = try #require(file.description(of: name))
            #expect(description.dataType == .int8)
            // Half a step away at most.
            let exact = try demo.values(of: name, shape: description.shape)
            let stored = try file.values(of: name, shape: description.shape)
            let weights = QuantisedWeights(exact, outputs: description.shape[0])
            #expect(stored == weights.values)
            #expect(largestDifference(exact, stored) <= (weights.scales.max() ?? 0) * 0.5001)

            let network = try Network(
                configuration: configuration, parameters: file, precision: .int8,
                threadsPerWorker: 2)
            #expect(network.precision == .int8)
            #expect(network.layers.contains { $0.precision == .int8 })
            #expect(!network.layers.contains { $0.implementation.hasPrefix("ref") })
            // The same weights in float32: little between them.
            let plain = try Network(
                configuration: configuration, parameters: file, threadsPerWorker: 2)
            #expect(!plain.layers.contains { $0.precision == .int8 })
            let outputs = try [network, plain].map { network in
                let worker = try NetworkWorker(network)
                let input = network.makeInput()
                for index in input.values.indices {
                    input.values[index] = 2 * sin(Float(index) / 70)
                }
                let features = network.makeFeatures()
                let outputs = network.makeOutputs()
                try worker.runBackbone(input, into: features)
                try worker.runHeads(features, into: outputs)
                return Array(outputs.prototypes)
            }
            let row = PrecisionComparison.relative("prototypes", outputs[1], outputs[0])
            #expect(row.difference < 0.2, "\(row.difference)")
            #expect(row.difference > 1e-4)
        }
    }

    @Test func layersThatHurtStay() throws {
        if refusesToQuantise() { return }
        let all = try quantised { $0.threshold = 1000 }.result
        let damages = all.layers.compactMap(\.damage).sorted()
        let median = damages[damages.count / 2]
        #expect(damages.count == all.layers.count)
        // Every layer was really tried in one byte.
        for layer in all.layers { #expect(layer.damage ?? 0 > 0, "\(layer.name)") }
        let half = try quantised { $0.threshold = median }.result
        #expect(half.quantisation.kept.count == damages.filter { $0 > median }.count)
        #expect(half.quantisation.kept.allSatisfy { ($0.damage ?? 0) > median })
        func total(_ result: Quantiser.Result) -> Double {
            result.differences.map(\.value).max() ?? .nan
        }
        #expect(total(half) < total(all))
        #expect(throws: QuantisationError.unknownLayer("no.such.layer")) {
            _ = try quantised { $0.kept = ["no.such.layer"] }
        }
        let outputs = try quantised { $0.quantisesOutputs = true }.result
        #expect(outputs.layers.count > all.layers.count)
        #expect(outputs.layers.contains { $0.name == "proto_net.10" })
    }

    @Test func damagedFilesAreRefused() throws {
        let calibration = Quantisation.Calibration(
            video: "v", contentHash: "h", frames: 1, criterion: "mse", threshold: 0.1)
        func failure(
            _ metadata: String, scaleShape: [Int] = [2], scale: Float = 1,
            name: String = "a.weight_scale"
        ) throws -> WeightsError? {
            try WeightsTestFiles.withDirectory { directory in
                let path = "\(directory)/a.safetensors"
                try SafetensorsWriter(metadata: [Checkpoint.quantisationKey: metadata]).write(
                    [
                        .init(.init(name: "a.weight", dataType: .int8, shape: [2, 1, 1, 1])) {
                            [1, 2]
                        },
                        .init(
                            .init(name: name, dataType: .float32, shape: scaleShape)
                        ) {
                            [Float](repeating: scale, count: scaleShape.reduce(1, *))
                                .withUnsafeBytes { [UInt8]($0) }
                        },
                    ], to: path)
                return WeightsTestFiles.failure(ofFile: path)
            }
        }
        func json(_ change: (inout Quantisation) -> Void) throws -> String {
            var quantisation = Quantisation(
                calibration: calibration, values: [:], convolutions: [:])
            change(&quantisation)
            return String(decoding: try JSONEncoder().encode(quantisation), as: UTF8.self)
        }
        #expect(try failure(json { _ in }) == nil)
        #expect(try failure("{")?.kind == .corrupted)
        #expect(try failure("{\"version\": 1}")?.kind == .corrupted)
        let newer = try failure(json { $0.version = 2 })
        #expect(newer?.kind == .unsupported)
        #expect(newer?.detail.contains("version 2") == true)
        for scale in [Float(0), -1, .leastNonzeroMagnitude] {
            let found = try failure(json { $0.values["x"] = .init(scale: scale, isSigned: false) })
            #expect(found?.detail.contains("step of x") == true)
        }
        #expect(try failure(json { _ in }, scaleShape: [3])?.kind == .corrupted)
        let without = try failure(json { _ in }, name: "b.weight_scale")
        #expect(without?.detail.contains("a.weight has no a.weight_scale") == true)
        for scale in [Float(0), -1, .nan, .infinity] {
            #expect(try failure(json { _ in }, scale: scale)?.kind == .corrupted)
        }
    }

    @Test func int8NeedsAQuantisedFile() throws {
        let demo = try Checkpoint.builtInDemo()
        #expect(throws: QuantisationError.notQuantised(source: demo.name)) {
            _ = try Network(
                configuration: #require(demo.configuration), parameters: demo, precision: .int8,
                threadsPerWorker: 1)
        }
    }
}
