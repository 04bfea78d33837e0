import Foundation

/// What names and shapes do not tell, from whoever knows: the caller, the basis, or what is usual.
struct Guess {
    /// Classes without background.
    let classes: Int
    /// Anchors at each position.
    let anchors: Int
    let basis: YolactConfiguration?
    let changes: ConfigurationChanges
    /// What neither the weights nor the caller told.
    var assumptions: [InferredConfiguration.Assumption] {
        guard let basis, !taken.isEmpty else { return others }
        let what = Self.list(taken.map(\.what), "and") + " of \(basis.name), as the name says"
        return [.init(what: what, remedy: Self.list(taken.map(\.remedy), "or"))] + others
    }

    private static func list(_ items: [String], _ word: String) -> String {
        items.count < 2
            ? items.joined()
            : items.dropLast().joined(separator: ", ") + " \(word) \(items[items.count - 1])"
    }

    /// Parts of the basis.
    private var taken: [InferredConfiguration.Assumption] = []
    private var others: [InferredConfiguration.Assumption] = []

    /// Side of the input in pixels of most official models.
    static let usualSize = 550

    init(
        classes: Int, anchors: Int, _ basis: YolactConfiguration?, _ changes: ConfigurationChanges
    ) {
        self.classes = classes
        self.anchors = anchors
        self.basis = basis
        self.changes = changes
    }

    private mutating func assume(_ what: String, _ remedy: String) {
        others.append(.init(what: what, remedy: remedy))
    }

    private mutating func take(_ what: String, _ remedy: String) {
        taken.append(.init(what: what, remedy: remedy))
    }

    private static let anchorsRemedy = "\"anchors\" in --config"
    private static let classNamesRemedy = "--class-names FILE"

    mutating func inputSize() -> Int {
        if let size = changes.inputSize { return size }
        let size = basis?.inputSize ?? Self.usualSize
        let (what, remedy) = ("input of \(size) x \(size) pixels", "--size N")
        if basis == nil { assume(what, remedy) } else { take(what, remedy) }
        return size
    }

    /// Interpolations to twice the size are those of the official models, and known in their layers.
    mutating func prototypes(
        _ found: YolactConfiguration.Prototypes
    ) -> YolactConfiguration.Prototypes {
        let gaps = found.layers.count { $0 == .interpolation(factor: 2) }
        if found.officialChannels == nil, gaps > 0 {
            assume(
                "twice the size at each of \(gaps) interpolations of the prototypes",
                "\"prototypes\" in a whole configuration for --config")
        }
        return found
    }

    mutating func scoring(hasMaskScore: Bool) -> YolactConfiguration.ClassScoring {
        if let scoring = changes.scoring { return scoring }
        // The official code uses the score of the mask with this one only.
        guard hasMaskScore else { return .softmax }
        assume("scores by sigmoid, as there is a mask score", "\"scoring\" in --config")
        return .sigmoid
    }

    mutating func classNames(source: String) throws(ConfigurationError) -> [String] {
        if let names = changes.classNames {
            try changes.check(classes: classes, source: source)
            return names
        }
        let remedy = Self.classNamesRemedy
        if let names = basis?.classNames, names.count == classes {
            take("class names", remedy)
            return names
        }
        switch classes {
        case ClassNames.coco.count:
            assume("the classes of COCO", remedy)
            return ClassNames.coco
        case ClassNames.pascal.count:
            assume("the classes of Pascal VOC", remedy)
            return ClassNames.pascal
        default:
            assume("classes called class 1 to class \(classes)", remedy)
            return (1...max(1, classes)).map { "class \($0)" }
        }
    }

    mutating func anchors(source: String) throws(ConfigurationError) -> YolactConfiguration.Anchors
    {
        let given = changes.anchors
        var result: YolactConfiguration.Anchors
        if let known = basis?.anchors, known.countPerPosition == anchors {
            result = known
            // The basis is of its own size.
            if let basis, let size = changes.inputSize, given?.scales == nil {
                result = known.scaled(from: basis.inputSize, to: size)
            }
            if given?.scales == nil || given?.aspectRatios == nil || given?.areSquare == nil {
                take("anchors", Self.anchorsRemedy)
            }
        } else {
            let size = changes.inputSize ?? basis?.inputSize ?? Self.usualSize
            let ratios = given?.aspectRatios ?? [1, 0.5, 2]
            result = usual(ratios: ratios).scaled(from: Self.usualSize, to: size)
            if given?.scales == nil {
                let text = result.scales.map { $0.map { String(format: "%g", $0) } }
                    .map { $0.joined(separator: " ") }.joined(separator: ", ")
                assume("anchor scales \(text)", Self.anchorsRemedy)
            }
            if given?.areSquare == nil {
                assume(
                    result.areSquare
                        ? "square anchors, as the official COCO models have"
                        : "anchors that are not square",
                    "\"anchors\": {\"areSquare\": \(!result.areSquare)} in --config")
            }
        }
        if let scales = given?.scales { result.scales = scales }
        if let ratios = given?.aspectRatios { result.aspectRatios = ratios }
        if let areSquare = given?.areSquare { result.areSquare = areSquare }
        try changes.check(result, anchors: anchors, source: source)
        return result
    }

    /// One scale a level as in YOLACT, or several in equal steps of an octave as in YOLACT++, at 550 pixels.
    private func usual(
        ratios: YolactConfiguration.Anchors.AspectRatios
    ) -> YolactConfiguration.Anchors {
        let steps = max(1, anchors / max(1, ratios.levels.first?.count ?? 1))
        if steps == 1, classes == ClassNames.pascal.count {
            var pascal = YolactConfiguration.resNet50Pascal.anchors
            pascal.aspectRatios = ratios
            return pascal
        }
        if steps == 3 {
            var plus = YolactConfiguration.plusBase.anchors
            plus.aspectRatios = ratios
            return plus
        }
        let scales = YolactConfiguration.base.anchors.scales.map { level in
            (0..<steps).map { level[0] * pow(2, Double($0) / Double(steps)) }
        }
        return YolactConfiguration.Anchors(
            scales: scales, aspectRatios: ratios, areSquare: steps == 1)
    }
}
