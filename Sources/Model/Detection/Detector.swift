/// Finds the detections of a frame: candidates, then suppression. Not thread-safe; it keeps its memory from
/// frame to frame.
public final class Detector {
    private let options: DetectionOptions
    private let inputSize: Float
    private var candidates: Candidates
    private var order: [(candidate: Int, score: Float)] = []

    /// Creates a detector for the anchors and classes of a configuration.
    public init(_ configuration: YolactConfiguration, options: DetectionOptions = .init()) {
        self.options = options
        inputSize = Float(configuration.inputSize)
        candidates = Candidates(configuration, threshold: options.confidenceThreshold)
    }

    /// The detections, best first.
    public func detect(_ outputs: RawOutputs) -> [Detection] {
        var found: [Detection] = []
        forEachRound(outputs) { classOf in
            for index in survivors() {
                let candidate = order[index].candidate
                found.append(detection(order[index], classOf(candidate)))
            }
        }
        // The official code does not cut the list of cross-class suppression.
        return options.suppression == .crossClass
            ? found : Array(found.bestFirst.prefix(options.detectionLimit))
    }

    /// What became of everything that entered the suppression, in the order of its rounds, best first in
    /// each. Those that survive are what ``detect(_:)`` finds, but for its limit.
    func explain(_ outputs: RawOutputs) -> [SuppressionVerdict] {
        var verdicts: [SuppressionVerdict] = []
        forEachRound(outputs) { classOf in
            let first = verdicts.count
            let kept = Set(survivors())
            for (index, entry) in order.enumerated() {
                verdicts.append(
                    SuppressionVerdict(
                        detection: detection(entry, classOf(entry.candidate)),
                        suppressor: kept.contains(index)
                            ? nil
                            : suppressor(of: index, kept: kept).map {
                                (first + $0.index, $0.overlap)
                            }))
            }
        }
        return verdicts
    }

    /// Ranks what competes in each round of suppression: each class for itself, or all together.
    ///
    /// - Parameter body: Finds the round in ``order``; gets the class of a candidate in it.
    private func forEachRound(
        _ outputs: RawOutputs, _ body: (_ classOf: (_ candidate: Int) -> Int) -> Void
    ) {
        candidates.collect(outputs)
        switch options.suppression {
        case .fast:
            for classIndex in 0..<candidates.foregroundClasses {
                rank(limit: options.candidateLimit) { candidates.score($0, classIndex) }
                body { _ in classIndex }
            }
        case .crossClass:
            let best = (0..<candidates.count).map(bestClass)
            rank(limit: options.candidateLimit) { candidates.score($0, best[$0]) }
            body { best[$0] }
        case .traditional:
            for classIndex in 0..<candidates.foregroundClasses {
                rank(above: options.confidenceThreshold) { candidates.score($0, classIndex) }
                body { _ in classIndex }
            }
        }
    }

    private func detection(_ entry: (candidate: Int, score: Float), _ classIndex: Int) -> Detection
    {
        Detection(
            classIndex: classIndex, score: entry.score, box: candidates.boxes[entry.candidate],
            anchor: candidates.anchors[entry.candidate])
    }

    private func bestClass(_ candidate: Int) -> Int {
        var best = 0
        for index in 1..<max(1, candidates.foregroundClasses)
        where candidates.score(candidate, index) > candidates.score(candidate, best) {
            best = index
        }
        return best
    }

    /// Puts the best `limit` candidates into ``order``, best first, ties by anchor.
    private func rank(
        limit: Int = .max, above minimum: Float = -1, _ score: (Int) -> Float
    ) {
        order.removeAll(keepingCapacity: true)
        var floor = minimum
        for candidate in 0..<candidates.count {
            let value = score(candidate)
            guard value > floor else { continue }
            order.append((candidate, value))
            // Cut now and then instead of sorting all at the end: most candidates fall under the floor.
            if limit < .max / 2, order.count == 2 * limit {
                sortOrder()
                order.removeLast(limit)
                floor = max(floor, order[limit - 1].score)
            }
        }
        sortOrder()
        if order.count > limit { order.removeLast(order.count - limit) }
    }

    private func sortOrder() {
        order.sort { ($0.score, $1.candidate) > ($1.score, $0.candidate) }
    }

    /// The entries of ``order`` that no better one drops.
    private func survivors() -> [Int] {
        switch options.suppression {
        case .fast, .crossClass:
            // Every box is compared with all better ones, dropped or not.
            return order.indices.filter { index in
                !(0..<index).contains { drops(overlap($0, index)) }
            }
        case .traditional:
            var survivors: [Int] = []
            for index in order.indices
            where !survivors.contains(where: { drops(overlap($0, index)) }) {
                survivors.append(index)
            }
            return survivors
        }
    }

    /// The better entry with the largest overlap that drops this one; of those that are kept, if any does.
    private func suppressor(of index: Int, kept: Set<Int>) -> (index: Int, overlap: Float)? {
        let rivals = (0..<index).map { (index: $0, overlap: overlap($0, index)) }.filter {
            drops($0.overlap) && (options.suppression != .traditional || kept.contains($0.index))
        }
        let survivors = rivals.filter { kept.contains($0.index) }
        return (survivors.isEmpty ? rivals : survivors).max { $0.overlap < $1.overlap }
    }

    /// IoU of two entries of ``order``. Greedy suppression takes boxes in input pixels, their sides counted
    /// one pixel longer.
    private func overlap(_ first: Int, _ second: Int) -> Float {
        let (first, second) = (order[first].candidate, order[second].candidate)
        return options.suppression == .traditional
            ? pixelOverlap(first, second)
            : candidates.boxes[first].overlap(candidates.boxes[second])
    }

    private func drops(_ overlap: Float) -> Bool {
        options.suppression == .traditional
            ? overlap >= options.suppressionThreshold : overlap > options.suppressionThreshold
    }

    private func pixelOverlap(_ a: Int, _ b: Int) -> Float {
        let first = candidates.boxes[a]
        let second = candidates.boxes[b]
        func length(_ low: Float, _ high: Float) -> Float { (high - low) * inputSize + 1 }
        let width = max(0, length(max(first.x1, second.x1), min(first.x2, second.x2)))
        let height = max(0, length(max(first.y1, second.y1), min(first.y2, second.y2)))
        let shared = width * height
        let sum =
            length(first.x1, first.x2) * length(first.y1, first.y2)
            + length(second.x1, second.x2) * length(second.y1, second.y2)
        return shared / (sum - shared)
    }
}
