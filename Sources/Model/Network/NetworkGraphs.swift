/// The parts of a network, as the stages of the pipeline run them.
struct NetworkGraphs {
    /// Image tensor [3, S, S] to C3, C4, C5.
    var backbone = NetworkGraph()
    /// C3, C4, C5 to the joined head outputs of P3 to P7 and the prototypes.
    var heads = NetworkGraph()
    /// A soft mask [1, h, w] at prototype size to scores [classes, ...] for mask re-scoring (YOLACT++).
    var maskScoring: NetworkGraph?
    /// Shapes of the parameters that they read, by name.
    let parameterShapes: [String: [Int]]

    /// Builds both, without reading a single weight.
    ///
    /// - Parameter exposesPyramid: Adds P3 to P7 to the outputs of ``heads``, for verification.
    init(
        _ configuration: YolactConfiguration, _ source: any ParameterSource,
        exposesPyramid: Bool = false
    ) throws {
        let reader = ParameterReader(source)
        let size = configuration.inputSize
        let image = backbone.input(
            "image", shape: .init(channels: 3, height: size, width: size), layout: .channelsFirst)
        let features =
            switch configuration.backbone {
            case .resNet(let shape):
                shape.append(to: &backbone, input: image, reader: reader.scope("backbone"))
            case .darkNet(let blocks):
                DarkNet.append(
                    blocks: blocks, to: &backbone, input: image, reader: reader.scope("backbone"))
            case .mobileNetV2(let shape):
                shape.append(to: &backbone, input: image, reader: reader.scope("backbone"))
            }
        var inputs: [NetworkGraph.Value] = []
        for (index, feature) in features.enumerated() {
            backbone.output("c\(index + 3)", feature, layout: .native)
            inputs.append(
                heads.input("c\(index + 3)", shape: backbone.shape(of: feature), layout: .native))
        }
        let levels = FeaturePyramid.append(
            to: &heads, features: inputs, channels: configuration.featureChannels,
            reader: reader.scope("fpn"))
        let prototypes = Protonet.append(
            to: &heads, feature: levels[0], prototypes: configuration.prototypes,
            reader: reader.scope("proto_net"))
        let outputs = PredictionHead.append(
            to: &heads,
            levels: configuration.prototypes.feedHead
                ? Self.joined(levels, with: prototypes, &heads) : levels,
            configuration: configuration, reader: reader.scope("prediction_layers"))
        for (index, output) in outputs.enumerated() {
            heads.output("head\(index + 3)", output, layout: .channelsLast)
        }
        heads.output("prototypes", prototypes, layout: .channelsLast)
        if exposesPyramid {
            for (index, level) in levels.enumerated() {
                heads.output("p\(index + 3)", level, layout: .channelsFirst)
            }
        }
        if configuration.rescoresMasks {
            maskScoring = Self.maskScoring(configuration, reader)
        }
        try reader.finish(configuration)
        parameterShapes = reader.requested
    }

    /// The prototypes beside the features of each level, reduced from level to level.
    private static func joined(
        _ levels: [NetworkGraph.Value], with prototypes: NetworkGraph.Value,
        _ graph: inout NetworkGraph
    ) -> [NetworkGraph.Value] {
        var reduced = prototypes
        return levels.enumerated().map { index, level in
            let shape = graph.shape(of: level)
            reduced = graph.resize(
                "prototypes (P\(index + 3))", reduced, height: shape.height, width: shape.width)
            return graph.concatenation("P\(index + 3) and prototypes", [level, reduced])
        }
    }

    private static func maskScoring(
        _ configuration: YolactConfiguration, _ reader: ParameterReader
    ) -> NetworkGraph {
        var graph = NetworkGraph()
        let side = configuration.prototypeSize
        let mask = graph.input(
            "mask", shape: .init(channels: 1, height: side, width: side), layout: .channelsFirst)
        let scores = MaskScoringHead.append(
            to: &graph, mask: mask, classes: configuration.classNames.count,
            reader: reader.scope("maskiou_net").scope("maskiou_net"))
        graph.output("scores", scores, layout: .channelsLast)
        return graph
    }
}
