extension YolactConfiguration {
    /// The prototype branch, a chain of layers on P3.
    public struct Prototypes: Sendable, Hashable {
        /// What lies in front of the last layer, a 1 x 1 convolution to the prototypes.
        public var layers: [Layer]
        /// Number of prototypes, `k` in the paper (32 in the official models).
        public var count: Int
        /// Whether one more coefficient is added to the mask everywhere, as if there were a prototype of
        /// ones (`mask_proto_bias`).
        public var hasConstant: Bool
        /// Whether the head sees them beside the features (`mask_proto_prototypes_as_features`).
        public var feedHead: Bool
        /// Whether each level has a share of its own of them
        /// (`mask_proto_split_prototypes_by_head`).
        public var areSplit: Bool

        /// A layer, with the ReLU behind it (`mask_proto_net`).
        public enum Layer: Sendable, Hashable {
            /// A convolution that keeps the size; the kernel's side is odd.
            case convolution(channels: Int, kernel: Int)
            /// A bilinear interpolation to so many times the size.
            case interpolation(factor: Int)
        }

        /// Describes the prototype branch of the official models: three convolutions, twice the size, one
        /// more convolution.
        ///
        /// - Parameter channels: Channels of the convolutions.
        public init(
            channels: Int = 256, count: Int = 32, hasConstant: Bool = false, feedHead: Bool = false,
            areSplit: Bool = false
        ) {
            self.init(
                layers: Self.officialLayers(channels: channels), count: count,
                hasConstant: hasConstant, feedHead: feedHead, areSplit: areSplit)
        }

        /// Describes any prototype branch.
        public init(
            layers: [Layer], count: Int, hasConstant: Bool = false, feedHead: Bool = false,
            areSplit: Bool = false
        ) {
            self.layers = layers
            self.count = count
            self.hasConstant = hasConstant
            self.feedHead = feedHead
            self.areSplit = areSplit
        }

        private static func officialLayers(channels: Int) -> [Layer] {
            let convolution = Layer.convolution(channels: channels, kernel: 3)
            return [convolution, convolution, convolution, .interpolation(factor: 2), convolution]
        }

        /// Channels of all convolutions, if the layers are those of the official models; else nil.
        public var officialChannels: Int? {
            guard case .convolution(let channels, _)? = layers.first,
                layers == Self.officialLayers(channels: channels)
            else { return nil }
            return channels
        }

        /// The largest ``scale``.
        static let maximumScale = 16

        /// How many times larger than P3 the prototypes are; one more than ``maximumScale`` stands for all
        /// above.
        public var scale: Int {
            layers.reduce(1) { scale, layer in
                guard case .interpolation(let factor) = layer else { return scale }
                let limit = Self.maximumScale + 1
                return min(scale * max(1, min(factor, limit)), limit)
            }
        }
    }
}

extension YolactConfiguration.Prototypes {
    var problems: [String] {
        var problems: [String] = []
        if layers.count > 32 {
            problems.append("prototypes.layers has \(layers.count) layers, more than 32")
        }
        for layer in layers {
            switch layer {
            case .convolution(let channels, let kernel):
                if !(1...2048).contains(channels) || ![1, 3, 5, 7].contains(kernel) {
                    problems.append(
                        "prototypes.layers has a convolution [\(channels), \(kernel)], not of 1...2048 "
                            + "channels and a kernel of 1, 3, 5 or 7")
                }
            case .interpolation(let factor):
                if !(2...8).contains(factor) {
                    problems.append(
                        "prototypes.layers has an interpolation by \(factor), not by 2...8")
                }
            }
        }
        if scale > Self.maximumScale {
            problems.append(
                "prototypes.layers makes the prototypes more than \(Self.maximumScale) times larger"
            )
        }
        if !(1...1024).contains(count) {
            problems.append("prototypes.count is \(count), not in 1...1024")
        }
        return problems
    }
}

extension YolactConfiguration.Prototypes.Layer: CustomStringConvertible {
    /// As in ``YolactConfiguration/Prototypes/layers`` in JSON.
    public var description: String {
        switch self {
        case .convolution(let channels, let kernel): "[\(channels), \(kernel)]"
        case .interpolation(let factor): "[null, \(-factor)]"
        }
    }
}

extension YolactConfiguration.Prototypes.Layer: Codable {
    /// Reads the official code's form without its options: `[256, 3]` for a convolution of 256 channels and
    /// 3 x 3, `[null, -2]` for an interpolation to twice the size.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        let channels = try container.decodeIfPresent(Int.self)
        let size = try container.decode(Int.self)
        switch channels {
        case let channels? where size > 0 && container.isAtEnd:
            self = .convolution(channels: channels, kernel: size)
        case nil where size < 0 && size > .min && container.isAtEnd:
            self = .interpolation(factor: -size)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no layer"))
        }
    }

    /// Writes the form that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        switch self {
        case .convolution(let channels, let kernel):
            try container.encode(channels)
            try container.encode(kernel)
        case .interpolation(let factor):
            try container.encodeNil()
            try container.encode(-factor)
        }
    }
}

extension YolactConfiguration.Prototypes: Codable {
    private enum CodingKeys: String, CodingKey {
        case channels, layers, count, hasConstant, feedHead, areSplit
    }

    /// Reads the JSON form: `channels` for the layers of the official models, or `layers`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func flag(_ key: CodingKeys) throws -> Bool {
            try container.decodeIfPresent(Bool.self, forKey: key) ?? false
        }
        let layers =
            if container.contains(.layers) {
                try container.decode([Layer].self, forKey: .layers)
            } else {
                Self.officialLayers(channels: try container.decode(Int.self, forKey: .channels))
            }
        self.init(
            layers: layers, count: try container.decode(Int.self, forKey: .count),
            hasConstant: try flag(.hasConstant), feedHead: try flag(.feedHead),
            areSplit: try flag(.areSplit))
    }

    /// Writes the JSON form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if let officialChannels {
            try container.encode(officialChannels, forKey: .channels)
        } else {
            try container.encode(layers, forKey: .layers)
        }
        try container.encode(count, forKey: .count)
        if hasConstant { try container.encode(true, forKey: .hasConstant) }
        if feedHead { try container.encode(true, forKey: .feedHead) }
        if areSplit { try container.encode(true, forKey: .areSplit) }
    }
}
