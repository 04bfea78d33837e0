import Foundation

/// The anchors of one frame whose best foreground score passes the confidence threshold, with their boxes
/// and the scores of all foreground classes.
///
/// ``find(_:)`` looks at all anchors and bounds their best scores without an exponential;
/// ``load(_:best:)`` computes scores and boxes of as many as are wanted.
struct Candidates {
    /// Index of the anchor, ascending.
    private(set) var anchors: [Int] = []
    /// Decoded boxes.
    private(set) var boxes: [RelativeBox] = []
    /// Scores [candidate, foreground class].
    private(set) var scores: [Float] = []
    let foregroundClasses: Int

    private let priors: Priors
    private let threshold: Float
    private let scoring: YolactConfiguration.ClassScoring
    /// The anchors that may pass the threshold, ascending.
    private var prospects: [Prospect] = []
    private var bounds = ScoreHistogram()

    private struct Prospect {
        var anchor: Int32
        var level: Int32
        /// Where the numbers of its position begin in the output of the head.
        var row: Int32
        /// Which anchor of the position it is.
        var index: Int32
        /// No score of the anchor is larger.
        var bound: Float
    }

    init(_ configuration: YolactConfiguration, threshold: Float) {
        foregroundClasses = configuration.classNames.count
        priors = Priors(configuration)
        self.threshold = threshold
        scoring = configuration.scoring
    }

    /// Candidates that are loaded.
    var count: Int { anchors.count }

    /// Looks for the anchors of a frame that may be candidates, in place of those of the last.
    mutating func find(_ outputs: RawOutputs) {
        prospects.removeAll(keepingCapacity: true)
        let layout = outputs.layout
        let bound = SoftmaxBound(threshold: threshold)
        var anchor: Int32 = 0
        for (level, side) in outputs.levelSizes.enumerated() {
            let head = UnsafeBufferPointer(outputs.head(level))
            for position in 0..<side * side {
                let row = position * layout.channels
                for index in 0..<layout.anchors {
                    var best = Float.infinity
                    if scoring == .softmax {
                        let start = row + layout.scores(index)
                        best = bound.bestScore(
                            UnsafeBufferPointer(rebasing: head[start..<start + layout.classes]))
                    }
                    // A bound that is not a number rules out nothing.
                    if !(best <= threshold) {
                        prospects.append(
                            Prospect(
                                anchor: anchor, level: Int32(level), row: Int32(row),
                                index: Int32(index), bound: best))
                    }
                    anchor += 1
                }
            }
        }
    }

    /// Computes boxes and scores of the anchors with the highest bounds, in place of those loaded before.
    ///
    /// - Parameter wanted: How many, at least; all if there are no more, or if nothing bounds their scores.
    /// - Returns: A floor: every score above it belongs to a candidate that is loaded. Negative if all are.
    mutating func load(_ outputs: RawOutputs, best wanted: Int) -> Float {
        anchors.removeAll(keepingCapacity: true)
        boxes.removeAll(keepingCapacity: true)
        scores.removeAll(keepingCapacity: true)
        var floor: Float = -1
        if scoring == .softmax, wanted < prospects.count {
            bounds.clear()
            for prospect in prospects { bounds.add(prospect.bound) }
            floor = bounds.floor(of: wanted)
        }
        for prospect in prospects where !(prospect.bound <= floor) { load(prospect, outputs) }
        return floor
    }

    private mutating func load(_ prospect: Prospect, _ outputs: RawOutputs) {
        let layout = outputs.layout
        let head = UnsafeBufferPointer(outputs.head(Int(prospect.level)))
        let row = Int(prospect.row)
        let index = Int(prospect.index)
        let first = row + layout.scores(index)
        let start = scores.count
        let best = scoring.appendForeground(
            of: UnsafeBufferPointer(rebasing: head[first..<first + layout.classes]),
            maskScore: layout.hasMaskScore ? head[row + layout.maskScore(index)] : nil,
            to: &scores)
        guard best > threshold else {
            scores.removeLast(scores.count - start)
            return
        }
        let box = row + layout.box(index)
        anchors.append(Int(prospect.anchor))
        boxes.append(
            priors.decode(
                SIMD4(head[box], head[box + 1], head[box + 2], head[box + 3]),
                anchor: Int(prospect.anchor)))
    }
}
