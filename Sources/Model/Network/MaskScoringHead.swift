/// The mask re-scoring branch of YOLACT++ (section 3.4 of arXiv 1912.06218): from the soft mask of an
/// instance, cropped, to the IoU that it is likely to have for each class.
enum MaskScoringHead {
    /// Channels of the 3 x 3 convolutions, stride 2, without padding.
    static let channels = [8, 16, 32, 64, 128]

    /// Appends the branch.
    ///
    /// - Returns: [classes, h, w]; the score of a class is the largest over all positions.
    static func append(
        to graph: inout NetworkGraph, mask: NetworkGraph.Value, classes: Int,
        reader: ParameterReader
    ) -> NetworkGraph.Value {
        var value = mask
        for (index, outputs) in channels.enumerated() {
            let filter = reader.filter(
                "\(2 * index)", inputs: graph.shape(of: value).channels, outputs: outputs,
                kernel: 3)
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
