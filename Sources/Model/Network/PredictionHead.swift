/// The head that all pyramid levels share: for each anchor class scores, a box and mask coefficients.
enum PredictionHead {
    /// Appends the head to every level.
    ///
    /// Box, class and coefficient layers read the same feature and run as one convolution; see
    /// ``HeadLayout`` for the order of its channels. Class scores come before the softmax, coefficients
    /// before the tanh: only the few anchors that matter go through those.
    static func append(
        to graph: inout NetworkGraph, levels: [NetworkGraph.Value],
        configuration: YolactConfiguration, reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        let channels = configuration.featureChannels
        let layout = HeadLayout(configuration)
        let feature = reader.filter(
            "upfeature.0", inputs: channels, outputs: channels, kernel: 3)
        let outputs = [
            ("bbox_layer", layout.anchors * 4), ("conf_layer", layout.anchors * layout.classes),
            ("mask_layer", layout.anchors * layout.coefficients),
        ].map { name, outputs in
            reader.filter(name, inputs: channels, outputs: outputs, kernel: 3)
        }
        let joined = NetworkGraph.Filter.joined(outputs)
        return levels.enumerated().map { index, level in
            let value = graph.convolution(
                "prediction_layers.0.upfeature.0 (P\(index + 3))", level, feature, activation: .relu
            )
            return graph.convolution("prediction_layers.0 (P\(index + 3))", value, joined)
        }
    }
}

/// Where the numbers of an anchor lie in the joined output of the head at one position.
struct HeadLayout: Sendable, Hashable {
    /// Anchors a position.
    let anchors: Int
    /// Classes with background.
    let classes: Int
    /// Mask coefficients, k.
    let coefficients: Int

    init(_ configuration: YolactConfiguration) {
        anchors = configuration.anchors.countPerPosition
        classes = configuration.classCount
        coefficients = configuration.prototypes.count
    }

    /// Numbers a position.
    var channels: Int { anchors * (4 + classes + coefficients) }

    func box(_ anchor: Int) -> Int { anchor * 4 }
    func scores(_ anchor: Int) -> Int { anchors * 4 + anchor * classes }
    func coefficients(_ anchor: Int) -> Int {
        anchors * (4 + classes) + anchor * coefficients
    }
}
