import Foundation

/// The anchors of one frame whose best foreground score passes the confidence threshold, with their boxes
/// and the scores of all foreground classes.
struct Candidates {
    /// Index of the anchor.
    private(set) var anchors: [Int] = []
    /// Decoded boxes.
    private(set) var boxes: [RelativeBox] = []
    /// Scores [candidate, foreground class].
    private(set) var scores: [Float] = []
    let foregroundClasses: Int

    private let priors: Priors
    private let threshold: Float
    private let scoring: YolactConfiguration.ClassScoring

    init(_ configuration: YolactConfiguration, threshold: Float) {
        foregroundClasses = configuration.classNames.count
        priors = Priors(configuration)
        self.threshold = threshold
        scoring = configuration.scoring
    }

    var count: Int { anchors.count }

    func score(_ candidate: Int, _ classIndex: Int) -> Float {
        scores[candidate * foregroundClasses + classIndex]
    }

    /// Collects the candidates of a frame in place of those of the last.
    mutating func collect(_ outputs: RawOutputs) {
        anchors.removeAll(keepingCapacity: true)
        boxes.removeAll(keepingCapacity: true)
        scores.removeAll(keepingCapacity: true)
        let layout = outputs.layout
        // Below this distance from the background logit the softmax cannot reach the threshold; the
        // margin covers rounding.
        let gap = -logf(max(threshold, .leastNormalMagnitude)) + 0.01
        var anchor = 0
        for (level, side) in outputs.levelSizes.enumerated() {
            let head = outputs.head(level)
            for position in 0..<side * side {
                let row = position * layout.channels
                for index in 0..<layout.anchors {
                    let logits = UnsafeBufferPointer(
                        rebasing: head[
                            row + layout.scores(index)..<row + layout.scores(index) + layout.classes
                        ])
                    if scoring != .softmax || logits[0] - Self.maximum(logits, from: 1) <= gap {
                        let start = row + layout.box(index)
                        let location = SIMD4(
                            head[start], head[start + 1], head[start + 2], head[start + 3])
                        consider(
                            anchor, logits, location,
                            maskScore: layout.hasMaskScore
                                ? head[row + layout.maskScore(index)] : nil)
                    }
                    anchor += 1
                }
            }
        }
    }

    private mutating func consider(
        _ anchor: Int, _ logits: UnsafeBufferPointer<Float>, _ location: SIMD4<Float>,
        maskScore: Float?
    ) {
        let start = scores.count
        let best = scoring.appendForeground(of: logits, maskScore: maskScore, to: &scores)
        guard best > threshold else {
            scores.removeLast(scores.count - start)
            return
        }
        anchors.append(anchor)
        boxes.append(priors.decode(location, anchor: anchor))
    }

    private static func maximum(_ values: UnsafeBufferPointer<Float>, from first: Int) -> Float {
        guard let base = values.baseAddress else { return -.infinity }
        var index = first
        var lanes = SIMD8<Float>(repeating: -.infinity)
        while index + 8 <= values.count {
            let chunk = UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self)
            lanes.replace(with: chunk, where: chunk .> lanes)
            index += 8
        }
        var best = lanes.max()
        while index < values.count {
            best = max(best, values[index])
            index += 1
        }
        return best
    }
}
