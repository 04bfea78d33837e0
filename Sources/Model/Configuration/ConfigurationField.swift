/// A field of a configuration's JSON form, as it is told to whoever wrote another one.
struct ConfigurationField {
    /// Its place, with dots.
    var path: String
    /// What has to be there, in words behind "must be".
    var form: String
    /// One that is right, in JSON.
    var example: String

    private init(_ path: String, _ form: String, _ example: String) {
        self.path = path
        self.form = form
        self.example = example
    }

    /// For a message: what has to be there.
    var requirement: String { "\(form), such as \(example)" }

    private static let flag = "true or false"
    private static let count = "a whole number"
    private static let backbone = #"{"kind": "resNet", "blocks": [3, 4, 6, 3]}"#

    /// All fields, outer ones before those inside of them.
    static let all = [
        Self("name", "a text", "\"bottles\""),
        Self("inputSize", "a whole number of pixels", "550"),
        Self("backbone", "an object", backbone),
        Self("backbone.kind", #""resNet", "darkNet" or "mobileNetV2""#, "\"resNet\""),
        Self("backbone.blocks", "a list of whole numbers, one for each stage", "[3, 4, 6, 3]"),
        Self("backbone.width", count, "64"),
        Self(
            "backbone.deformableBlocks",
            "a list of lists of whole numbers, one list for each of the four stages",
            "[[], [0, 1, 2, 3], [0, 3], [0]]"),
        Self("backbone.channels", "a list of 7 whole numbers", "[32, 16, 24, 32, 64, 96, 160]"),
        Self("backbone.expansion", count, "6"),
        Self("featureChannels", count, "256"),
        Self("prototypes", "an object", #"{"channels": 256, "count": 32}"#),
        Self("prototypes.channels", count, "256"),
        Self(
            "prototypes.layers",
            "a list of convolutions [channels, kernel] and interpolations [null, -factor]",
            "[[256, 3], [256, 3], [256, 3], [null, -2], [256, 3]]"),
        Self("prototypes.count", count, "32"),
        Self("prototypes.hasConstant", flag, "false"),
        Self("prototypes.feedHead", flag, "false"),
        Self("prototypes.areSplit", flag, "false"),
        Self("head", "an object", #"{"hiddenChannels": [256]}"#),
        Self("head.hiddenChannels", "a list of whole numbers", "[256]"),
        Self("head.hasPredictionModule", flag, "false"),
        Self("head.extraLayers", "an object", #"{"boxes": 0, "classes": 1, "coefficients": 0}"#),
        Self("head.extraLayers.boxes", count, "1"),
        Self("head.extraLayers.classes", count, "1"),
        Self("head.extraLayers.coefficients", count, "1"),
        Self("head.kernel", "1 or 3", "3"),
        Self("head.isShared", flag, "true"),
        Self("head.gatesCoefficients", flag, "false"),
        Self("head.scoresMasks", flag, "false"),
        Self("scoring", #""softmax", "sigmoid", "objectness" or "gatedSoftmax""#, "\"softmax\""),
        Self(
            "anchors", "an object",
            #"{"scales": [[24], [48], [96], [192], [384]], "aspectRatios": [1, 0.5, 2], "#
                + #""areSquare": true}"#),
        Self(
            "anchors.scales",
            "a list of lists of numbers, one list for each of the five levels",
            "[[24], [48], [96], [192], [384]]"),
        Self(
            "anchors.aspectRatios",
            "a list of numbers for all levels, or a list of lists, one for each of the five levels",
            "[1, 0.5, 2] or [[1, 0.5, 2], [1, 0.5, 2], [1, 0.5, 2], [1, 0.7, 3], [1, 0.7, 3]]"),
        Self("anchors.areSquare", flag, "true"),
        Self("classNames", "a list of texts", #"["bottle", "can"]"#),
        Self("rescoresMasks", flag, "false"),
    ]

    /// The field at a path, or the nearest around it.
    static func at(_ path: [String]) -> ConfigurationField? {
        for length in stride(from: path.count, to: 0, by: -1) {
            let name = path.prefix(length).joined(separator: ".")
            if let field = all.first(where: { $0.path == name }) { return field }
        }
        return nil
    }

    /// Paths in an object that no field has, sorted.
    static func unknown(in object: [String: Any], under path: String = "") -> [String] {
        object.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
            let name = path + key
            guard all.contains(where: { $0.path == name }) else { return [name] }
            guard let inner = value as? [String: Any] else { return [] }
            return unknown(in: inner, under: name + ".")
        }
    }
}
