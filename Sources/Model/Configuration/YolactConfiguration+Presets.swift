extension YolactConfiguration {
    /// ResNet-101, 550 pixels: the paper's base model.
    public static let base = coco("yolact_base", .resNet101)
    /// ResNet-50, 550 pixels.
    public static let resNet50 = coco("yolact_resnet50", .resNet50)
    /// DarkNet-53, 550 pixels.
    public static let darkNet53 = coco("yolact_darknet53", .darkNet53)
    /// ResNet-101, 400 pixels.
    public static let im400 = coco("yolact_im400", .resNet101, size: 400)
    /// ResNet-101, 700 pixels.
    public static let im700 = coco("yolact_im700", .resNet101, size: 700)
    /// ResNet-50, 550 pixels, trained on Pascal VOC.
    public static let resNet50Pascal = YolactConfiguration(
        name: "yolact_resnet50_pascal", inputSize: 550, backbone: .resNet50,
        anchors: Anchors(scales: [[32], [64], [128], [256], [512]], areSquare: false),
        classNames: ClassNames.pascal)
    /// YOLACT++ with ResNet-50.
    public static let plusResNet50 = plus(
        "yolact_plus_resnet50", blocks: [3, 4, 6, 3],
        deformable: [[], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5], [0, 1, 2]])
    /// YOLACT++ with ResNet-101.
    public static let plusBase = plus(
        "yolact_plus_base", blocks: [3, 4, 23, 3],
        deformable: [[], [0, 3], Array(stride(from: 0, through: 21, by: 3)), [0]])
    /// MobileNetV2 as YolactEdge trains it (arXiv 2012.12259), 550 pixels.
    public static let edgeMobileNetV2 = coco("yolact_edge_mobilenetv2", .mobileNetV2(.init()))
    /// ResNet-50 as YolactEdge trains it, 550 pixels.
    public static let edgeResNet50 = coco("yolact_edge_resnet50", .resNet50)
    /// ResNet-101 as YolactEdge trains it, 550 pixels.
    public static let edge = coco("yolact_edge", .resNet101)
    /// The built-in demo model, which knows six coloured shapes.
    public static let shapes = YolactConfiguration(
        name: "yolact_shapes", inputSize: 256,
        backbone: .resNet(Backbone.ResNet(blocks: [2, 2, 2, 2], width: 16)),
        featureChannels: 64, prototypes: Prototypes(channels: 64, count: 16),
        anchors: Anchors(scales: [[16], [32], [64], [112], [176]], areSquare: false),
        classNames: ClassNames.shapes)

    /// Every official configuration of YOLACT, those of YolactEdge for single pictures, and the demo
    /// model's.
    public static let presets: [YolactConfiguration] = [
        base, resNet50, darkNet53, im400, im700, resNet50Pascal, plusBase, plusResNet50, edge,
        edgeResNet50, edgeMobileNetV2, shapes,
    ]

    /// The preset of that official name, such as `yolact_resnet50`.
    public static func preset(named name: String) -> YolactConfiguration? {
        presets.first { $0.name == name }
    }

    /// Scales of the official configurations as they are written there: 550 px scales times size / 550,
    /// truncated.
    private static func coco(
        _ name: String, _ backbone: Backbone, size: Int = 550
    ) -> YolactConfiguration {
        YolactConfiguration(
            name: name, inputSize: size, backbone: backbone,
            anchors: Anchors(
                scales: [24, 48, 96, 192, 384].map { [Double($0 * size / 550)] }, areSquare: true),
            classNames: ClassNames.coco)
    }

    private static func plus(
        _ name: String, blocks: [Int], deformable: [[Int]]
    ) -> YolactConfiguration {
        let octave = [0, 1, 2].map { thirds in cubeRootOfTwo(power: thirds) }
        return YolactConfiguration(
            name: name, inputSize: 550,
            backbone: .resNet(Backbone.ResNet(blocks: blocks, deformableBlocks: deformable)),
            anchors: Anchors(
                scales: [24, 48, 96, 192, 384].map { scale in octave.map { scale * $0 } },
                areSquare: false),
            classNames: ClassNames.coco, rescoresMasks: true)
    }

    private static func cubeRootOfTwo(power: Int) -> Double {
        // The doubles of Python's 2 ** (1 / 3) and 2 ** (2 / 3).
        [1, 1.2599210498948732, 1.5874010519681994][power]
    }
}
