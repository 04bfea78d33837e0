/// How a network computes in numbers of one byte: which convolutions, and the step of each value.
///
/// Weights are symmetric and have a step for each output channel. Values between layers have one step each:
/// 0...255 behind a ReLU, else -127...127, zero always being zero. Names are those of the layers that put
/// the values out (`backbone.layers.0.0.conv1`), and of the inputs of the network's halves (`image`, `c3`).
public struct Quantisation: Sendable, Hashable, Codable {
    /// The version of the scheme that this library writes, and the latest that it reads.
    public static let currentVersion = 1

    /// A value between layers.
    public struct Value: Sendable, Hashable, Codable {
        /// What a stored 1 stands for.
        public var scale: Float
        /// Whether it is stored as -128...127 instead of 0...255.
        public var isSigned: Bool

        /// Creates a description of a value.
        public init(scale: Float, isSigned: Bool) {
            self.scale = scale
            self.isSigned = isSigned
        }

        /// The numbers that ranges are laid over: 252, as some Winograd kernels overflow above, and 127.
        static func largestNumber(isSigned: Bool) -> Float {
            isSigned ? 127 : OneDNNFusion.winogradLimit
        }
    }

    /// How a convolution computes.
    public enum Algorithm: String, Sendable, Hashable, Codable {
        /// Every product by itself.
        case direct
        /// Winograd's F(2, 3) where the shape allows: fewer products, of numbers that are rounded once more.
        case winograd
    }

    /// A convolution that stays in floating point, and what its quantisation would do.
    public struct Kept: Sendable, Hashable, Codable {
        /// The layer.
        public var layer: String
        /// The change of the network's outputs, root mean square relative to theirs; nil if the layer
        /// was not tried.
        public var damage: Double?

        /// Creates an entry.
        public init(layer: String, damage: Double? = nil) {
            self.layer = layer
            self.damage = damage
        }
    }

    /// What the steps come from.
    public struct Calibration: Sendable, Hashable, Codable {
        /// Name of the video, without its directory.
        public var video: String
        /// SHA-256 of the pixels that were looked at, in hexadecimal.
        public var contentHash: String
        /// Frames that were looked at.
        public var frames: Int
        /// How ranges were chosen, as ``ClippingCriterion`` reads.
        public var criterion: String
        /// Damage above which a layer was kept.
        public var threshold: Double

        /// Creates a description.
        public init(
            video: String, contentHash: String, frames: Int, criterion: String, threshold: Double
        ) {
            self.video = video
            self.contentHash = contentHash
            self.frames = frames
            self.criterion = criterion
            self.threshold = threshold
        }
    }

    /// The version of the scheme.
    public var version = Quantisation.currentVersion
    /// What the steps come from.
    public var calibration: Calibration
    /// Values between layers, by name.
    public var values: [String: Value]
    /// Convolutions in one byte, by name; all others stay in floating point.
    public var convolutions: [String: Algorithm]
    /// Convolutions that could be, and stay in floating point.
    public var kept: [Kept] = []

    /// Creates a quantisation.
    public init(
        calibration: Calibration, values: [String: Value], convolutions: [String: Algorithm],
        kept: [Kept] = []
    ) {
        self.calibration = calibration
        self.values = values
        self.convolutions = convolutions
        self.kept = kept
    }
}
