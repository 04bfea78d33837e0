import TestSupport
import Testing

@testable import Model

/// The convolution of bytes for CPUs without VNNI, which runs wherever there is AVX2, against its definition.
@Suite struct IndirectConvolutionTests {
    struct Case: CustomTestStringConvertible {
        var kernel = 1
        var stride = 1
        var inputs = 8
        var outputs = 32
        var height = 7
        var width = 9
        var format = NetworkGraph.Format.uint8
        var added: NetworkGraph.Format?
        var activation = NetworkGraph.Activation.relu
        var threads = 2
        /// Threads that there are in the end.
        var team = 2

        var testDescription: String {
            "\(kernel) x \(kernel) / \(stride), \(inputs) to \(outputs), \(width) x \(height), \(format), "
                + "added \(added.map { "\($0)" } ?? "nothing"), \(activation), \(threads) threads planned, "
                + "\(team) there"
        }
    }

    /// Of all remainders of pixels, shares and formats.
    private static let cases: [Case] =
        (1...6).map { Case(height: 1, width: $0, threads: 1, team: 1) }
        + (1...6).map { Case(kernel: 3, height: 13, width: 12 + $0) }
        + [
            Case(kernel: 3, stride: 2, inputs: 12, outputs: 16, height: 15, width: 15),
            Case(stride: 2, height: 9, width: 10), Case(kernel: 3, height: 1, width: 1),
            Case(format: .float32, activation: .identity),
            Case(format: .float32, added: .float32, activation: .leakyReLU(slope: 0.1)),
            Case(format: .int8, added: .int8, activation: .identity),
            Case(format: .uint8, added: .int8), Case(format: .int8, added: .uint8),
            Case(activation: .relu6), Case(threads: 5, team: 2), Case(threads: 2, team: 5),
        ]

    @Test(arguments: cases) func followsTheDefinition(_ test: Case) throws {
        let step: Float = 1.0 / 16
        let padding = test.kernel / 2
        let source = NetworkGraph.Shape(
            channels: test.inputs, height: test.height, width: test.width)
        func reduced(_ n: Int) -> Int { (n + 2 * padding - test.kernel) / test.stride + 1 }
        let target = NetworkGraph.Shape(
            channels: test.outputs, height: reduced(test.height), width: reduced(test.width))
        var capabilities = OneDNNCapabilities.current
        capabilities.integers = .saturating
        let problem = IndirectConvolution.Problem(
            source: source, target: target, kernel: test.kernel, stride: test.stride,
            padding: padding, targetFormat: test.format,
            added: test.added.map { (0.5, $0) }, activation: test.activation, targetStep: step,
            threads: test.threads)
        guard let convolution = IndirectConvolution(problem, capabilities) else {
            #expect(!WinogradKernelSet.avx2.isAvailable)
            return NotRun.note("indirect convolution of bytes", needs: "AVX2")
        }
        var noise = Noise(seed: UInt64(test.width * 100 + test.kernel))
        let numbers = noise.values(source.elementCount).map { UInt8(abs($0) * 255) }
        let taps = test.kernel * test.kernel
        let quantised = QuantisedWeights(
            noise.values(test.outputs * test.inputs * taps), outputs: test.outputs,
            pairDistance: taps)
        let bias = noise.values(test.outputs).map { 20 * $0 }
        let factors = quantised.scales.map { $0 / 100 / Float(taps) }
        let residual = noise.values(target.elementCount).map { ($0 * 100).rounded() }
            .map { test.added == .uint8 ? abs($0) : $0 }

        // The definition, channels first: whole numbers, then in steps of the target.
        let filter = NetworkGraph.Filter(
            weights: quantised.numbers.map { Float($0) },
            bias: [Float](repeating: 0, count: test.outputs), inputChannels: test.inputs,
            outputChannels: test.outputs, kernel: test.kernel)
        let sums = try Reference.convolution(
            numbers.map { Float($0) }, source, filter, stride: test.stride)
        let plane = target.height * target.width
        let expected = sums.indices.map { index in
            let channel = index / plane
            var value = sums[index] * factors[channel] + bias[channel]
            if test.added != nil { value += 0.5 * residual[index] }
            switch test.activation {
            case .relu6: value = min(max(value, 0), 6 / step)
            default: value = Reference.activate(value, test.activation)
            }
            switch test.format {
            case .uint8:
                let isLimited = test.activation == .relu || test.activation == .relu6
                return min(max(value.rounded(.toNearestOrEven), 0), isLimited ? 252 : 255)
            case .int8: return min(max(value.rounded(.toNearestOrEven), -128), 127)
            default: return value
            }
        }

        let found = run(convolution, test, numbers, quantised, factors, bias, residual)
        let differences = zip(found, expected).map { abs($0 - $1) }
        // Halves may be rounded either way, as products and sums are fused.
        let tolerance: Float = test.format == .float32 ? 1e-3 : 1
        #expect((differences.max() ?? 1) <= tolerance)
        #expect(differences.count { $0 > 1e-3 } <= expected.count / 200)
    }

    @Test func refusesWhatItWouldGetWrong() {
        var capabilities = OneDNNCapabilities.current
        capabilities.integers = .saturating
        func make(_ change: (inout IndirectConvolution.Problem) -> Void) -> IndirectConvolution? {
            let shape = NetworkGraph.Shape(channels: 16, height: 4, width: 4)
            var problem = IndirectConvolution.Problem(
                source: shape, target: shape, kernel: 1, stride: 1, padding: 0,
                targetFormat: .uint8, activation: .relu, targetStep: 1, threads: 1)
            change(&problem)
            return IndirectConvolution(problem, capabilities)
        }
        #expect((make { _ in } != nil) == WinogradKernelSet.avx2.isAvailable)
        #expect(make { $0.source.channels = 18 } == nil)
        #expect(make { $0.target.channels = 24 } == nil)
        #expect(make { $0.activation = .tanh } == nil)
        #expect(make { $0.targetFormat = .bfloat16 } == nil)
        // In place, with numbers of another size.
        #expect(make { $0.added = (1, .float32) } == nil)
        capabilities.integers = .exact
        #expect(make { _ in } == nil)
    }

    /// Channels first in and out.
    private func run(
        _ convolution: IndirectConvolution, _ test: Case, _ numbers: [UInt8],
        _ quantised: QuantisedWeights, _ factors: [Float], _ bias: [Float], _ residual: [Float]
    ) -> [Float] {
        let (source, target) = (convolution.problem.source, convolution.problem.target)
        let from = AlignedBuffer(byteCount: source.elementCount)
        let to = AlignedBuffer(byteCount: target.elementCount * test.format.byteCount)
        let (inner, outer) = (source.height * source.width, target.height * target.width)
        for (index, number) in numbers.enumerated() {
            from.bytes[index % inner * source.channels + index / inner] = number
        }
        func place(_ index: Int) -> Int { index % outer * target.channels + index / outer }
        for (index, value) in residual.enumerated() where test.added != nil {
            switch test.added {
            case .float32: to.floats[place(index)] = value
            case .uint8: to.bytes[place(index)] = UInt8(value)
            default: to.bytes[place(index)] = UInt8(bitPattern: Int8(value))
            }
        }
        let weights = convolution.prepare(quantised.numbers)
        let scratchpad = AlignedBuffer(byteCount: convolution.scratchpadSize)
        for index in scratchpad.bytes.indices { scratchpad.bytes[index] = 0x7f }
        let (scales, offsets) = (AlignedBuffer(factors), AlignedBuffer(bias))
        return withExtendedLifetime((from, to, weights, scratchpad, scales, offsets)) {
            guard let source = from.bytes.baseAddress, let target = to.bytes.baseAddress,
                let numbers = weights.bytes.baseAddress, let factors = scales.floats.baseAddress,
                let bias = offsets.floats.baseAddress, let work = scratchpad.bytes.baseAddress
            else { return [] }
            nonisolated(unsafe) let memory = IndirectConvolution.Memory(
                source: UnsafeRawPointer(source), target: target,
                weights: UnsafeRawPointer(numbers), factors: factors, bias: bias,
                scratchpad: work)
            ComputeThread(name: "test", teamSize: test.team).run { convolution.run(memory) }
            return residual.indices.map { index in
                switch test.format {
                case .float32: to.floats[place(index)]
                case .uint8: Float(to.bytes[place(index)])
                default: Float(Int8(bitPattern: to.bytes[place(index)]))
                }
            }
        }
    }
}
