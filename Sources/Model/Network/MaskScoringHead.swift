/// The mask re-scoring branch of YOLACT++ (section 3.4 of arXiv 1912.06218): from the soft mask of an
/// instance, cropped, to the IoU that it is likely to have for each class.
enum MaskScoringHead {
    /// Channels of the 3 x 3 convolutions, stride 2, without padding.
    static let channels = [8, 16, 32, 64, 128]
    /// Channels that engines compute together at most.
    private static let block = 16

    /// Appends the branch.
    ///
    /// - Returns: [classes, h, w]; the score of a class is the largest over all positions.
    static func append(
        to graph: inout NetworkGraph, mask: NetworkGraph.Value, classes: Int,
        reader: ParameterReader
    ) -> NetworkGraph.Value {
        var value = mask
        var inputs = graph.shape(of: mask).channels
        for (index, outputs) in channels.enumerated() {
            // Fast kernels take whole blocks of channels: the eight of the first layer are filled up with zeros.
            let filter = reader.filter("\(2 * index)", inputs: inputs, outputs: outputs, kernel: 3)
                .filledUp(
                    inputs: graph.shape(of: value).channels, outputs: max(outputs, block))
            inputs = outputs
            value = graph.convolution(
                "maskiou_net.\(2 * index)", value, filter, stride: 2, padding: 0,
                activation: .relu)
        }
        let filter = reader.filter(
            "\(2 * channels.count)", inputs: channels[channels.count - 1], outputs: classes,
            kernel: 1)
        return graph.convolution(
            "maskiou_net.\(2 * channels.count)", value, filter, activation: .relu)
    }
}

extension NetworkGraph.Filter {
    /// The same filter with more channels: those added are zero, and ignored where they come in.
    fileprivate func filledUp(inputs: Int, outputs: Int) -> NetworkGraph.Filter {
        guard inputs > inputChannels || outputs > outputChannels else { return self }
        return NetworkGraph.Filter(inputChannels: inputs, outputChannels: outputs, kernel: kernel) {
            [self] in
            let values = try values()
            let area = kernel * kernel
            var weights = [Float](repeating: 0, count: outputs * inputs * area)
            for output in 0..<outputChannels {
                let from = output * inputChannels * area
                let to = output * inputs * area
                weights.replaceSubrange(
                    to..<to + inputChannels * area,
                    with: values.weights[from..<from + inputChannels * area])
            }
            let zeros = [Float](repeating: 0, count: outputs - outputChannels)
            return Values(weights: weights, bias: values.bias + zeros)
        }
    }
}
