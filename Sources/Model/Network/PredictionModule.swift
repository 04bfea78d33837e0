/// The prediction module (c) of DSSD (arXiv 1701.06659, section 3.2) as the official code has it: a
/// bottleneck block with a 3 x 3 in its middle, plus a normalised 1 x 1 convolution with ReLU.
struct PredictionModule {
    private let reduce: NetworkGraph.Filter
    private let middle: NetworkGraph.Filter
    private let expand: NetworkGraph.Filter
    private let side: NetworkGraph.Filter

    init(channels: Int, reader: ParameterReader) {
        let block = reader.scope("block")
        let width = channels / 4
        reduce = block.filter(
            "conv1", normalisedBy: "bn1", inputs: channels, outputs: width, kernel: 1)
        middle = block.filter(
            "conv2", normalisedBy: "bn2", inputs: width, outputs: width, kernel: 3)
        expand = block.filter(
            "conv3", normalisedBy: "bn3", inputs: width, outputs: channels, kernel: 1)
        side = reader.filter(
            "conv", normalisedBy: "bn", bias: reader.parameter("conv.bias", shape: [channels]),
            inputs: channels, outputs: channels, kernel: 1)
    }

    func append(
        to graph: inout NetworkGraph, _ feature: NetworkGraph.Value, name: String, suffix: String
    ) -> NetworkGraph.Value {
        let side = graph.convolution("\(name).conv\(suffix)", feature, side, activation: .relu)
        var value = graph.convolution(
            "\(name).block.conv1\(suffix)", feature, reduce, activation: .relu)
        value = graph.convolution("\(name).block.conv2\(suffix)", value, middle, activation: .relu)
        value = graph.convolution("\(name).block.conv3\(suffix)", value, expand)
        // A sum with ReLU that leaves the feature, which others may still read, alone: a resampling to the
        // same size changes nothing.
        let shape = graph.shape(of: feature)
        value = graph.resize(
            "\(name).block (sum)\(suffix)", feature, height: shape.height, width: shape.width,
            residual: value, activation: .relu)
        return graph.add("\(name) (sum)\(suffix)", value, to: side)
    }
}
