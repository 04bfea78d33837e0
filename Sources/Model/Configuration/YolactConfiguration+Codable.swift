// The JSON form. What the official models have in common may be left out, and is when it is written.

extension YolactConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, inputSize, backbone, featureChannels, prototypes, head, scoring, anchors
        case classNames, rescoresMasks
    }

    /// Reads the JSON form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            inputSize: try container.decode(Int.self, forKey: .inputSize),
            backbone: try container.decode(Backbone.self, forKey: .backbone),
            featureChannels: try container.decode(Int.self, forKey: .featureChannels),
            prototypes: try container.decode(Prototypes.self, forKey: .prototypes),
            head: try container.decodeIfPresent(Head.self, forKey: .head) ?? Head(),
            scoring: try container.decodeIfPresent(ClassScoring.self, forKey: .scoring) ?? .softmax,
            anchors: try container.decode(Anchors.self, forKey: .anchors),
            classNames: try container.decode([String].self, forKey: .classNames),
            rescoresMasks: try container.decode(Bool.self, forKey: .rescoresMasks))
    }

    /// Writes the JSON form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(inputSize, forKey: .inputSize)
        try container.encode(backbone, forKey: .backbone)
        try container.encode(featureChannels, forKey: .featureChannels)
        try container.encode(prototypes, forKey: .prototypes)
        if head != Head() { try container.encode(head, forKey: .head) }
        if scoring != .softmax { try container.encode(scoring, forKey: .scoring) }
        try container.encode(anchors, forKey: .anchors)
        try container.encode(classNames, forKey: .classNames)
        try container.encode(rescoresMasks, forKey: .rescoresMasks)
    }
}

extension YolactConfiguration.Head: Codable {
    private enum CodingKeys: String, CodingKey {
        case hiddenChannels, hasPredictionModule, extraLayers, kernel, isShared
        case gatesCoefficients, scoresMasks
    }

    /// Reads the JSON form, in which every field may be left out.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func flag(_ key: CodingKeys, otherwise value: Bool = false) throws -> Bool {
            try container.decodeIfPresent(Bool.self, forKey: key) ?? value
        }
        self.init(
            hiddenChannels: try container.decodeIfPresent([Int].self, forKey: .hiddenChannels),
            hasPredictionModule: try flag(.hasPredictionModule),
            extraLayers: try container.decodeIfPresent(ExtraLayers.self, forKey: .extraLayers)
                ?? ExtraLayers(),
            kernel: try container.decodeIfPresent(Int.self, forKey: .kernel) ?? 3,
            isShared: try flag(.isShared, otherwise: true),
            gatesCoefficients: try flag(.gatesCoefficients), scoresMasks: try flag(.scoresMasks))
    }

    /// Writes the JSON form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(hiddenChannels, forKey: .hiddenChannels)
        try container.encode(hasPredictionModule, forKey: .hasPredictionModule)
        try container.encode(extraLayers, forKey: .extraLayers)
        try container.encode(kernel, forKey: .kernel)
        try container.encode(isShared, forKey: .isShared)
        try container.encode(gatesCoefficients, forKey: .gatesCoefficients)
        try container.encode(scoresMasks, forKey: .scoresMasks)
    }
}
