/// What became of each truth of an image, for reports that show mistakes.
///
/// The detections take their turn, surest first; each takes the free truth of its category that it
/// overlaps most, if at least by the threshold. What is then left over is looked at by its best overlap.
public struct ImageDiagnosis: Sendable {
    /// What became of a truth.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// A detection of its category took it.
        case found
        /// A detection of another category overlaps it by the threshold.
        case wrongCategory
        /// A detection of its category overlaps it, but by less than the threshold.
        case poorOverlap
        /// Nothing of its category overlaps it.
        case missed
        /// It is a crowd, which need not be found.
        case crowd
    }

    /// A truth and what became of it.
    public struct Finding: Sendable {
        /// The truth.
        public let annotation: EvaluationAnnotation
        /// What became of it.
        public let outcome: Outcome
        /// Index of the detection that decided, in the list that was diagnosed.
        public let detection: Int?
        /// Its overlap with the truth, 0...1.
        public let overlap: Double
    }

    /// The truths, in the order of the data set.
    public let findings: [Finding]
    /// Detections that took no truth and do not lie on a crowd of their category, surest first.
    public let falseDetections: [Int]
}

extension Evaluator {
    /// Compares detections with the truth of an image and tells what became of each truth. Does not add
    /// the image.
    ///
    /// - Parameters:
    ///   - detections: The detections to look at; leave out those below the score of interest.
    ///   - imageID: The image.
    ///   - kind: What is compared.
    ///   - threshold: Least overlap of a match.
    ///   - leastOverlap: Overlaps below this are none.
    /// - Throws: ``EvaluationError``.
    public func diagnose(
        _ detections: [EvaluationDetection], imageID: Int, kind: EvaluationKind = .mask,
        threshold: Double = 0.5, leastOverlap: Double = 0.1
    ) throws(EvaluationError) -> ImageDiagnosis {
        guard let index = dataset.imageIndex(id: imageID) else {
            throw .unknownImage(id: imageID)
        }
        let truth = try ImageTruth(dataset, imageAt: index, needsMasks: kind == .mask)
        let found = try ImageDetections(
            detections, of: truth, in: dataset, needsMasks: kind == .mask)
        func overlap(_ detection: Int, _ index: Int) -> Double {
            let isCrowd = truth.annotations[index].isCrowd
            return kind == .mask
                ? found.masks[detection].overlap(truth.masks[index], isCrowd: isCrowd, relevance: 0)
                : found.boxes[detection].overlap(truth.boxes[index], isCrowd: isCrowd)
        }
        let ranked = found.byScore(kind)
        var takers: [Int: (detection: Int, overlap: Double)] = [:]
        var left: [Int] = []
        for detection in ranked {
            let own = truth.annotations.indices.filter {
                truth.categories[$0] == found.categories[detection]
            }
            let best = own.filter { !truth.annotations[$0].isCrowd && takers[$0] == nil }
                .map { (index: $0, overlap: overlap(detection, $0)) }
                .max { $0.overlap < $1.overlap }
            if let best, best.overlap >= threshold {
                takers[best.index] = (detection, best.overlap)
            } else if !own.contains(where: {
                truth.annotations[$0].isCrowd && overlap(detection, $0) >= threshold
            }) {
                left.append(detection)
            }
        }
        let findings = truth.annotations.indices.map { index -> ImageDiagnosis.Finding in
            func finding(
                _ outcome: ImageDiagnosis.Outcome, _ by: (detection: Int, overlap: Double)?
            ) -> ImageDiagnosis.Finding {
                ImageDiagnosis.Finding(
                    annotation: truth.annotations[index], outcome: outcome,
                    detection: by?.detection, overlap: by?.overlap ?? 0)
            }
            if truth.annotations[index].isCrowd { return finding(.crowd, nil) }
            if let taker = takers[index] { return finding(.found, taker) }
            // Detections that took another truth say nothing about this one.
            let overlaps = left.map { (detection: $0, overlap: overlap($0, index)) }
            let (own, others) = (
                overlaps.filter { found.categories[$0.detection] == truth.categories[index] },
                overlaps.filter { found.categories[$0.detection] != truth.categories[index] }
            )
            if let other = others.max(by: { $0.overlap < $1.overlap }), other.overlap >= threshold {
                return finding(.wrongCategory, other)
            }
            if let near = own.max(by: { $0.overlap < $1.overlap }), near.overlap >= leastOverlap {
                return finding(.poorOverlap, near)
            }
            return finding(.missed, nil)
        }
        return ImageDiagnosis(findings: findings, falseDetections: left)
    }
}
