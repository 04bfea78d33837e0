import Foundation
import TestSupport
import Testing

@testable import Model

/// bfloat16 beside float32. Where a CPU with AVX-512 lacks the instructions oneDNN emulates them: the same
/// numbers; on others the engine computes in float32.
@Suite(.serialized) struct PrecisionTests {
    private typealias Shape = NetworkGraph.Shape
    private static let hasKernels = OneDNNCapabilities.current.bfloat16 != .none

    private func filter(
        _ inputs: Int, _ outputs: Int, kernel: Int, groups: Int = 1, _ noise: inout Noise
    ) -> NetworkGraph.Filter {
        // Sums of about the size of the values, as normalised networks have them.
        let taps = inputs / groups * kernel * kernel
        let scale = Float(3 / Double(taps)).squareRoot()
        return NetworkGraph.Filter(
            weights: noise.values(outputs * taps).map { scale * $0 }, bias: noise.values(outputs),
            inputChannels: inputs, outputChannels: outputs, kernel: kernel, groups: groups)
    }

    /// A bottleneck with Winograd layers, pooling, a residual, resampling, and sampling.
    private func graph(_ noise: inout Noise) -> NetworkGraph {
        var graph = NetworkGraph()
        let image = graph.input(
            "image", shape: .init(channels: 3, height: 128, width: 128), layout: .channelsFirst)
        let stem = graph.convolution(
            "stem", image, filter(3, 64, kernel: 7, &noise), stride: 2, activation: .relu)
        let pooled = graph.maxPool("pool", stem)
        let shortcut = graph.convolution("shortcut", pooled, filter(64, 96, kernel: 1, &noise))
        let reduced = graph.convolution(
            "reduced", pooled, filter(64, 64, kernel: 1, &noise), activation: .relu)
        let middle = graph.convolution(
            "middle", reduced, filter(64, 64, kernel: 3, &noise), activation: .relu)
        let sum = graph.convolution(
            "sum", middle, filter(64, 96, kernel: 1, &noise), residual: shortcut,
            activation: .relu)
        let single = graph.convolution(
            "depthwise", sum, filter(96, 96, kernel: 3, groups: 96, &noise), activation: .relu6)
        let grouped = graph.convolution(
            "grouped", single, filter(96, 96, kernel: 3, groups: 6, &noise), stride: 2)
        let offsets = graph.convolution("offsets", grouped, filter(96, 27, kernel: 3, &noise))
        let columns = graph.deformableColumns("columns", grouped, offsets: offsets, stride: 1)
        let sampled = graph.convolution(
            "sampled", columns, filter(9 * 96, 96, kernel: 1, &noise), activation: .relu)
        let larger = graph.resize("larger", sampled, height: 32, width: 32, residual: single)
        let joined = graph.concatenation("joined", [larger, pooled])
        let hidden = graph.convolution(
            "hidden", joined, filter(160, 64, kernel: 3, &noise), activation: .relu)
        let last = graph.convolution("last", hidden, filter(64, 40, kernel: 1, &noise))
        graph.output("native", joined, layout: .native)
        graph.output("out", last, layout: .channelsLast)
        graph.output("pool", pooled, layout: .channelsFirst)
        return graph
    }

    private func run(
        _ graph: NetworkGraph, _ format: NetworkGraph.Format, _ image: [Float]
    ) throws -> (outputs: [[Float]], layers: [LayerDescription]) {
        let thread = ComputeThread(name: "test", teamSize: 2)
        return try thread.run { () throws in
            let compiled = try EngineKind.oneDNN.make(threads: 2, format: format).compile(graph)
            let input = AlignedBuffer(byteCount: compiled.inputSizes[0])
            withExtendedLifetime(input) { _ = input.floats.update(from: image) }
            let buffers = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
            try compiled.makeContext(
                workspace: AlignedBuffer(byteCount: compiled.workspaceSize)
            ).run(inputs: [input], outputs: buffers)
            var outputs = buffers.map { buffer in
                withExtendedLifetime(buffer) { Array(buffer.floats) }
            }
            let plain = AlignedBuffer(
                floatCount: graph.shape(of: graph.outputs[0].value).elementCount)
            try compiled.copyToChannelsFirst(output: 0, buffers[0], into: plain)
            outputs[0] = withExtendedLifetime(plain) { Array(plain.floats) }
            return (outputs, compiled.layers)
        }
    }

    /// bf16 has 8 bits of precision; over these twelve layers a relative error of 1 % is a lot, of a
    /// hundredth of that impossible.
    @Test func everyOperationFollowsFloat32() throws {
        var noise = Noise(seed: 23)
        let graph = graph(&noise)
        let image = noise.values(3 * 128 * 128)
        let exact = try run(graph, .float32, image)
        let narrow = try run(graph, .bfloat16, image)
        guard Self.hasKernels else {
            #expect(narrow.outputs == exact.outputs)
            #expect(narrow.layers.map(\.precision) == exact.layers.map(\.precision))
            return NotRun.note("operations in bf16", needs: "AVX-512")
        }
        for (index, output) in graph.outputs.enumerated() {
            #expect(exact.outputs[index].count == narrow.outputs[index].count)
            let row = PrecisionComparison.relative(
                output.name, exact.outputs[index], narrow.outputs[index])
            #expect(row.difference < 0.01, "\(output.name): \(row.difference)")
            #expect(row.difference > 1e-4, "\(output.name): \(row.difference)")
        }
        for layer in narrow.layers {
            #expect(!layer.implementation.contains("ref"), "\(layer.name)")
        }
    }

    @Test func formatsChangeWherePlanned() throws {
        var noise = Noise(seed: 23)
        let source = graph(&noise)
        let plan = OneDNNPrecisionPlan(source, .bfloat16)
        func node(_ name: String) throws -> (Int, NetworkGraph.Node) {
            let index = try #require(plan.graph.nodes.firstIndex { $0.name == name })
            return (index, plan.graph.nodes[index])
        }
        let expected: [(String, OneDNNAlgorithm, NetworkGraph.Format)] = [
            ("stem", .direct(.bfloat16), .bfloat16),
            ("reduced", .direct(.bfloat16), .bfloat16),
            // Its factors are wider than what it reads and writes.
            ("middle", .winograd(.four, .float32), .bfloat16),
            ("sum", .direct(.bfloat16), .bfloat16),
            ("grouped", .direct(.float32), .float32),
            ("offsets", .direct(.float32), .float32),
            ("sampled", .direct(.float32), .float32),
            // Close to the end; in bf16, but what reads it is not.
            ("hidden", .winograd(.four, .bfloat16), .float32),
            // Leaves the network.
            ("last", .direct(.float32), .float32),
        ]
        for (name, algorithm, format) in expected {
            let (index, node) = try node(name)
            #expect(plan.algorithms[index] == algorithm, "\(name)")
            #expect(node.format == format, "\(name)")
        }
        let conversions = plan.graph.nodes.filter {
            if case .conversion = $0.operation { true } else { false }
        }
        #expect(
            conversions.map(\.name).sorted() == [
                "depthwise as f32", "image as bf16", "sampled as bf16",
            ])
        #expect(plan.graph.outputs.map(\.name) == source.outputs.map(\.name))
        // In float32 nothing changes.
        let plain = OneDNNPrecisionPlan(source, .float32)
        #expect(plain.graph.nodes.map(\.name) == source.nodes.map(\.name))
        #expect(plain.graph.nodes.allSatisfy { $0.format == .float32 })
    }

    /// Tiled Winograd reads float32 as it is, whatever it multiplies.
    @Test func winogradNeedsNoConversion() throws {
        var noise = Noise(seed: 24)
        var graph = NetworkGraph()
        let image = graph.input(
            "image", shape: .init(channels: 3, height: 64, width: 64), layout: .channelsFirst)
        let stem = graph.convolution(
            "stem", image, filter(3, 64, kernel: 7, &noise), stride: 2, activation: .relu)
        // Has kernels for float32 only.
        let grouped = graph.convolution(
            "grouped", stem, filter(64, 64, kernel: 3, groups: 8, &noise), activation: .relu)
        let middle = graph.convolution(
            "middle", grouped, filter(64, 64, kernel: 3, &noise), activation: .relu)
        let last = graph.convolution("last", middle, filter(64, 40, kernel: 1, &noise))
        graph.output("out", last, layout: .channelsLast)
        let plan = OneDNNPrecisionPlan(graph, .bfloat16)
        let index = try #require(plan.graph.nodes.firstIndex { $0.name == "middle" })
        #expect(plan.algorithms[index] == .winograd(.four, .bfloat16))
        let conversions = plan.graph.nodes.filter {
            if case .conversion = $0.operation { true } else { false }
        }
        #expect(conversions.map(\.name) == ["image as bf16"])
        let input = noise.values(3 * 64 * 64)
        let exact = try run(graph, .float32, input).outputs[0]
        let narrow = try run(graph, .bfloat16, input).outputs[0]
        #expect((narrow == exact) == !Self.hasKernels)
        #expect(PrecisionComparison.relative("out", exact, narrow).difference < 0.02)
    }

    @Test func precisionsComeToWhatTheCPUHas() {
        let onednn = EngineKind.oneDNN
        #expect(onednn.resolve(.automatic, hasBFloat16: true) == .init(precision: .bfloat16))
        #expect(onednn.resolve(.bfloat16, hasBFloat16: true) == .init(precision: .bfloat16))
        #expect(onednn.resolve(.automatic, hasBFloat16: false) == .init(precision: .float32))
        #expect(onednn.resolve(.float32, hasBFloat16: true) == .init(precision: .float32))
        let without = onednn.resolve(.bfloat16, hasBFloat16: false)
        #expect(without.precision == .float32)
        #expect(without.warning?.contains("AVX512_BF16") == true)
        let plain = EngineKind.openBLAS.resolve(.bfloat16, hasBFloat16: true)
        #expect(plain.precision == .float32)
        #expect(plain.warning?.contains("openblas") == true)
        #expect(
            EngineKind.openBLAS.resolve(.automatic, hasBFloat16: true)
                == .init(precision: .float32))
    }

    @Test func masksOverlap() {
        func mask(_ x: Int, _ width: Int) -> InstanceMask {
            InstanceMask(
                region: .init(x: x, y: 1, width: width, height: 2),
                pixels: [UInt8](repeating: 1, count: 2 * width))
        }
        #expect(PrecisionComparison.overlap(mask(0, 4), mask(0, 4)) == 1)
        #expect(PrecisionComparison.overlap(mask(0, 4), mask(2, 4)) == 1.0 / 3)
        #expect(PrecisionComparison.overlap(mask(0, 4), mask(4, 4)) == 0)
    }

    /// Mean mask IoU with float32 of at least 0.97, outputs within 2 %: what verify allows.
    @Test func fullNetworkKeepsItsDetections() throws {
        let golden = try #require(
            try GoldenFile.shipped().first { $0.name == "yolact_resnet50" })
        let rows = try Verification(engine: .oneDNN, precision: .bfloat16, threads: 2).run(golden)
        for row in rows {
            #expect(row.passes, "\(row.name): \(row.difference), allowed \(row.tolerance)")
        }
        guard OneDNNCapabilities.current.bfloat16 == .native else {
            // It computes in float32, and is compared with the numbers of the official code.
            let exact = try Verification(engine: .oneDNN, threads: 2).run(golden)
            #expect(rows.map(\.name) == exact.map(\.name))
            #expect(rows.map(\.difference) == exact.map(\.difference))
            return NotRun.note("a full network in bf16", needs: "AVX512_BF16")
        }
        #expect(rows.count == 6)
        for row in rows {
            #expect(row.name == "without counterpart" || row.difference > 0, "\(row.name)")
            if row.name == "1 - mean mask IoU" { #expect(row.difference < 0.03) }
        }
    }
}
