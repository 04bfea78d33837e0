/// The convolutional feature extractor in front of the feature pyramid.
public enum Backbone: Sendable, Hashable {
    /// A bottleneck ResNet (arXiv 1512.03385), the stride on the 3x3 convolution.
    case resNet(ResNet)
    /// DarkNet-53 (YOLOv3) with the given number of residual blocks per stage.
    case darkNet(blocks: [Int])
    /// MobileNetV2 (arXiv 1801.04381) as YolactEdge takes it.
    case mobileNetV2(MobileNetV2)

    /// The shape of a bottleneck ResNet.
    public struct ResNet: Codable, Sendable, Hashable {
        /// Bottleneck blocks of the four stages: 3, 4, 6, 3 for ResNet-50.
        public var blocks: [Int]
        /// Channels after the first convolution, and the inner width of the first stage; each later
        /// stage doubles it, and a stage puts out four times its inner width. 64 in the standard family.
        public var width: Int
        /// For each stage the blocks whose 3x3 convolution is a modulated deformable one (YOLACT++).
        public var deformableBlocks: [[Int]]

        /// Creates the description of a ResNet.
        public init(blocks: [Int], width: Int = 64, deformableBlocks: [[Int]] = [[], [], [], []]) {
            self.blocks = blocks
            self.width = width
            self.deformableBlocks = deformableBlocks
        }
    }

    /// The shape of a MobileNetV2, of which the stages up to stride 32 are used.
    public struct MobileNetV2: Codable, Sendable, Hashable {
        /// Inverted residual blocks of the six stages.
        public var blocks: [Int]
        /// Channels of the first convolution, then of the six stages.
        public var channels: [Int]
        /// How many times wider than their input the blocks are inside, but for those of the first stage.
        public var expansion: Int

        /// Creates a description; the defaults are those of the paper.
        public init(
            blocks: [Int] = [1, 2, 3, 4, 3, 3], channels: [Int] = [32, 16, 24, 32, 64, 96, 160],
            expansion: Int = 6
        ) {
            self.blocks = blocks
            self.channels = channels
            self.expansion = expansion
        }
    }

    /// ResNet-50.
    public static let resNet50 = Backbone.resNet(ResNet(blocks: [3, 4, 6, 3]))
    /// ResNet-101.
    public static let resNet101 = Backbone.resNet(ResNet(blocks: [3, 4, 23, 3]))
    /// DarkNet-53.
    public static let darkNet53 = Backbone.darkNet(blocks: [1, 2, 8, 8, 4])

    /// Channels of the three feature maps C3, C4 and C5 that feed the pyramid.
    public var outputChannels: [Int] {
        switch self {
        case .resNet(let shape): [8, 16, 32].map { $0 * shape.width }
        case .darkNet: [256, 512, 1024]
        case .mobileNetV2(let shape): MobileNetV2.outputStages.map { shape.channels[$0] }
        }
    }
}

extension Backbone: CustomStringConvertible {
    /// For people: the usual name where there is one.
    public var description: String {
        switch self {
        case .resNet(let shape):
            let deformable = shape.deformableBlocks.reduce(0) { $0 + $1.count }
            // Three convolutions a block, the first one and the classifier that is cut off here.
            return "ResNet-\(3 * shape.blocks.reduce(0, +) + 2)"
                + (shape.width == 64 ? "" : " of width \(shape.width)")
                + (deformable == 0 ? "" : ", \(deformable) deformable blocks")
        case .darkNet(let blocks):
            return "DarkNet-\(2 * blocks.reduce(0, +) + blocks.count + 2)"
        case .mobileNetV2(let shape):
            return "MobileNetV2"
                + (shape == MobileNetV2()
                    ? "" : " of channels \(shape.channels) and blocks \(shape.blocks)")
        }
    }
}

extension Backbone: Codable {
    private enum Kind: String, Codable { case resNet, darkNet, mobileNetV2 }
    private enum CodingKeys: String, CodingKey {
        case kind, blocks, width, deformableBlocks, channels, expansion
    }

    /// Reads `{"kind": "resNet", "blocks": [3, 4, 6, 3], "width": 64}`; width and deformableBlocks may
    /// be left out. `darkNet` has blocks only; `mobileNetV2` may have blocks, channels and expansion.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(Kind.self, forKey: .kind)
        if kind == .mobileNetV2 {
            var shape = MobileNetV2()
            shape.blocks =
                try container.decodeIfPresent([Int].self, forKey: .blocks) ?? shape.blocks
            shape.channels =
                try container.decodeIfPresent([Int].self, forKey: .channels) ?? shape.channels
            shape.expansion =
                try container.decodeIfPresent(Int.self, forKey: .expansion) ?? shape.expansion
            self = .mobileNetV2(shape)
            return
        }
        let blocks = try container.decode([Int].self, forKey: .blocks)
        switch kind {
        case .resNet:
            self = .resNet(
                ResNet(
                    blocks: blocks,
                    width: try container.decodeIfPresent(Int.self, forKey: .width) ?? 64,
                    deformableBlocks: try container.decodeIfPresent(
                        [[Int]].self, forKey: .deformableBlocks) ?? [[], [], [], []]))
        case .darkNet, .mobileNetV2:
            self = .darkNet(blocks: blocks)
        }
    }

    /// Writes the form that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .resNet(let shape):
            try container.encode(Kind.resNet, forKey: .kind)
            try container.encode(shape.blocks, forKey: .blocks)
            try container.encode(shape.width, forKey: .width)
            try container.encode(shape.deformableBlocks, forKey: .deformableBlocks)
        case .darkNet(let blocks):
            try container.encode(Kind.darkNet, forKey: .kind)
            try container.encode(blocks, forKey: .blocks)
        case .mobileNetV2(let shape):
            try container.encode(Kind.mobileNetV2, forKey: .kind)
            try container.encode(shape.blocks, forKey: .blocks)
            try container.encode(shape.channels, forKey: .channels)
            try container.encode(shape.expansion, forKey: .expansion)
        }
    }
}
