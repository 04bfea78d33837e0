extension Backbone.MobileNetV2 {
    /// The stages that feed the pyramid, counted from 1: the first of each size that YolactEdge selects,
    /// at 1/8, 1/16 and 1/32 of the input.
    static let outputStages = [3, 4, 6]
    /// Strides of the six stages' first blocks.
    private static let strides = [1, 2, 2, 2, 1, 2]

    /// Appends the network of arXiv 1801.04381: inverted residuals, every convolution without bias and
    /// normalised, ReLU6 but for the last of a block.
    ///
    /// - Returns: C3, C4 and C5.
    func append(
        to graph: inout NetworkGraph, input: NetworkGraph.Value, reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        let layers = reader.scope("layers")
        let stem = layers.scope(0).filter(
            "0", normalisedBy: "1", inputs: 3, outputs: channels[0], kernel: 3)
        var value = graph.convolution(
            "backbone.layers.0", input, stem, stride: 2, activation: .relu6)
        var stages: [NetworkGraph.Value] = []
        for stage in 1...Self.strides.count {
            for block in 0..<blocks[stage - 1] {
                value = invertedResidual(
                    &graph, value, outputs: channels[stage],
                    stride: block == 0 ? Self.strides[stage - 1] : 1,
                    expansion: stage == 1 ? 1 : expansion,
                    name: "backbone.layers.\(stage).\(block)",
                    reader: layers.scope(stage).scope(block).scope("conv"))
            }
            if Self.outputStages.contains(stage) { stages.append(value) }
        }
        // The last stage and the convolution in front of the classifier come with the files.
        layers.scope(7).ignore()
        layers.scope(8).ignore()
        return stages
    }

    private func invertedResidual(
        _ graph: inout NetworkGraph, _ input: NetworkGraph.Value, outputs: Int, stride: Int,
        expansion: Int, name: String, reader: ParameterReader
    ) -> NetworkGraph.Value {
        let inputs = graph.shape(of: input).channels
        let hidden = expansion * inputs
        var value = input
        var index = 0
        if expansion != 1 {
            let filter = reader.scope(index).filter(
                "0", normalisedBy: "1", inputs: inputs, outputs: hidden, kernel: 1)
            value = graph.convolution("\(name).conv.\(index)", value, filter, activation: .relu6)
            index += 1
        }
        let depthwise = reader.scope(index).filter(
            "0", normalisedBy: "1", inputs: hidden, outputs: hidden, kernel: 3, groups: hidden)
        value = graph.convolution(
            "\(name).conv.\(index)", value, depthwise, stride: stride, activation: .relu6)
        index += 1
        let project = reader.filter(
            "\(index)", normalisedBy: "\(index + 1)", inputs: hidden, outputs: outputs, kernel: 1)
        return graph.convolution(
            "\(name).conv.\(index)", value, project,
            residual: stride == 1 && inputs == outputs ? input : nil)
    }
}
