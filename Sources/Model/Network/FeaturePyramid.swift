/// The feature pyramid: P3 to P5 from C3 to C5 by lateral connections and a top-down path, P6 and P7 by
/// striding (section 4 of arXiv 1904.02689).
enum FeaturePyramid {
    /// Appends the pyramid and returns P3 to P7.
    static func append(
        to graph: inout NetworkGraph, features: [NetworkGraph.Value], channels: Int,
        reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        // The official lists run from C5 down.
        let topDown = Array(features.reversed())
        var merged: [NetworkGraph.Value] = []
        for (index, feature) in topDown.enumerated() {
            let filter = reader.filter(
                "lat_layers.\(index)", inputs: graph.shape(of: feature).channels, outputs: channels,
                kernel: 1)
            var value = graph.convolution("fpn.lat_layers.\(index)", feature, filter)
            if let above = merged.last {
                let shape = graph.shape(of: value)
                value = graph.resize(
                    "fpn.upsample.\(index)", above, height: shape.height, width: shape.width,
                    residual: value)
            }
            merged.append(value)
        }
        var levels: [NetworkGraph.Value] = []
        for (index, value) in merged.enumerated() {
            let filter = reader.filter(
                "pred_layers.\(index)", inputs: channels, outputs: channels, kernel: 3)
            levels.append(
                graph.convolution("fpn.pred_layers.\(index)", value, filter, activation: .relu))
        }
        levels.reverse()
        for index in 0..<2 {
            let filter = reader.filter(
                "downsample_layers.\(index)", inputs: channels, outputs: channels, kernel: 3)
            levels.append(
                graph.convolution(
                    "fpn.downsample_layers.\(index)", levels[levels.count - 1], filter, stride: 2))
        }
        return levels
    }
}
