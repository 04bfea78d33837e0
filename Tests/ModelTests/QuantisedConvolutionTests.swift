import Foundation
import TestSupport
import Testing

@testable import Model

/// Convolutions in one byte against their definition: whole numbers, sums in double precision, one
/// rounding.
@Suite(.serialized) struct QuantisedConvolutionTests {
    private typealias Shape = NetworkGraph.Shape

    private static let integers = OneDNNCapabilities.current.integers
    private static let calibration = Quantisation.Calibration(
        video: "none", contentHash: "", frames: 0, criterion: "max", threshold: 0)

    private func filter(
        _ inputs: Int, _ outputs: Int, kernel: Int, _ noise: inout Noise
    ) -> NetworkGraph.Filter {
        let size = inputs * kernel * kernel
        // Channels of very different size: a common step would lose the small ones.
        let weights = noise.values(outputs * size).enumerated().map { index, value in
            value * pow(10, Float(index / size % 5) - 2) / Float(size).squareRoot()
        }
        return NetworkGraph.Filter(
            weights: weights, bias: noise.values(outputs), inputChannels: inputs,
            outputChannels: outputs, kernel: kernel)
    }

    /// Values on the steps of a description, as the engine stores them.
    private func rounded(_ values: [Float], _ step: Quantisation.Value) -> [Float] {
        values.map { value in
            let number = (value / step.scale).rounded(.toNearestOrEven)
            return step.scale
                * max(step.isSigned ? -128 : 0, min(step.isSigned ? 127 : 255, number))
        }
    }

    private func run(
        _ graph: NetworkGraph, _ quantisation: Quantisation?, _ inputs: [[Float]]
    ) throws -> (outputs: [[Float]], layers: [LayerDescription]) {
        let thread = ComputeThread(name: "test", teamSize: 2)
        return try thread.run { () throws in
            let compiled = try EngineKind.oneDNN.make(threads: 2, quantisation: quantisation)
                .compile(graph)
            let buffers = zip(inputs, compiled.inputSizes).map { values, size in
                let buffer = AlignedBuffer(byteCount: size)
                withExtendedLifetime(buffer) { _ = buffer.floats.update(from: values) }
                return buffer
            }
            let outputs = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
            try compiled.makeContext(
                workspace: AlignedBuffer(byteCount: compiled.workspaceSize)
            ).run(inputs: buffers, outputs: outputs)
            let values = try graph.outputs.indices.map { index in
                guard graph.outputs[index].layout == .native else {
                    return withExtendedLifetime(outputs[index]) { Array(outputs[index].floats) }
                }
                let plain = AlignedBuffer(
                    floatCount: graph.shape(of: graph.outputs[index].value).elementCount)
                try compiled.copyToChannelsFirst(output: index, outputs[index], into: plain)
                return withExtendedLifetime(plain) { Array(plain.floats) }
            }
            return (values, compiled.layers)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var kernel = 3
        var stride = 1
        var inputs = 32
        var outputs = 48
        var isSigned = false
        var hasResidual = false
        /// Whether the residual comes from a layer in float32.
        var residualIsExact = false
        var activation = NetworkGraph.Activation.relu
        /// Whether the result is stored in one byte.
        var isStored = true

        var testDescription: String {
            "\(kernel) x \(kernel), stride \(stride), \(inputs) to \(outputs), "
                + "\(isSigned ? "s8" : "u8")\(hasResidual ? residualIsExact ? ", f32 residual" : ", residual" : ""), \(activation), "
                + (isStored ? "stored" : "f32")
        }
    }

    @Test(arguments: [
        Case(kernel: 1), Case(kernel: 1, stride: 2), Case(), Case(stride: 2),
        Case(isSigned: true), Case(kernel: 1, isSigned: true), Case(stride: 2, isSigned: true),
        Case(kernel: 1, hasResidual: true), Case(hasResidual: true, residualIsExact: true),
        Case(isSigned: true, hasResidual: true),
        Case(activation: .identity), Case(kernel: 7, stride: 2, inputs: 3, isSigned: true),
        Case(kernel: 1, activation: .leakyReLU(slope: 0.1)), Case(activation: .relu6),
        Case(kernel: 1, activation: .identity, isStored: false), Case(isStored: false),
        Case(outputs: 39, activation: .identity, isStored: false),
        Case(kernel: 1, inputs: 24, outputs: 40),
    ]) func followsTheDefinition(_ given: Case) throws {
        var noise = Noise(seed: 7)
        let shape = Shape(channels: given.inputs, height: 19, width: 19)
        let source = noise.values(shape.elementCount).map { given.isSigned ? $0 : abs($0) }
        let main = filter(given.inputs, given.outputs, kernel: given.kernel, &noise)
        let side = filter(given.inputs, given.outputs, kernel: 1, &noise)
        var quantisation = Quantisation(
            calibration: Self.calibration,
            values: [
                "image": .init(scale: given.isSigned ? 1 / 127 : 1 / 252, isSigned: given.isSigned),
                "side": .init(scale: 0.01, isSigned: true),
            ], convolutions: ["main": .direct, "side": .direct])
        if given.residualIsExact { quantisation.convolutions["side"] = nil }
        let result = Quantisation.Value(
            scale: 0.02, isSigned: given.activation != .relu && given.activation != .relu6)
        quantisation.values["main"] = result
        if given.isStored { quantisation.values["out"] = result }

        var graph = NetworkGraph()
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        let added =
            given.hasResidual
            ? graph.convolution("side", image, side, stride: given.stride) : nil
        let value = graph.convolution(
            "main", image, main, stride: given.stride, residual: added,
            activation: given.activation)
        graph.output("out", value, layout: given.isStored ? .native : .channelsFirst)

        // What the CPU cannot add up exactly is computed in float32 with the numbers that bytes stand for;
        // where it cannot multiply bytes at all, nothing is rounded.
        let isRounded = Self.integers != .none
        let isInBytes = Self.integers == .exact || isRounded && !given.isSigned
        func convolution(_ filter: NetworkGraph.Filter) throws -> [Float] {
            let values = try filter.values()
            let quantised = QuantisedWeights(
                values.weights, outputs: filter.outputChannels,
                pairDistance: isInBytes && Self.integers == .saturating
                    ? filter.kernel * filter.kernel : nil)
            let stored = NetworkGraph.Filter(
                weights: isRounded ? quantised.values : values.weights, bias: values.bias,
                inputChannels: filter.inputChannels, outputChannels: filter.outputChannels,
                kernel: filter.kernel)
            return try Reference.convolution(
                isRounded ? rounded(source, quantisation.values["image"]!) : source, shape, stored,
                stride: given.stride)
        }
        var expected = try convolution(main)
        if given.hasResidual {
            let exact =
                try given.residualIsExact
                ? Reference.convolution(source, shape, side, stride: given.stride)
                : convolution(side)
            let residual = isInBytes ? rounded(exact, quantisation.values["side"]!) : exact
            expected = zip(expected, residual).map { $0 + $1 }
        }
        expected = expected.map { Reference.activate($0, given.activation) }
        let step = given.isStored && isRounded ? result.scale : 0
        if step > 0 {
            // A kernel on bytes keeps what it writes below the limit, too.
            let limit = isInBytes && !result.isSigned ? 252 * step : .infinity
            expected = rounded(expected, result).map { min($0, limit) }
        }

        let found = try run(graph, quantisation, [source])
        // Without AVX2 the library has reference code only for some layers.
        for layer in found.layers where Self.integers != .none {
            #expect(!layer.implementation.contains("ref"), "\(layer)")
        }
        let precision = found.layers.first { $0.name == "main" }?.precision
        #expect(precision == (isInBytes ? .int8 : .float32))
        let differences = zip(found.outputs[0], expected).map { abs($0 - $1) }
        #expect(differences.count == expected.count)
        // Halves may be rounded either way.
        #expect((differences.max() ?? 1) < step * 1.01 + 1e-4)
        #expect(differences.filter { $0 > 1e-4 }.count < expected.count / 500)
        #expect(Set(expected.map { ($0 * 50).rounded() }).count > 20)
    }

    /// Winograd rounds the transformed numbers: near the definition, not equal, and no overflow even where
    /// a whole neighbourhood is as large as numbers get, whoever wrote it.
    @Test(arguments: [Float(1), 40], ["image", "copied", "middle"])
    func winogradStaysNear(_ gain: Float, _ source: String) throws {
        var noise = Noise(seed: 11)
        let shape = Shape(channels: 64, height: 56, width: 56)
        let values = noise.values(shape.elementCount).map { abs($0) }
        func filter() -> NetworkGraph.Filter {
            NetworkGraph.Filter(
                weights: noise.values(64 * 64 * 9).map { $0 / 24 }, bias: noise.values(64),
                inputChannels: 64, outputChannels: 64, kernel: 3)
        }
        var graph = NetworkGraph()
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        var value = image
        if source != "image" {
            value = graph.convolution("copied", image, .identity(64), activation: .relu)
        }
        if source == "middle" {
            value = graph.convolution("middle", value, filter(), activation: .relu)
        }
        let last = graph.convolution("last", value, filter())
        graph.output("out", last, layout: .channelsFirst)
        var quantisation = Quantisation(
            calibration: Self.calibration,
            // With a large gain nearly all numbers are beyond the range.
            values: [
                "image": .init(scale: 1 / 252 / (source == "image" ? gain : 1), isSigned: false),
                "copied": .init(scale: 1 / 252 / (source == "copied" ? gain : 1), isSigned: false),
                "middle": .init(scale: 4 / 252 / gain, isSigned: false),
            ], convolutions: ["copied": .direct, "middle": .direct, "last": .direct])
        let direct = try run(graph, quantisation, [values])
        quantisation.convolutions["last"] = .winograd
        if source == "middle" { quantisation.convolutions["middle"] = .winograd }
        let winograd = try run(graph, quantisation, [values])
        #expect(direct.layers.contains { $0.implementation.contains("jit_int8_wino") } == false)
        // Without AVX2 the library has reference code only for some layers.
        let hasReferenceCode = winograd.layers.contains { $0.implementation.hasPrefix("ref") }
        #expect(Self.integers == .none || !hasReferenceCode)
        guard OneDNNCapabilities.current.hasIntegerWinograd else {
            // Then it makes no difference.
            #expect(winograd.layers.map(\.implementation) == direct.layers.map(\.implementation))
            #expect(winograd.outputs == direct.outputs)
            NotRun.note("Winograd convolution in int8", needs: "AVX512_VNNI and oneDNN 2")
            return
        }
        #expect(
            winograd.layers.filter { $0.implementation.hasPrefix("jit_int8_wino") }.count
                == (source == "middle" ? 2 : 1))
        #expect(
            winograd.layers.contains { $0.name.hasSuffix("(limit)") } == (source != "copied"))
        let row = PrecisionComparison.relative("out", direct.outputs[0], winograd.outputs[0])
        #expect(row.difference < 0.05, "\(row.difference)")
        #expect(row.difference > 1e-4)
    }

    /// The largest numbers there are, in every place of a vector: sums must neither saturate nor wrap round.
    @Test(arguments: [1, 3]) func sumsOfTheLargestNumbersAreExact(kernel: Int) throws {
        let shape = Shape(channels: 64, height: 8, width: 8)
        var noise = Noise(seed: 13)
        // All of one sign, of alternating signs, in pairs, and random ones between few large ones.
        let taps = kernel * kernel
        func weight(_ output: Int, _ input: Int, _ tap: Int) -> Float {
            switch output % 6 {
            case 0: 1
            case 1: -1
            case 2: input % 2 == 0 ? 1 : -1
            case 3: input % 4 < 2 ? 1 : -1
            case 4: (input + tap) % 7 == 0 ? 1 : noise.value() / 4
            default: noise.value()
            }
        }
        let weights = (0..<32 * 64 * taps).map { index in
            weight(index / taps / 64, index / taps % 64, index % taps)
        }
        let filter = NetworkGraph.Filter(
            weights: weights, bias: [Float](repeating: 0, count: 32), inputChannels: 64,
            outputChannels: 32, kernel: kernel)
        var graph = NetworkGraph()
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        let last = graph.convolution("last", image, filter)
        graph.output("out", last, layout: .channelsFirst)
        let quantisation = Quantisation(
            calibration: Self.calibration, values: ["image": .init(scale: 1, isSigned: false)],
            convolutions: ["last": .direct])
        // 255 everywhere, and 255 in places.
        for share in [Float(1), 0.7] {
            let source = (0..<shape.elementCount).map { _ in
                abs(noise.value()) <= share ? Float(255) : 0
            }
            let quantised = QuantisedWeights(
                weights, outputs: 32, pairDistance: Self.integers == .saturating ? taps : nil)
            let stored = NetworkGraph.Filter(
                weights: Self.integers == .none ? weights : quantised.values,
                bias: [Float](repeating: 0, count: 32), inputChannels: 64, outputChannels: 32,
                kernel: kernel)
            let expected = try Reference.convolution(source, shape, stored, stride: 1)
            let found = try run(graph, quantisation, [source]).outputs[0]
            // Sums of up to 150,000 in float32.
            #expect(largestDifference(found, expected) < 0.2)
        }
    }

    /// A bottleneck, pooling, a merge of two scales, layers that stay in floating point: close to float32.
    @Test func formsChangeWherePlanned() throws {
        var noise = Noise(seed: 5)
        func filter(_ inputs: Int, _ outputs: Int, kernel: Int) -> NetworkGraph.Filter {
            let taps = inputs * kernel * kernel
            let scale = Float(3 / Double(taps)).squareRoot()
            return NetworkGraph.Filter(
                weights: noise.values(outputs * taps).map { scale * $0 },
                bias: noise.values(outputs), inputChannels: inputs, outputChannels: outputs,
                kernel: kernel)
        }
        var graph = NetworkGraph()
        let image = graph.input(
            "image", shape: .init(channels: 3, height: 64, width: 64), layout: .channelsFirst)
        let stem = graph.convolution(
            "stem", image, filter(3, 32, kernel: 7), stride: 2, activation: .relu)
        let pooled = graph.maxPool("pool", stem)
        let shortcut = graph.convolution("shortcut", pooled, filter(32, 64, kernel: 1))
        let reduced = graph.convolution(
            "reduced", pooled, filter(32, 32, kernel: 1), activation: .relu)
        let middle = graph.convolution(
            "middle", reduced, filter(32, 32, kernel: 3), activation: .relu)
        let sum = graph.convolution(
            "sum", middle, filter(32, 64, kernel: 1), residual: shortcut, activation: .relu)
        let exact = graph.convolution("exact", sum, filter(64, 64, kernel: 3), activation: .relu)
        let again = graph.convolution(
            "again", exact, filter(64, 64, kernel: 1), residual: sum, activation: .relu)
        let small = graph.convolution("small", again, filter(64, 32, kernel: 3), stride: 2)
        let lateral = graph.convolution("lateral", exact, filter(64, 32, kernel: 1))
        let merged = graph.resize("merged", small, height: 16, width: 16, residual: lateral)
        let side = graph.convolution("side", exact, filter(64, 32, kernel: 1))
        let added = graph.add("added", side, to: merged)
        let larger = graph.resize("larger", added, height: 32, width: 32, activation: .relu)
        let joined = graph.concatenation("joined", [larger, stem])
        let last = graph.convolution("last", joined, filter(64, 20, kernel: 1))
        let other = graph.convolution("other", larger, filter(32, 20, kernel: 3))
        graph.output("out", last, layout: .channelsLast)
        graph.output("c", again, layout: .native)
        graph.output("other", other, layout: .channelsLast)

        let names = [
            "shortcut", "reduced", "middle", "sum", "again", "small", "lateral", "side", "other",
        ]
        var quantisation = Quantisation(
            calibration: Self.calibration, values: [:],
            convolutions: Dictionary(uniqueKeysWithValues: names.map { ($0, .direct) }))
        let signed: Set = ["shortcut", "small", "lateral", "side", "merged", "added"]
        let inner = [
            "pool", "shortcut", "reduced", "middle", "sum", "exact", "again", "small", "lateral",
            "side", "merged", "added", "larger",
        ]
        for name in inner + ["c"] {
            quantisation.values[name] = .init(
                scale: signed.contains(name) ? 8 / 127 : 8 / 252, isSigned: signed.contains(name))
        }
        let source = noise.values(3 * 64 * 64)
        let expected = try run(graph, nil, [source])
        let found = try run(graph, quantisation, [source])
        // Without AVX2 the library has reference code only for some layers.
        for layer in found.layers where Self.integers != .none {
            #expect(!layer.implementation.contains("ref"), "\(layer)")
        }
        for index in 0..<3 {
            let row = PrecisionComparison.relative(
                graph.outputs[index].name, expected.outputs[index], found.outputs[index])
            #expect(row.difference < 0.05, "\(row.name): \(row.difference)")
            #expect((row.difference > 1e-4) == (Self.integers != .none), "\(row.difference)")
        }
        var capabilities = OneDNNCapabilities.current
        capabilities.integers = .exact
        let planned = OneDNNQuantisedPlan.make(
            graph, .float32, quantisation, capabilities, choose: OneDNNAlgorithmRule.choose
        ).graph
        let conversions = planned.nodes.filter {
            if case .conversion = $0.operation { true } else { false }
        }
        #expect(
            conversions.map(\.name).sorted() == [
                "exact as u8", "larger as f32", "pool as u8", "sum as f32",
            ])
        func format(_ name: String) -> NetworkGraph.Format? {
            planned.nodes.first { $0.name == name }?.format
        }
        #expect(format("stem") == .float32)
        #expect(format("sum") == .uint8)
        #expect(format("shortcut") == .int8)
        #expect(format("exact") == .float32)
        #expect(format("merged") == .int8)
        #expect(format("added") == .int8)
        #expect(format("last") == .float32)
        #expect(format("other") == .float32)
    }

    @Test func weightsQuantiseToTheSameNumbersAgain() {
        var noise = Noise(seed: 3)
        var weights = noise.values(8 * 27)
        for index in 27..<54 { weights[index] = 0 }
        weights[60] = 1e-30
        let first = QuantisedWeights(weights, outputs: 8)
        #expect(first.numbers.map { abs(Int($0)) }.max() == 127)
        #expect(first.scales.allSatisfy { $0 > 0 })
        // Folding normalisation in: any factor for a channel, of either sign.
        let factors = noise.values(8)
        let folded = first.values.enumerated().map { $1 * factors[$0 / 27] }
        let second = QuantisedWeights(folded, outputs: 8)
        for index in weights.indices {
            let sign: Int8 = factors[index / 27] < 0 ? -1 : 1
            #expect(second.numbers[index] == sign * first.numbers[index])
        }
        for (a, b) in zip(weights, first.values) { #expect(abs(a - b) < 1.0 / 250) }
    }
}
