import Model

/// Times the layers of a network.
enum LayerTiming {
    /// The median of some runs of each layer, after two that are not counted.
    static func measure(_ worker: NetworkWorker, runs: Int) throws -> [BenchReport.Layer] {
        let network = worker.network
        let input = makeInput(network)
        let features = network.makeFeatures()
        let outputs = network.makeOutputs()
        let profiles = try (0..<runs + 2).map { _ in
            try worker.profile(input, features, into: outputs)
        }.dropFirst(2)
        return zip(network.layers.indices, network.layers).map { index, layer in
            let times = BenchReport.Durations(profiles.map { Double($0[index]) / 1e6 })
            return BenchReport.Layer(
                name: layer.name, shape: layer.shape, implementation: layer.implementation,
                precision: layer.precision?.rawValue, operations: layer.operations,
                median: times.median)
        }
    }

    /// An input of deterministic values of the size that normalised pictures have.
    static func makeInput(_ network: Network) -> InputTensor {
        let input = network.makeInput()
        var state: UInt32 = 1
        for index in input.values.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            input.values[index] = Float(state >> 8) / Float(1 << 23) * 2 - 2
        }
        return input
    }
}
