/// DarkNet (arXiv 1804.02767): every convolution without bias, normalised, leaky ReLU of slope 0.1; a
/// residual block adds its input behind the last activation.
enum DarkNet {
    private static let activation = NetworkGraph.Activation.leakyReLU(slope: 0.1)

    /// Appends the network.
    ///
    /// - Parameter blocks: Residual blocks of the five stages.
    /// - Returns: The last three stages, at 1/8, 1/16 and 1/32 of the input.
    static func append(
        blocks: [Int], to graph: inout NetworkGraph, input: NetworkGraph.Value,
        reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        var value = convolution(
            &graph, input, outputs: 32, kernel: 3, name: "backbone._preconv",
            reader: reader.scope("_preconv"))
        var stages: [NetworkGraph.Value] = []
        for (stage, count) in blocks.enumerated() {
            let name = "backbone.layers.\(stage)"
            let reader = reader.scope("layers").scope(stage)
            let width = 32 << stage
            value = convolution(
                &graph, value, outputs: 2 * width, kernel: 3, stride: 2, name: "\(name).0",
                reader: reader.scope(0))
            for block in 1...count {
                let name = "\(name).\(block)"
                let reader = reader.scope(block)
                let squeezed = convolution(
                    &graph, value, outputs: width, kernel: 1, name: "\(name).conv1",
                    reader: reader.scope("conv1"))
                let expanded = convolution(
                    &graph, squeezed, outputs: 2 * width, kernel: 3, name: "\(name).conv2",
                    reader: reader.scope("conv2"))
                value = graph.add("\(name) (sum)", expanded, to: value)
            }
            stages.append(value)
        }
        return Array(stages.suffix(3))
    }

    private static func convolution(
        _ graph: inout NetworkGraph, _ input: NetworkGraph.Value, outputs: Int, kernel: Int,
        stride: Int = 1, name: String, reader: ParameterReader
    ) -> NetworkGraph.Value {
        let filter = reader.filter(
            "0", normalisedBy: "1", inputs: graph.shape(of: input).channels, outputs: outputs,
            kernel: kernel)
        return graph.convolution(
            name, input, filter, stride: stride, activation: activation)
    }
}
