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
        candidates.collect(outputs)
        var found: [Detection] = []
        switch options.suppression {
        case .fast:
            for classIndex in 0..<candidates.foregroundClasses {
                rank(limit: options.candidateLimit) { candidates.score($0, classIndex) }
                for entry in fastSurvivors() { found.append(detection(entry, classIndex)) }
            }
        case .crossClass:
            let best = (0..<candidates.count).map(bestClass)
            rank(limit: options.candidateLimit) { candidates.score($0, best[$0]) }
            // The official code does not cut this list to the detection limit.
            return fastSurvivors().map { detection($0, best[$0.candidate]) }
        case .traditional:
            for classIndex in 0..<candidates.foregroundClasses {
                rank(above: options.confidenceThreshold) { candidates.score($0, classIndex) }
                for entry in greedySurvivors() { found.append(detection(entry, classIndex)) }
            }
        }
        return Array(found.bestFirst.prefix(options.detectionLimit))
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

    /// Every box is compared with all better ones, dropped or not.
    private func fastSurvivors() -> [(candidate: Int, score: Float)] {
        order.indices.filter { index in
            !order[..<index].contains {
                candidates.boxes[$0.candidate].overlap(candidates.boxes[order[index].candidate])
                    > options.suppressionThreshold
            }
        }.map { order[$0] }
    }

    /// Only surviving boxes drop others; boxes in input pixels, sides counted one pixel longer.
    private func greedySurvivors() -> [(candidate: Int, score: Float)] {
        var survivors: [(candidate: Int, score: Float)] = []
        for entry in order
        where !survivors.contains(where: {
            pixelOverlap($0.candidate, entry.candidate) >= options.suppressionThreshold
        }) {
            survivors.append(entry)
        }
        return survivors
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
