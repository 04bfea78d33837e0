extension InferenceContext {
    /// What the head's layers tell.
    struct InferredHead {
        var head: YolactConfiguration.Head
        var prototypes: YolactConfiguration.Prototypes
        /// Anchors at each position.
        var anchors: Int
        /// Classes without background.
        var classes: Int
    }

    /// - Parameters:
    ///   - features: Channels of the pyramid.
    ///   - prototypes: As the prototype branch tells them; how the head uses them is told here.
    func head(
        _ features: Int, _ prototypes: YolactConfiguration.Prototypes
    ) throws -> InferredHead {
        let prefix = "prediction_layers.0"
        guard let boxes = shapes.convolution("\(prefix).bbox_layer"),
            let scores = shapes.convolution("\(prefix).conf_layer"),
            let masks = shapes.convolution("\(prefix).mask_layer")
        else { throw problem("it has no prediction head (prediction_layers.0)") }
        let anchors = boxes[0] / 4
        guard anchors > 0, boxes[0] % 4 == 0, scores[0] % anchors == 0, masks[0] % anchors == 0,
            anchors <= 256, (2...10_001).contains(scores[0] / anchors)
        else {
            throw problem(
                "its head puts out \(boxes[0]) box, \(scores[0]) class and \(masks[0]) coefficient "
                    + "channels, which fit no number of anchors and classes")
        }
        var hidden: [Int] = []
        while let shape = shapes.convolution("\(prefix).upfeature.\(2 * hidden.count)") {
            guard shape[2] == 3 else {
                throw unsupported("\(shape[2]) x \(shape[2]) convolutions in extra_head_net")
            }
            hidden.append(shape[0])
        }
        func extra(_ name: String) -> Int {
            shapes.count { "\(prefix).\(name).\(2 * $0).weight" }
        }
        var prototypes = prototypes
        try relate(masks[0] / anchors, to: &prototypes)
        let inputs = shapes.convolution("\(prefix).upfeature.0")?[1] ?? boxes[1]
        prototypes.feedHead = inputs == features + prototypes.count
        guard inputs == features || prototypes.feedHead else {
            throw problem("its head sees \(inputs) channels, its pyramid has \(features)")
        }
        let head = YolactConfiguration.Head(
            hiddenChannels: hidden == [features] ? nil : hidden,
            hasPredictionModule: shapes.has("\(prefix).block.conv1.weight"),
            extraLayers: .init(
                boxes: extra("bbox_extra"), classes: extra("conf_extra"),
                coefficients: extra("mask_extra")),
            kernel: boxes[2], isShared: !shapes.has("prediction_layers.1.bbox_layer.weight"),
            gatesCoefficients: shapes.has("\(prefix).gate_layer.weight"),
            scoresMasks: shapes.has("\(prefix).score_layer.weight"))
        return InferredHead(
            head: head, prototypes: prototypes, anchors: anchors, classes: scores[0] / anchors - 1)
    }

    /// Tells from the number of coefficients an anchor how prototypes and coefficients belong together.
    private func relate(
        _ coefficients: Int, to prototypes: inout YolactConfiguration.Prototypes
    ) throws {
        switch coefficients {
        case prototypes.count: break
        case prototypes.count + 1: prototypes.hasConstant = true
        case _ where 5 * coefficients == prototypes.count: prototypes.areSplit = true
        default:
            throw problem(
                "its head puts out \(coefficients) coefficients for \(prototypes.count) prototypes")
        }
    }
}
