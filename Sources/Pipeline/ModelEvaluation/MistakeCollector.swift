import Synchronization

/// A truth that was not found as it should have been.
public struct Mistake: Sendable {
    /// What went wrong: ``ImageDiagnosis/Outcome/missed``, `wrongCategory` or `poorOverlap`.
    public let outcome: ImageDiagnosis.Outcome
    /// The image.
    public let imageID: Int
    /// The truth.
    public let annotation: EvaluationAnnotation
    /// The detection that decided; nil for a truth that was missed.
    public let detection: EvaluationDetection?
    /// Its overlap with the truth, 0...1.
    public let overlap: Double
    /// By what mistakes are ranked, the worst first: the larger the worse.
    ///
    /// Of missed truths the size; else the score of the detection, so the surest errors come first.
    public let severity: Double
}

/// Counts what became of the truths of a data set, and keeps the worst mistakes.
///
/// Only the mistakes themselves stay in memory, a fixed number of each kind. Counts and mistakes do not
/// depend on the order in which images are added.
public final class MistakeCollector: Sendable {
    /// Detections with a lower score are not looked at.
    public let leastScore: Double
    private let evaluator: Evaluator
    private let kind: EvaluationKind
    private let capacity: Int
    private let state: Mutex<State>

    private struct State {
        /// By category and outcome.
        var counts: [[Int]]
        var mistakes: [ImageDiagnosis.Outcome: [Mistake]] = [:]
    }

    /// The kinds of mistakes.
    public static let outcomes: [ImageDiagnosis.Outcome] = [.missed, .wrongCategory, .poorOverlap]

    /// Creates a collector.
    ///
    /// - Parameters:
    ///   - dataset: The truth.
    ///   - kind: What is compared.
    ///   - leastScore: Detections with a lower score are not looked at.
    ///   - capacity: Mistakes of each kind that are kept.
    public init(
        dataset: EvaluationDataset, kind: EvaluationKind, leastScore: Double = 0.3,
        capacity: Int = 256
    ) {
        precondition(capacity > 0)
        var options = EvaluationOptions()
        options.kinds = [kind]
        evaluator = Evaluator(dataset: dataset, options: options)
        self.kind = kind
        self.leastScore = leastScore
        self.capacity = capacity
        let outcomes = ImageDiagnosis.Outcome.allCases.count
        state = Mutex(
            State(
                counts: Array(
                    repeating: Array(repeating: 0, count: outcomes),
                    count: dataset.categories.count)))
    }

    /// Looks at an image. Any thread.
    ///
    /// - Throws: ``EvaluationError``.
    public func add(
        _ detections: [EvaluationDetection], imageID: Int
    ) throws(EvaluationError) {
        let sure = detections.filter { $0.score >= leastScore }
        let diagnosis = try evaluator.diagnose(sure, imageID: imageID, kind: kind)
        let mistakes = diagnosis.findings.filter { Self.outcomes.contains($0.outcome) }.map {
            mistake($0, sure, imageID)
        }
        state.withLock { state in
            for finding in diagnosis.findings {
                guard
                    let category = evaluator.dataset.categoryIndex(
                        id: finding.annotation.categoryID),
                    let outcome = ImageDiagnosis.Outcome.allCases.firstIndex(of: finding.outcome)
                else { continue }
                state.counts[category][outcome] += 1
            }
            for mistake in mistakes { keep(mistake, &state.mistakes[mistake.outcome, default: []]) }
        }
    }

    /// Number of truths of a category, given its index, with that outcome.
    public func count(_ outcome: ImageDiagnosis.Outcome, category: Int) -> Int {
        guard let index = ImageDiagnosis.Outcome.allCases.firstIndex(of: outcome) else { return 0 }
        return state.withLock { $0.counts[category][index] }
    }

    /// The worst mistakes of a kind, worst first, at most one an image.
    ///
    /// - Parameters:
    ///   - outcome: The kind.
    ///   - limit: How many at most.
    ///   - distance: Least difference between the ids of two images with mistakes about the same category;
    ///     more than 1 for videos, whose neighbouring frames show the same mistake.
    public func worst(
        _ outcome: ImageDiagnosis.Outcome, limit: Int, distance: Int = 1
    ) -> [Mistake] {
        var chosen: [Mistake] = []
        for mistake in state.withLock({ $0.mistakes[outcome] ?? [] }) {
            if chosen.count == limit { break }
            let isShownAlready = chosen.contains {
                $0.imageID == mistake.imageID
                    || $0.annotation.categoryID == mistake.annotation.categoryID
                        && abs($0.imageID - mistake.imageID) < distance
            }
            if !isShownAlready { chosen.append(mistake) }
        }
        return chosen
    }

    private func mistake(
        _ finding: ImageDiagnosis.Finding, _ detections: [EvaluationDetection], _ imageID: Int
    ) -> Mistake {
        let detection = finding.detection.map { detections[$0] }
        let box = finding.annotation.box
        return Mistake(
            outcome: finding.outcome, imageID: imageID, annotation: finding.annotation,
            detection: detection, overlap: finding.overlap,
            severity: detection?.score ?? finding.annotation.area ?? box?.area ?? 0)
    }

    /// Puts a mistake in its place; the least bad one falls out where there are too many.
    private func keep(_ mistake: Mistake, _ list: inout [Mistake]) {
        func isBefore(_ a: Mistake, _ b: Mistake) -> Bool {
            a.severity != b.severity
                ? a.severity > b.severity
                : (a.imageID, a.annotation.id) < (b.imageID, b.annotation.id)
        }
        if list.count == capacity, let last = list.last, !isBefore(mistake, last) { return }
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(list[middle], mistake) { low = middle + 1 } else { high = middle }
        }
        list.insert(mistake, at: low)
        if list.count > capacity { list.removeLast() }
    }
}
