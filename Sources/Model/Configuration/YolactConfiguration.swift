/// Everything that determines what a YOLACT network computes, apart from its weights.
///
/// A configuration is a value: it is passed to whatever needs it and read from no global. The presets
/// are those of the official implementation (github.com/dbolya/yolact) and of the built-in demo model.
/// It is stored as JSON in the metadata of this project's safetensors files.
public struct YolactConfiguration: Sendable, Hashable {
    /// The official name, such as `yolact_resnet50`, or any name for a configuration of one's own.
    public var name: String
    /// Side of the square network input in pixels; the picture is stretched to it.
    public var inputSize: Int
    /// The feature extractor.
    public var backbone: Backbone
    /// Channels of every level of the feature pyramid (256 in the official models).
    public var featureChannels: Int
    /// The prototype branch (section 3.1 of arXiv 1904.02689).
    public var prototypes: Prototypes
    /// The prediction head.
    public var head: Head
    /// How class scores are made of what the head puts out.
    public var scoring: ClassScoring
    /// The anchors, also called priors.
    public var anchors: Anchors
    /// Names of the foreground classes in training order. Background, class 0 of the network, is not
    /// among them: name `i` belongs to network output `i + 1`.
    public var classNames: [String]
    /// Whether the scores are corrected by the mask IoU branch of YOLACT++ (arXiv 1912.06218).
    public var rescoresMasks: Bool

    /// The anchors of the five pyramid levels P3 to P7.
    public struct Anchors: Codable, Sendable, Hashable {
        /// Scales in input pixels, one list per level, P3 first. Outer loop of the anchor order.
        public var scales: [[Double]]
        /// Aspect ratios (width over height) of each level. Inner loop of the anchor order.
        public var aspectRatios: AspectRatios
        /// Whether the height equals the width whatever the ratio: a quirk of the official YOLACT
        /// code that its released COCO weights were trained with.
        public var areSquare: Bool

        /// Creates a description of the anchors.
        public init(
            scales: [[Double]], aspectRatios: AspectRatios = [1, 0.5, 2], areSquare: Bool
        ) {
            self.scales = scales
            self.aspectRatios = aspectRatios
            self.areSquare = areSquare
        }

        /// Anchors at each position of a level; the same for all levels, as the head is shared.
        public var countPerPosition: Int {
            (scales.first?.count ?? 0) * (aspectRatios.levels.first?.count ?? 0)
        }
    }

    /// Creates a configuration. Use ``validated()`` on values that come from outside the program.
    public init(
        name: String, inputSize: Int, backbone: Backbone, featureChannels: Int = 256,
        prototypes: Prototypes = Prototypes(), head: Head = Head(),
        scoring: ClassScoring = .softmax, anchors: Anchors, classNames: [String],
        rescoresMasks: Bool = false
    ) {
        self.name = name
        self.inputSize = inputSize
        self.backbone = backbone
        self.featureChannels = featureChannels
        self.prototypes = prototypes
        self.head = head
        self.scoring = scoring
        self.anchors = anchors
        self.classNames = classNames
        self.rescoresMasks = rescoresMasks
    }

    /// Outputs of the classifier: the foreground classes and background.
    public var classCount: Int { classNames.count + 1 }

    /// Sides of the square feature maps P3 to P7 for ``inputSize``: 69, 35, 18, 9, 5 at 550 pixels.
    public var pyramidSizes: [Int] {
        // Not (n + 1) / 2: an unchecked size may be any number.
        func halved(_ n: Int) -> Int { n / 2 + n % 2 }
        let c2 = halved(halved(inputSize))
        var sizes = [halved(c2)]
        while sizes.count < 5 { sizes.append(halved(sizes[sizes.count - 1])) }
        return sizes
    }

    /// Side of the square prototype masks: 138 at 550 pixels.
    public var prototypeSize: Int {
        // An unchecked size may be any number.
        let (size, overflow) = pyramidSizes[0].multipliedReportingOverflow(by: prototypes.scale)
        return overflow ? .max : size
    }

    /// Channels of the feature that the head's outputs are made of, behind ``Head/hiddenChannels``.
    var headChannels: Int {
        guard let hidden = head.hiddenChannels else { return featureChannels }
        return hidden.last ?? featureChannels &+ (prototypes.feedHead ? prototypes.count : 0)
    }

    /// Mask coefficients of each anchor: those of its share of the prototypes, and the constant's.
    var coefficientCount: Int {
        prototypes.count / (prototypes.areSplit ? pyramidSizes.count : 1)
            + (prototypes.hasConstant ? 1 : 0)
    }

    /// Number of anchors over all levels: 19,248 for the official models at 550 pixels.
    public var anchorCount: Int {
        pyramidSizes.reduce(0) { $0 + $1 * $1 } * anchors.countPerPosition
    }
}
