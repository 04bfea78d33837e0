/// The prediction head: for each anchor class scores, a box and mask coefficients.
///
/// Box, class and coefficient layers that read the same feature run as one convolution; see
/// ``HeadLayout`` for the order of the channels. Class scores come before the softmax, coefficients before
/// the tanh: only the few anchors that matter go through those.
struct PredictionHead {
    private let hidden: [NetworkGraph.Filter]
    private let module: PredictionModule?
    private let branches: [Branch]
    private let name: String

    /// Outputs that read one feature: behind `extra` if any, else that of the whole head.
    private struct Branch {
        var name: String
        var extra: [NetworkGraph.Filter] = []
        var output: NetworkGraph.Filter
    }

    /// Appends the head to every level, one for all or one for each.
    static func append(
        to graph: inout NetworkGraph, levels: [NetworkGraph.Value],
        configuration: YolactConfiguration, reader: ParameterReader
    ) -> [NetworkGraph.Value] {
        let inputs = graph.shape(of: levels[0]).channels
        let heads = (0..<(configuration.head.isShared ? 1 : levels.count)).map {
            PredictionHead(
                configuration, inputs: inputs, name: "prediction_layers.\($0)",
                reader: reader.scope($0))
        }
        return levels.enumerated().map { index, level in
            heads[min(index, heads.count - 1)].append(to: &graph, level, suffix: " (P\(index + 3))")
        }
    }

    private init(
        _ configuration: YolactConfiguration, inputs: Int, name: String, reader: ParameterReader
    ) {
        let head = configuration.head
        self.name = name
        var channels = inputs
        var hidden: [NetworkGraph.Filter] = []
        let widths = head.hiddenChannels ?? [configuration.featureChannels]
        for (index, outputs) in widths.enumerated() {
            hidden.append(
                reader.filter(
                    "upfeature.\(2 * index)", inputs: channels, outputs: outputs, kernel: 3))
            channels = outputs
        }
        self.hidden = hidden
        module =
            head.hasPredictionModule ? PredictionModule(channels: channels, reader: reader) : nil

        let layout = HeadLayout(configuration)
        func output(_ name: String, _ count: Int) -> NetworkGraph.Filter {
            reader.filter(
                name, inputs: channels, outputs: layout.anchors * count, kernel: head.kernel)
        }
        func extra(_ name: String, _ count: Int) -> [NetworkGraph.Filter] {
            (0..<count).map {
                reader.filter(
                    "\(name).\(2 * $0)", inputs: channels, outputs: channels, kernel: 3)
            }
        }
        var branches = [
            Branch(
                name: "bbox", extra: extra("bbox_extra", head.extraLayers.boxes),
                output: output("bbox_layer", 4)),
            Branch(
                name: "conf", extra: extra("conf_extra", head.extraLayers.classes),
                output: output("conf_layer", layout.classes)),
            Branch(
                name: "mask", extra: extra("mask_extra", head.extraLayers.coefficients),
                output: output("mask_layer", layout.coefficients)),
        ]
        if head.gatesCoefficients {
            // Always 3 x 3, whatever the other layers are.
            let gate = reader.filter(
                "gate_layer", inputs: channels, outputs: layout.anchors * layout.coefficients,
                kernel: 3)
            branches.append(Branch(name: "gate", output: gate))
        }
        if head.scoresMasks {
            branches.append(Branch(name: "score", output: output("score_layer", 1)))
        }
        self.branches = Self.joined(branches)
    }

    /// Neighbours that read the same feature as one.
    private static func joined(_ branches: [Branch]) -> [Branch] {
        var result: [Branch] = []
        for branch in branches {
            if let last = result.last, last.extra.isEmpty, branch.extra.isEmpty,
                last.output.kernel == branch.output.kernel
            {
                result[result.count - 1] = Branch(
                    name: "\(last.name)+\(branch.name)",
                    output: .joined([last.output, branch.output]))
            } else {
                result.append(branch)
            }
        }
        return result
    }

    private func append(
        to graph: inout NetworkGraph, _ level: NetworkGraph.Value, suffix: String
    ) -> NetworkGraph.Value {
        var feature = level
        for (index, filter) in hidden.enumerated() {
            feature = graph.convolution(
                "\(name).upfeature.\(2 * index)\(suffix)", feature, filter, activation: .relu)
        }
        if let module {
            feature = module.append(to: &graph, feature, name: name, suffix: suffix)
        }
        let outputs = branches.map { branch in
            var value = feature
            for (index, filter) in branch.extra.enumerated() {
                value = graph.convolution(
                    "\(name).\(branch.name)_extra.\(2 * index)\(suffix)", value, filter,
                    activation: .relu)
            }
            return graph.convolution(
                branches.count == 1 ? "\(name)\(suffix)" : "\(name).\(branch.name)\(suffix)", value,
                branch.output)
        }
        return outputs.count == 1
            ? outputs[0] : graph.concatenation("\(name) (joined)\(suffix)", outputs)
    }
}

/// Where the numbers of an anchor lie in the joined output of the head at one position.
struct HeadLayout: Sendable, Hashable {
    /// Anchors a position.
    let anchors: Int
    /// Classes with background.
    let classes: Int
    /// Mask coefficients that the head puts out.
    let coefficients: Int
    /// Whether as many gates follow them.
    let hasGates: Bool
    /// Whether a score of the mask follows these.
    let hasMaskScore: Bool

    init(_ configuration: YolactConfiguration) {
        anchors = configuration.anchors.countPerPosition
        classes = configuration.classCount
        coefficients = configuration.coefficientCount
        hasGates = configuration.head.gatesCoefficients
        hasMaskScore = configuration.head.scoresMasks
    }

    /// Numbers a position.
    var channels: Int {
        anchors * (4 + classes + coefficients * (hasGates ? 2 : 1) + (hasMaskScore ? 1 : 0))
    }

    func box(_ anchor: Int) -> Int { anchor * 4 }
    func scores(_ anchor: Int) -> Int { anchors * 4 + anchor * classes }
    func coefficients(_ anchor: Int) -> Int { anchors * (4 + classes) + anchor * coefficients }
    func gates(_ anchor: Int) -> Int {
        anchors * (4 + classes + coefficients) + anchor * coefficients
    }
    func maskScore(_ anchor: Int) -> Int {
        anchors * (4 + classes + coefficients * (hasGates ? 2 : 1)) + anchor
    }
}
