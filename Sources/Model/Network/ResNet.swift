extension Backbone.ResNet {
    /// Appends the network of arXiv 1512.03385 with bottleneck blocks, the stride on the 3 x 3.
    ///
    /// - Returns: C3, C4 and C5, at 1/8, 1/16 and 1/32 of the input.
    func append(
        to graph: inout NetworkGraph, input: NetworkGraph.Value, reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        let stem = reader.filter(
            "conv1", normalisedBy: "bn1", inputs: 3, outputs: width, kernel: 7)
        var value = graph.convolution("backbone.conv1", input, stem, stride: 2, activation: .relu)
        value = graph.maxPool("backbone.maxpool", value)
        var stages: [NetworkGraph.Value] = []
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                value = Self.bottleneck(
                    &graph, value, width: width << stage,
                    stride: stage > 0 && block == 0 ? 2 : 1, projects: block == 0,
                    isDeformable: deformableBlocks[stage].contains(block),
                    name: "backbone.layers.\(stage).\(block)",
                    reader: reader.scope("layers").scope(stage).scope(block))
            }
            stages.append(value)
        }
        return Array(stages.dropFirst())
    }

    private static func bottleneck(
        _ graph: inout NetworkGraph, _ input: NetworkGraph.Value, width: Int, stride: Int,
        projects: Bool, isDeformable: Bool, name: String, reader: ParameterReader
    ) -> NetworkGraph.Value {
        let channels = graph.shape(of: input).channels
        // The shortcut first: the sum is made in place on it.
        var shortcut = input
        if projects {
            let filter = reader.filter(
                "downsample.0", normalisedBy: "downsample.1", inputs: channels, outputs: 4 * width,
                kernel: 1)
            shortcut = graph.convolution("\(name).downsample.0", input, filter, stride: stride)
        }
        let reduce = reader.filter(
            "conv1", normalisedBy: "bn1", inputs: channels, outputs: width, kernel: 1)
        let expand = reader.filter(
            "conv3", normalisedBy: "bn3", inputs: width, outputs: 4 * width, kernel: 1)
        var value = graph.convolution("\(name).conv1", input, reduce, activation: .relu)
        if isDeformable {
            value = Self.deformable(&graph, value, stride: stride, name: name, reader: reader)
        } else {
            let middle = reader.filter(
                "conv2", normalisedBy: "bn2", inputs: width, outputs: width, kernel: 3)
            value = graph.convolution(
                "\(name).conv2", value, middle, stride: stride, activation: .relu)
        }
        return graph.convolution(
            "\(name).conv3", value, expand, residual: shortcut, activation: .relu)
    }

    /// The 3 x 3 of YOLACT++ (section 3.2 of arXiv 1912.06218): offsets and modulations from a convolution
    /// of their own, sampled columns, and a product with the weights.
    private static func deformable(
        _ graph: inout NetworkGraph, _ input: NetworkGraph.Value, stride: Int, name: String,
        reader: ParameterReader
    ) -> NetworkGraph.Value {
        let channels = graph.shape(of: input).channels
        let offsetFilter = reader.scope("conv2").filter(
            "conv_offset_mask", inputs: channels, outputs: 27, kernel: 3)
        let filter = reader.columnFilter(
            "conv2", normalisedBy: "bn2", inputs: channels, outputs: channels, kernel: 3)
        let offsets = graph.convolution(
            "\(name).conv2.conv_offset_mask", input, offsetFilter, stride: stride)
        let columns = graph.deformableColumns(
            "\(name).conv2 (columns)", input, offsets: offsets, stride: stride)
        return graph.convolution("\(name).conv2", columns, filter, activation: .relu)
    }
}
