/// Tells whether a detection is there only because rounding fell one way.
///
/// The suppression is repeated with each threshold and limit moved by as much as rounding can move what
/// it is compared with. A detection that comes or goes with one of these is a near tie; so is one of two
/// overlapping boxes with nearly the same score, of which only the better survives.
struct NearTies {
    private let found: [Detection]
    private let variants: [[Detection]]
    private let suppression: NonMaximumSuppression
    private static let gap: Float = 1e-4

    init(
        _ configuration: YolactConfiguration, _ suppression: NonMaximumSuppression,
        _ outputs: RawOutputs, _ found: [Detection]
    ) {
        self.found = found
        self.suppression = suppression
        let options = DetectionOptions(suppression: suppression, detectionLimit: 400)
        var moved = [DetectionOptions](repeating: options, count: 6)
        moved[0].suppressionThreshold += Self.gap
        moved[1].suppressionThreshold -= Self.gap
        moved[2].confidenceThreshold += Self.gap
        moved[3].confidenceThreshold -= Self.gap
        moved[4].candidateLimit += 2
        moved[5].candidateLimit -= 2
        variants = moved.map { Detector(configuration, options: $0).detect(outputs) }
    }

    /// Whether a detection of the reference that is missing here is a near tie.
    func explainMissing(_ classIndex: Int, _ score: Float, _ box: RelativeBox) -> Bool {
        if variants.contains(where: { $0.contains { same($0, classIndex, box) } }) { return true }
        return found.contains { rival in
            (suppression == .crossClass || rival.classIndex == classIndex)
                && abs(rival.score - score) < Self.gap && rival.box.overlap(box) > 0.5
        }
    }

    /// Whether a detection that the reference does not have is a near tie.
    func explainSurplus(
        _ detection: Detection, _ reference: [(classIndex: Int, score: Float, box: RelativeBox)]
    ) -> Bool {
        if variants.contains(where: { variant in
            !variant.contains { same($0, detection.classIndex, detection.box) }
        }) {
            return true
        }
        return reference.contains { rival in
            (suppression == .crossClass || rival.classIndex == detection.classIndex)
                && abs(rival.score - detection.score) < Self.gap
                && rival.box.overlap(detection.box) > 0.5
        }
    }

    private func same(_ detection: Detection, _ classIndex: Int, _ box: RelativeBox) -> Bool {
        detection.classIndex == classIndex && detection.box.distance(to: box) < 1e-3
    }
}
