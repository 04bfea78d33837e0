import COneDNN
import TestSupport
import Testing

@testable import Model

/// Winograd convolutions beside the sum that defines a convolution.
@Suite struct WinogradTests {
    private typealias Shape = NetworkGraph.Shape

    struct Case: CustomTestStringConvertible {
        var tile: WinogradTile
        var source = WinogradFormat.float32
        var product = WinogradFormat.float32
        var target = WinogradFormat.float32
        var inputs = 20
        var outputs = 37
        var height = 13
        var width = 17
        var activation = NetworkGraph.Activation.relu
        var addsDestination = false
        var block = 16
        var threads = 2
        /// Threads that there are in the end.
        var team: Int?

        var testDescription: String {
            "F(\(tile.results), 3) \(source) \(product) \(target) \(inputs) to \(outputs), \(width) x "
                + "\(height), \(activation), residual \(addsDestination), block \(block), "
                + "\(threads) threads" + (team.map { " planned, \($0) there" } ?? "")
        }
    }

    private static let cases: [Case] =
        WinogradTile.allCases.flatMap { tile in
            [
                Case(tile: tile),
                Case(tile: tile, addsDestination: true, threads: 3),
                Case(tile: tile, inputs: 16, outputs: 32, activation: .identity, block: 8),
                Case(tile: tile, activation: .leakyReLU(slope: 0.1), threads: 1),
                Case(tile: tile, height: 1, width: 1),
                Case(tile: tile, inputs: 3, outputs: 5, height: 40, width: 9, block: 8),
                // More tiles than fit into a block.
                Case(tile: tile, inputs: 8, outputs: 8, height: 101, width: 120, block: 8),
                // Fewer tiles than threads, and a team that is not the one planned for.
                Case(tile: tile, inputs: 33, height: 5, width: 4, threads: 7, team: 4),
                Case(tile: tile, addsDestination: true, threads: 2, team: 5),
                Case(tile: tile, inputs: 8, outputs: 8, height: 101, width: 120, block: 8, team: 1),
                Case(tile: tile, source: .bfloat16, target: .bfloat16),
                Case(tile: tile, product: .bfloat16),
                Case(
                    tile: tile, source: .bfloat16, product: .bfloat16, target: .bfloat16,
                    addsDestination: true),
                Case(tile: tile, source: .uint8, target: .uint8, inputs: 32, outputs: 48),
                Case(
                    tile: tile, source: .int8, target: .int8, inputs: 32, outputs: 16,
                    activation: .identity, block: 8),
                Case(tile: tile, source: .uint8, inputs: 48, outputs: 21),
                Case(
                    tile: tile, target: .uint8, inputs: 19, outputs: 32, height: 70, width: 90,
                    addsDestination: true),
            ]
        }

    /// What a stored 1 stands for in the cases in one byte.
    private static let step: Float = 1.0 / 64

    @Test(arguments: cases) func followsTheDefinition(_ test: Case) throws {
        var noise = Noise(seed: UInt64(test.inputs * 1000 + test.width))
        let source = Shape(channels: test.inputs, height: test.height, width: test.width)
        let target = Shape(channels: test.outputs, height: test.height, width: test.width)
        let scale = (3 / Float(9 * test.inputs)).squareRoot()
        let weights = noise.values(9 * test.inputs * test.outputs).map { scale * $0 }
        let bias = noise.values(test.outputs)
        let values = noise.values(source.elementCount).map { Self.stored($0, test.source) }
        let residual = noise.values(target.elementCount).map { Self.stored($0, test.target) }
        let filter = NetworkGraph.Filter(
            weights: weights, bias: bias, inputChannels: test.inputs, outputChannels: test.outputs,
            kernel: 3)
        var expected = try Reference.convolution(values, source, filter, stride: 1)
        if test.addsDestination { expected = zip(expected, residual).map { $0 + $1 } }
        expected = expected.map { Reference.activate($0, test.activation) }

        if test.product == .bfloat16 && OneDNNCapabilities.current.bfloat16 == .none {
            let reason = ComputeError.unavailable(
                library: "oneDNN", reason: "no matrix product for test")
            #expect(throws: reason) {
                _ = try WinogradConvolution(
                    .init(
                        tile: test.tile, source: source, target: target,
                        sourceFormat: test.source, targetFormat: test.target,
                        productFormat: .bfloat16,
                        activation: try #require(WinogradActivation(test.activation)),
                        addsDestination: test.addsDestination, block: test.block,
                        threads: test.threads), try DNNLEngine(), "test")
            }
            return NotRun.note("Winograd convolution in bf16", needs: "AVX-512")
        }
        // Values are about 1. F(6, 3) in bf16 is never used: its error is that of 2 or 3 bits. Bytes are a
        // step apart.
        let tolerance: Float =
            switch (test.product, test.target, test.tile) {
            case (.float32, .float32, _): 5e-5
            case (.float32, .bfloat16, _): 0.02
            case (.float32, _, _): Self.step * 1.001
            case (_, _, .two): 0.05
            case (_, _, .four): 0.12
            case (_, _, .six): 0.6
            }
        expected = expected.map { Self.stored($0, test.target) }
        var used: Set<WinogradKernelSet> = []
        for kernels in WinogradKernelSet.allCases {
            guard kernels.isAvailable else {
                NotRun.note("Winograd transforms: \(kernels)", needs: "\(kernels)".uppercased())
                continue
            }
            guard test.block % kernels.vectorLength == 0 else { continue }
            used.insert(kernels)
            let result = try run(test, kernels, filter, values, residual)
            let difference = largestDifference(result, expected)
            #expect(difference < tolerance, "\(kernels): \(difference)")
            if test.target.layout == .channelsLast {
                // Hardly anything is rounded the other way.
                let others = zip(result, expected).count { $0 != $1 }
                #expect(others <= expected.count / 200, "\(kernels): \(others)")
            }
            if test.product == .bfloat16 {
                #expect(difference > 1e-4, "\(kernels): computed in float32")
            }
        }
        #expect(used.contains(.swift))
    }

    private func run(
        _ test: Case, _ kernels: WinogradKernelSet, _ filter: NetworkGraph.Filter,
        _ values: [Float], _ residual: [Float]
    ) throws -> [Float] {
        let source = Shape(channels: test.inputs, height: test.height, width: test.width)
        let target = Shape(channels: test.outputs, height: test.height, width: test.width)
        return try ComputeThread(name: "test", teamSize: test.team ?? test.threads).run {
            () throws in
            let engine = try DNNLEngine()
            let convolution = try WinogradConvolution(
                .init(
                    tile: test.tile, source: source, target: target, sourceFormat: test.source,
                    targetFormat: test.target, sourceStep: Self.step, targetStep: Self.step,
                    productFormat: test.product,
                    activation: try #require(WinogradActivation(test.activation)),
                    addsDestination: test.addsDestination, block: test.block,
                    threads: test.threads, kernels: kernels), engine, "test")
            let parameters = try filter.values()
            let filters = try convolution.prepare(parameters.weights, of: filter, engine, "test")
            let offsets = AlignedBuffer(floatCount: convolution.outputs)
            _ = offsets.floats.update(from: parameters.bias)
            let scratchpad = AlignedBuffer(byteCount: convolution.scratchpadSize)
            // What another step left there must not matter.
            for index in scratchpad.bytes.indices { scratchpad.bytes[index] = 0x7f }
            let from = Self.pack(values, source, test.block, test.source)
            let to = Self.pack(residual, target, test.block, test.target)
            try withExtendedLifetime((scratchpad, from, to)) {
                let run = try WinogradRun(
                    convolution, engine, filters: filters, bias: offsets,
                    scratchpad: try #require(scratchpad.bytes.baseAddress), "test")
                // The same a second time, but for what the first left as the residual.
                let repeats = test.addsDestination ? 1 : 2
                for _ in 0..<repeats {
                    try run.execute(
                        from: try #require(from.bytes.baseAddress),
                        to: try #require(to.bytes.baseAddress))
                }
            }
            return Self.unpack(to, target, test.block, test.target)
        }
    }

    /// Few tiles are shared out by product, whose parts are equal and keep the team busy; many by tile.
    @Test func sharesOutTheWork() {
        let few = WinogradSharing(tiles: 25, of: .four, tileSize: 4096, threads: 2)
        #expect((few.parts, few.blockCount, few.blocksAtOnce) == (6, 1, 1))
        #expect(few.blockTiles == 25 && !few.sharesBlocks)
        let alone = WinogradSharing(tiles: 25, of: .four, tileSize: 4096, threads: 1)
        #expect((alone.parts, alone.blocksAtOnce) == (6, 1))
        #expect(alone.sharesBlocks)
        for threads in 2...48 {
            for tile in WinogradTile.allCases {
                let positions = tile.products
                let sharing = WinogradSharing(
                    tiles: 30, of: tile, tileSize: 2048, threads: threads)
                #expect(positions.isMultiple(of: sharing.parts) && sharing.parts > 1)
                // Hardly longer than one position at a time.
                func rounds(_ parts: Int) -> Int { (parts + threads - 1) / threads }
                #expect(
                    9 * rounds(sharing.parts) * positions <= 10 * rounds(positions) * sharing.parts)
                let many = WinogradSharing(
                    tiles: 100 * threads, of: tile, tileSize: 2048, threads: threads)
                #expect((many.parts, many.blocksAtOnce) == (tile.samples, threads))
                #expect(many.sharesBlocks)
                #expect(many.blockTiles * many.blockCount >= 100 * threads)
                #expect(many.blockTiles * (many.blockCount - 1) < 100 * threads)
                #expect(!many.blockTiles.isMultiple(of: 2))
            }
        }
    }

    /// The channels that fill up the last block stay zero, as the layers behind expect.
    @Test func fillsUpWithZeros() throws {
        let shape = Shape(channels: 5, height: 7, width: 7)
        var noise = Noise(seed: 3)
        let weights = noise.values(9 * 25)
        let filter = NetworkGraph.Filter(
            weights: weights, bias: noise.values(5), inputChannels: 5, outputChannels: 5, kernel: 3)
        let source = Self.pack(noise.values(shape.elementCount), shape, 16, .float32)
        let target = AlignedBuffer(floatCount: 16 * 49)
        for index in target.floats.indices { target.floats[index] = 7 }
        try ComputeThread(name: "test", teamSize: 1).run { () throws in
            let engine = try DNNLEngine()
            let convolution = try WinogradConvolution(
                .init(
                    tile: .four, source: shape, target: shape, sourceFormat: .float32,
                    targetFormat: .float32, productFormat: .float32,
                    activation: try #require(WinogradActivation(.identity)),
                    addsDestination: false, block: 16, threads: 1), engine, "test")
            let bias = AlignedBuffer(floatCount: convolution.outputs)
            let scratchpad = AlignedBuffer(byteCount: convolution.scratchpadSize)
            try withExtendedLifetime((source, target, scratchpad)) {
                try WinogradRun(
                    convolution, engine,
                    filters: try convolution.prepare(weights, of: filter, engine, "test"),
                    bias: bias, scratchpad: try #require(scratchpad.bytes.baseAddress), "test"
                ).execute(
                    from: try #require(source.bytes.baseAddress),
                    to: try #require(target.bytes.baseAddress))
            }
        }
        for pixel in 0..<49 {
            for channel in 0..<16 {
                let value = target.floats[pixel * 16 + channel]
                #expect((value == 0) == (channel >= 5), "\(channel) at \(pixel): \(value)")
            }
        }
    }

    @Test func roundsToBFloat16() {
        let values: [(Float, Float)] = [
            (1, 1), (-2.5, -2.5), (0, 0), (1.00390625, 1.0078125), (-1.00390625, -1.0078125),
            (1.0039, 1), (3.14159, 3.140625), (1e30, 1.0e30), (-1e-30, -1e-30),
        ]
        for (value, rounded) in values {
            let result = Self.stored(value, .bfloat16)
            #expect(abs(result - rounded) <= abs(rounded) / 512, "\(value): \(result)")
            #expect(result.bitPattern & 0xffff == 0)
        }
        #expect(Self.stored(1.00390625, .bfloat16) == 1.0078125)
        #expect(Self.stored(1.0039, .bfloat16) == 1)
    }

    // MARK: Memory

    private static func index(
        _ shape: Shape, _ block: Int, _ format: WinogradFormat, _ position: Int
    ) -> Int {
        let plane = shape.height * shape.width
        let (channel, pixel) = (position / plane, position % plane)
        if format.layout == .channelsLast { return pixel * shape.channels + channel }
        return (channel / block * plane + pixel) * block + channel % block
    }

    private static func element(_ format: WinogradFormat) -> any WinogradElement.Type {
        switch format {
        case .float32: Float.self
        case .bfloat16: BFloat16.self
        case .uint8: UInt8.self
        case .int8: Int8.self
        }
    }

    private static func stored(_ value: Float, _ format: WinogradFormat) -> Float {
        var bytes = SIMD2<UInt64>()
        withUnsafeMutableBytes(of: &bytes) {
            guard let base = $0.baseAddress else { return }
            element(format).store(Lanes(repeating: value), base, step: step)
        }
        return withUnsafeBytes(of: &bytes) {
            $0.baseAddress.map { element(format).load($0, step: step)[0] } ?? .nan
        }
    }

    private static func pack(
        _ values: [Float], _ shape: Shape, _ block: Int, _ format: WinogradFormat
    ) -> AlignedBuffer {
        let channels = (shape.channels + block - 1) / block * block
        let count = channels * shape.height * shape.width
        let size = format.format.byteCount
        let buffer = AlignedBuffer(byteCount: count * size)
        for (position, value) in values.enumerated() {
            let place = index(shape, block, format, position) * size
            var bytes = SIMD2<UInt64>()
            withUnsafeMutableBytes(of: &bytes) {
                guard let base = $0.baseAddress else { return }
                element(format).store(Lanes(repeating: value), base, step: step)
                buffer.bytes[place..<place + size].copyBytes(from: $0[..<size])
            }
        }
        return buffer
    }

    private static func unpack(
        _ buffer: AlignedBuffer, _ shape: Shape, _ block: Int, _ format: WinogradFormat
    ) -> [Float] {
        let size = format.format.byteCount
        return (0..<shape.elementCount).map { position in
            let place = index(shape, block, format, position) * size
            var bytes = SIMD2<UInt64>()
            return withUnsafeMutableBytes(of: &bytes) {
                $0.copyBytes(from: buffer.bytes[place..<place + size])
                guard let base = $0.baseAddress else { return .nan }
                return element(format).load(UnsafeRawPointer(base), step: step)[0]
            }
        }
    }
}
