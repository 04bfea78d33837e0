/// Finds the detections of a frame: candidates, then suppression. Not thread-safe; it keeps its memory from
/// frame to frame.
public final class Detector {
    private let options: DetectionOptions
    private let inputSize: Float
    private var candidates: Candidates
    private var rounds: SuppressionRounds
    private var kept: [Int] = []
    private var found: [Detection] = []

    /// How many of the best pairs of anchor and class are looked at before all others. Where most anchors
    /// pass the confidence threshold those that end among the detections are a small part of them.
    private static let firstPairs = 512

    /// Creates a detector for the anchors and classes of a configuration.
    public init(_ configuration: YolactConfiguration, options: DetectionOptions = .init()) {
        self.options = options
        inputSize = Float(configuration.inputSize)
        candidates = Candidates(configuration, threshold: options.confidenceThreshold)
        rounds = SuppressionRounds(
            classes: configuration.classNames.count, options: options)
    }

    /// The detections, best first.
    public func detect(_ outputs: RawOutputs) -> [Detection] {
        candidates.find(outputs)
        var wanted = Self.firstPairs
        // Suppression compares with better ones only, so what survives above a floor is the same whatever
        // lies below.
        while !suppress(outputs, pairs: wanted) { wanted *= 4 }
        // The official code does not cut the list of cross-class suppression.
        guard options.suppression != .crossClass else { return found }
        found.sortBestFirst()
        return Array(found.prefix(options.detectionLimit))
    }

    /// Fills ``found`` with what survives among the best pairs of anchor and class.
    ///
    /// - Returns: Whether all detections are among them.
    private func suppress(_ outputs: RawOutputs, pairs: Int) -> Bool {
        let floor = rounds.rank(&candidates, outputs, pairs: pairs)
        found.removeAll(keepingCapacity: true)
        for round in rounds.entries {
            findSurvivors(round)
            for index in kept { found.append(detection(round[index])) }
        }
        if floor < 0 { return true }
        switch options.suppression {
        case .fast: return found.count >= options.detectionLimit
        case .crossClass: return rounds.entries[0].count >= options.candidateLimit
        case .traditional: return false
        }
    }

    /// What became of everything that entered the suppression, in the order of its rounds, best first in
    /// each. Those that survive are what ``detect(_:)`` finds, but for its limit.
    func explain(_ outputs: RawOutputs) -> [SuppressionVerdict] {
        var verdicts: [SuppressionVerdict] = []
        candidates.find(outputs)
        _ = rounds.rank(&candidates, outputs, pairs: .max)
        for round in rounds.entries {
            let first = verdicts.count
            findSurvivors(round)
            let kept = Set(kept)
            for (index, entry) in round.enumerated() {
                verdicts.append(
                    SuppressionVerdict(
                        detection: detection(entry),
                        suppressor: kept.contains(index)
                            ? nil
                            : suppressor(of: index, in: round, kept: kept).map {
                                (first + $0.index, $0.overlap)
                            }))
            }
        }
        return verdicts
    }

    private func detection(_ entry: SuppressionRounds.Entry) -> Detection {
        Detection(
            classIndex: entry.classIndex, score: entry.score,
            box: candidates.boxes[entry.candidate], anchor: candidates.anchors[entry.candidate])
    }

    /// Fills ``kept`` with the entries of a round that no better one drops.
    private func findSurvivors(_ round: [SuppressionRounds.Entry]) {
        kept.removeAll(keepingCapacity: true)
        for index in round.indices {
            let isDropped =
                options.suppression == .traditional
                ? kept.contains { drops(overlap(round[$0], round[index])) }
                // Every box is compared with all better ones, dropped or not.
                : (0..<index).contains { drops(overlap(round[$0], round[index])) }
            if !isDropped { kept.append(index) }
        }
    }

    /// The better entry with the largest overlap that drops this one; of those that are kept, if any does.
    private func suppressor(
        of index: Int, in round: [SuppressionRounds.Entry], kept: Set<Int>
    ) -> (index: Int, overlap: Float)? {
        let rivals = (0..<index).map {
            (index: $0, overlap: overlap(round[$0], round[index]))
        }.filter {
            drops($0.overlap) && (options.suppression != .traditional || kept.contains($0.index))
        }
        let survivors = rivals.filter { kept.contains($0.index) }
        return (survivors.isEmpty ? rivals : survivors).max { $0.overlap < $1.overlap }
    }

    /// IoU of two entries. Greedy suppression takes boxes in input pixels, their sides counted one pixel
    /// longer.
    private func overlap(
        _ first: SuppressionRounds.Entry, _ second: SuppressionRounds.Entry
    ) -> Float {
        options.suppression == .traditional
            ? pixelOverlap(first.candidate, second.candidate)
            : candidates.boxes[first.candidate].overlap(candidates.boxes[second.candidate])
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
