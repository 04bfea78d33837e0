import Foundation

/// What names and shapes do not tell, from whoever knows: the caller, the basis, or what is usual.
struct Guess {
    /// Classes without background.
    let classes: Int
    /// Anchors at each position.
    let anchors: Int
    let basis: YolactConfiguration?
    let changes: ConfigurationChanges
    private(set) var assumptions: [InferredConfiguration.Assumption] = []

    init(
        classes: Int, anchors: Int, _ basis: YolactConfiguration?, _ changes: ConfigurationChanges
    ) {
        self.classes = classes
        self.anchors = anchors
        self.basis = basis
        self.changes = changes
    }

    private mutating func assume(_ what: String, _ remedy: String) {
        assumptions.append(.init(what: what, remedy: remedy))
    }

    mutating func inputSize() -> Int {
        if let size = changes.inputSize ?? basis?.inputSize { return size }
        assume("input of 550 x 550 pixels", "--size N")
        return 550
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
            guard names.count == classes else {
                throw ConfigurationError(
                    source: source,
                    problems: [
                        "\(names.count) class names were given, but the weights have \(classes) classes"
                    ])
            }
            return names
        }
        if let names = basis?.classNames, names.count == classes { return names }
        let remedy = "--class-names FILE"
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
        } else {
            let size = changes.inputSize ?? basis?.inputSize ?? 550
            let ratios = given?.aspectRatios ?? [1, 0.5, 2]
            result = usual(ratios: ratios).scaled(from: 550, to: size)
            if given?.scales == nil {
                let text = result.scales.map { $0.map { String(format: "%g", $0) } }
                    .map { $0.joined(separator: " ") }.joined(separator: ", ")
                assume("anchor scales \(text)", "\"anchors\" in --config")
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
        guard result.countPerPosition == anchors else {
            throw ConfigurationError(
                source: source,
                problems: [
                    "the weights have \(anchors) anchors a position, and "
                        + (given == nil
                            ? "which they are is unknown; " : "those given are others; ")
                        + "give \"anchors\" with fitting scales and aspectRatios in --config"
                ])
        }
        return result
    }

    /// One scale a level as in YOLACT, or several in equal steps of an octave as in YOLACT++, at 550 pixels.
    private func usual(ratios: [Double]) -> YolactConfiguration.Anchors {
        let steps = max(1, anchors / max(1, ratios.count))
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
