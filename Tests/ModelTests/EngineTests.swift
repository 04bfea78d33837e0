import Foundation
import TestSupport
import Testing

@testable import Model

/// Both engines against convolutions, pooling and resampling written as the definitions read.
@Suite(.serialized) struct EngineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var inputs: Int
        var outputs: Int
        var kernel: Int
        var stride: Int
        var side: Int
        /// Half the kernel if nil.
        var padding: Int?
        var groups = 1
        var hasResidual = false
        var activation = NetworkGraph.Activation.identity
        var layout = NetworkGraph.Layout.channelsLast

        var testDescription: String {
            "\(inputs)->\(outputs) k\(kernel) s\(stride) at \(side), \(activation), \(layout)"
        }
    }

    static let cases = [
        Case(inputs: 3, outputs: 16, kernel: 7, stride: 2, side: 33, activation: .relu),
        Case(inputs: 64, outputs: 64, kernel: 3, stride: 1, side: 35, activation: .relu),
        Case(inputs: 64, outputs: 117, kernel: 3, stride: 1, side: 26),
        Case(inputs: 64, outputs: 96, kernel: 3, stride: 1, side: 5, hasResidual: true),
        Case(
            inputs: 32, outputs: 64, kernel: 1, stride: 1, side: 18, hasResidual: true,
            activation: .relu),
        Case(inputs: 32, outputs: 48, kernel: 1, stride: 2, side: 9),
        Case(inputs: 16, outputs: 16, kernel: 3, stride: 2, side: 18, activation: .tanh),
        Case(
            inputs: 16, outputs: 24, kernel: 3, stride: 2, side: 9,
            activation: .leakyReLU(slope: 0.1), layout: .channelsFirst),
        Case(inputs: 5, outputs: 7, kernel: 3, stride: 1, side: 1, layout: .channelsFirst),
        Case(inputs: 1, outputs: 8, kernel: 3, stride: 2, side: 20, padding: 0, activation: .relu),
        Case(
            inputs: 16, outputs: 32, kernel: 3, stride: 2, side: 9, padding: 0,
            layout: .channelsFirst),
        Case(inputs: 64, outputs: 64, kernel: 3, stride: 1, side: 30, padding: 0),
        Case(
            inputs: 96, outputs: 96, kernel: 3, stride: 2, side: 19, groups: 96, activation: .relu6),
        Case(inputs: 24, outputs: 24, kernel: 3, stride: 1, side: 11, groups: 24),
        Case(
            inputs: 32, outputs: 64, kernel: 3, stride: 1, side: 9, groups: 4, activation: .relu,
            layout: .channelsFirst),
    ]

    @Test(arguments: EngineKind.allCases, cases)
    func convolutionFollowsItsDefinition(kind: EngineKind, c: Case) throws {
        var noise = Noise(seed: 7)
        let filter = NetworkGraph.Filter(
            weights: noise.values(c.outputs * c.inputs / c.groups * c.kernel * c.kernel),
            bias: noise.values(c.outputs), inputChannels: c.inputs, outputChannels: c.outputs,
            kernel: c.kernel, groups: c.groups)
        var graph = NetworkGraph()
        let shape = NetworkGraph.Shape(channels: c.inputs, height: c.side, width: c.side)
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        // A convolution in front puts the tested one's input into the native layout.
        let identity = NetworkGraph.Filter(
            weights: (0..<c.inputs * c.inputs).map { $0 / c.inputs == $0 % c.inputs ? 1 : 0 },
            bias: [Float](repeating: 0, count: c.inputs), inputChannels: c.inputs,
            outputChannels: c.inputs, kernel: 1)
        let source = c.inputs == 3 ? image : graph.convolution("identity", image, identity)
        var residual: NetworkGraph.Value?
        let side = (c.side + 2 * (c.padding ?? c.kernel / 2) - c.kernel) / c.stride + 1
        let pointwise = NetworkGraph.Filter(
            weights: noise.values(c.outputs * c.inputs), bias: noise.values(c.outputs),
            inputChannels: c.inputs, outputChannels: c.outputs, kernel: 1)
        if c.hasResidual {
            residual = graph.convolution("residual", source, pointwise, stride: c.stride)
        }
        let target = graph.convolution(
            "tested", source, filter, stride: c.stride, padding: c.padding, residual: residual,
            activation: c.activation)
        graph.output("out", target, layout: c.layout)

        let values = noise.values(shape.elementCount)
        let found = try runGraph(graph, kind, [values])[0]
        var expected = try Reference.convolution(
            values, shape, filter, stride: c.stride, padding: c.padding)
        if c.hasResidual {
            let added = try Reference.convolution(values, shape, pointwise, stride: c.stride)
            expected = zip(expected, added).map { $0 + $1 }
        }
        expected = expected.map { Reference.activate($0, c.activation) }
        if c.layout == .channelsLast {
            expected = Reference.channelsLast(expected, c.outputs, side * side)
        }
        #expect(found.count == expected.count)
        // Sums of hundreds of products: values up to about 40, a hundred thousandth of that.
        #expect(largestDifference(found, expected) < 4e-4)
    }

    @Test(arguments: EngineKind.allCases)
    func poolingAndResamplingFollowTheirDefinitions(kind: EngineKind) throws {
        var noise = Noise(seed: 3)
        let channels = 32
        let shape = NetworkGraph.Shape(channels: channels, height: 17, width: 17)
        let identity = NetworkGraph.Filter(
            weights: (0..<channels * channels).map { $0 / channels == $0 % channels ? 1 : 0 },
            bias: [Float](repeating: 0, count: channels), inputChannels: channels,
            outputChannels: channels, kernel: 1)
        var graph = NetworkGraph()
        let image = graph.input("image", shape: shape, layout: .channelsFirst)
        let native = graph.convolution("identity", image, identity)
        let pooled = graph.maxPool("pool", native)
        let base = graph.convolution("base", native, identity)
        let merged = graph.resize("up", pooled, height: 17, width: 17, residual: base)
        let doubled = graph.resize("double", pooled, height: 18, width: 18, activation: .relu)
        graph.output("pooled", pooled, layout: .channelsFirst)
        graph.output("merged", merged, layout: .channelsFirst)
        graph.output("doubled", doubled, layout: .channelsLast)

        let values = noise.values(shape.elementCount)
        let found = try runGraph(graph, kind, [values])
        let pool = Reference.maxPool(values, channels, 17)
        #expect(largestDifference(found[0], pool) < 1e-6)
        let up = zip(Reference.resize(pool, channels, 9, 17), values).map { $0 + $1 }
        #expect(largestDifference(found[1], up) < 1e-5)
        let double = Reference.channelsLast(
            Reference.resize(pool, channels, 9, 18).map { max(0, $0) }, channels, 18 * 18)
        #expect(largestDifference(found[2], double) < 1e-5)
    }

    @Test func noLayerOfARealNetworkRunsOnReferenceCode() throws {
        let network = try Network(
            configuration: .shapes, parameters: SeededParameters(salt: 1), threadsPerWorker: 1)
        #expect(network.layers.count > 40)
        // Without AVX2 the library has reference code only for some layers.
        let hasAVX2 = OneDNNCapabilities.current.integers != .none
        if !hasAVX2 { NotRun.note("a network without reference code", needs: "AVX2") }
        for layer in network.layers where hasAVX2 {
            #expect(!layer.implementation.contains("ref"), "\(layer.name)")
        }
    }

    @Test(arguments: EngineKind.allCases)
    func matrixProductFollowsItsDefinition(kind: EngineKind) throws {
        var noise = Noise(seed: 5)
        let (m, n, k) = (3, 50, 16)
        let a = noise.values(m * k)
        let b = noise.values(n * k)
        var c = [Float](repeating: .nan, count: m * n)
        try kind.make(threads: 1).multiplyTransposed(a, b, into: &c, m: m, n: n, k: k)
        let expected = (0..<m * n).map { index in
            (0..<k).reduce(Float(0)) { $0 + a[index / n * k + $1] * b[index % n * k + $1] }
        }
        #expect(largestDifference(c, expected) < 1e-5)
    }

    @Test func openBLASRunsItsBestKernels() throws {
        let engine = try OpenBLASEngine(threads: 1)
        let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        if flags.contains("avx512bw") {
            let best: Set = ["SkylakeX", "Cooperlake", "SapphireRapids"]
            #expect(best.contains(engine.coreName))
        } else {
            #expect(engine.coreName != "Prescott")
        }
    }

    @Test func workersOfOneNetworkRunSideBySide() throws {
        let network = try Network(
            configuration: .shapes, parameters: SeededParameters(salt: 2), threadsPerWorker: 1)
        let input = network.makeInput()
        var noise = Noise(seed: 11)
        _ = input.values.update(from: noise.values(input.values.count))
        let outputs = (0..<3).map { _ in network.makeOutputs() }
        let workers = try (0..<3).map { _ in try NetworkWorker(network) }
        DispatchQueue.concurrentPerform(iterations: 3) { index in
            for _ in 0..<3 {
                let features = network.makeFeatures()
                #expect(throws: Never.self) {
                    try workers[index].runBackbone(input, into: features)
                    try workers[index].runHeads(features, into: outputs[index])
                }
            }
        }
        for index in 1..<3 {
            for level in 0..<5 {
                #expect(Array(outputs[0].head(level)) == Array(outputs[index].head(level)))
            }
            #expect(Array(outputs[0].prototypes) == Array(outputs[index].prototypes))
        }
    }
}
