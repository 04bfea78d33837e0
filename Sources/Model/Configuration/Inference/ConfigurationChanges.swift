import Foundation

/// What a caller knows about a network that its weights do not tell; everything may be left out.
public struct ConfigurationChanges: Codable, Sendable, Hashable {
    /// What to call the configuration.
    public var name: String?
    /// Side of the network's input in pixels. Where no anchor scales are given they follow it.
    public var inputSize: Int?
    /// The anchors.
    public var anchors: Anchors?
    /// Names of the classes without background, in training order.
    public var classNames: [String]?
    /// How scores are made.
    public var scoring: YolactConfiguration.ClassScoring?

    /// What is known of the anchors; see ``YolactConfiguration/Anchors``.
    public struct Anchors: Codable, Sendable, Hashable {
        /// Scales in input pixels, one list per level.
        public var scales: [[Double]]?
        /// Width over height, of each level.
        public var aspectRatios: YolactConfiguration.Anchors.AspectRatios?
        /// Whether the height equals the width whatever the ratio.
        public var areSquare: Bool?

        /// Creates a description.
        public init(
            scales: [[Double]]? = nil,
            aspectRatios: YolactConfiguration.Anchors.AspectRatios? = nil, areSquare: Bool? = nil
        ) {
            self.scales = scales
            self.aspectRatios = aspectRatios
            self.areSquare = areSquare
        }
    }

    /// Creates changes.
    public init(
        name: String? = nil, inputSize: Int? = nil, anchors: Anchors? = nil,
        classNames: [String]? = nil, scoring: YolactConfiguration.ClassScoring? = nil
    ) {
        self.name = name
        self.inputSize = inputSize
        self.anchors = anchors
        self.classNames = classNames
        self.scoring = scoring
    }

    /// These changes, and those of `other` where they say something.
    public func merged(with other: ConfigurationChanges) -> ConfigurationChanges {
        ConfigurationChanges(
            name: other.name ?? name, inputSize: other.inputSize ?? inputSize,
            anchors: other.anchors ?? anchors, classNames: other.classNames ?? classNames,
            scoring: other.scoring ?? scoring)
    }
}

extension ConfigurationChanges {
    /// Checks that as many classes are named as the weights have.
    func check(classes: Int, source: String) throws(ConfigurationError) {
        guard let names = classNames, names.count != classes else { return }
        throw ConfigurationError(
            source: source,
            problems: [
                "\(names.count) class names were given, but the weights have \(classes) classes"
            ])
    }

    /// Checks that anchors, these changes applied, are as many a position as the weights have.
    func check(
        _ result: YolactConfiguration.Anchors, anchors: Int, source: String
    ) throws(ConfigurationError) {
        guard result.countPerPosition != anchors else { return }
        throw ConfigurationError(
            source: source,
            problems: [
                "the weights have \(anchors) anchors a position, and "
                    + (self.anchors == nil
                        ? "which they are is unknown; " : "those given are others; ")
                    + "give \"anchors\" with fitting scales and aspectRatios in --config"
            ])
    }
}

extension YolactConfiguration {
    /// This configuration with changes. A change of the input size scales the anchors along.
    ///
    /// - Throws: ``ConfigurationError`` if the result is not sound.
    public func applying(
        _ changes: ConfigurationChanges
    ) throws(ConfigurationError) -> YolactConfiguration {
        var result = self
        if let size = changes.inputSize {
            result.anchors = anchors.scaled(from: inputSize, to: size)
            result.inputSize = size
        }
        if let name = changes.name { result.name = name }
        if let scales = changes.anchors?.scales { result.anchors.scales = scales }
        if let ratios = changes.anchors?.aspectRatios { result.anchors.aspectRatios = ratios }
        if let areSquare = changes.anchors?.areSquare { result.anchors.areSquare = areSquare }
        if let names = changes.classNames { result.classNames = names }
        if let scoring = changes.scoring { result.scoring = scoring }
        return try result.validated()
    }
}

extension YolactConfiguration.Anchors {
    /// The anchors of a network for pictures of another size, as the paper has them for 400 and 700 pixels:
    /// the scales at 550 pixels times size / 550, truncated.
    ///
    /// Scales that are those of an official model at `former` are taken back to 550 pixels exactly.
    func scaled(from former: Int, to size: Int) -> YolactConfiguration.Anchors {
        guard size != former else { return self }
        let official = [
            YolactConfiguration.base, .resNet50Pascal, .plusBase, .shapes,
        ].first { Self.scales($0.anchors.scales, from: $0.inputSize, to: former) == scales }
        var result = self
        result.scales = Self.scales(
            official?.anchors.scales ?? scales, from: official?.inputSize ?? former, to: size)
        return result
    }

    private static func scales(_ scales: [[Double]], from former: Int, to size: Int) -> [[Double]] {
        if former == size { return scales }
        return scales.map { level in
            level.map { max(1, ($0 / Double(former) * Double(size)).rounded(.down)) }
        }
    }
}
