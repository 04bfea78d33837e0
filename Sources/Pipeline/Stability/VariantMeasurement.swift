import Model
import VideoIO

/// Follows one way of showing a video. Not thread-safe.
final class VariantMeasurement {
    private let smoothing: SmoothingStrength
    private let tracker: FrameTracker
    private let recorder: StabilityRecorder
    private let comparison: TruthComparison?
    private let evaluator: Evaluator?
    private let categories: CategoryMap?
    private let classNames: [String]

    init(
        _ smoothing: SmoothingStrength, tracker options: Tracker.Options, classNames: [String],
        truth: StabilityTruth?
    ) {
        self.smoothing = smoothing
        self.classNames = classNames
        tracker = FrameTracker(options: .init(tracker: options, smoothing: smoothing))
        recorder = StabilityRecorder(classNames: classNames)
        comparison = truth.map { _ in TruthComparison() }
        evaluator = truth.map { Evaluator(dataset: $0.dataset) }
        categories = truth.map {
            CategoryMap(classNames: classNames, categories: $0.dataset.categories)
        }
    }

    func add(_ moved: MovedFrame, truth: [InstanceRecord]?) throws {
        let source = moved.segmented.source
        let (width, height) = (source.frame.width, source.frame.height)
        let shown = tracker.update(
            moved.segmented.instances, frame: source.frame, number: source.number
        ).map(\.instance)
        recorder.add(
            shown, untouched: moved.segmented.instances, frame: source.number, time: moved.time,
            motion: moved.motion, width: width, height: height)
        guard let truth else { return }
        let record = try FrameRecord(
            frame: source.number, time: nil, instances: shown, classNames: classNames,
            width: width, height: height)
        try comparison?.add(shown: record.instances, truth: truth)
        if let categories {
            try evaluator?.add(
                shown.detections(categories: categories, width: width, height: height),
                imageID: source.number)
        }
    }

    var result: StabilityVariant {
        let statistics = tracker.statistics
        func precision(_ kind: EvaluationKind) -> Double? {
            let value = evaluator?.metrics(kind).summary.averagePrecision
            return value.flatMap { $0 >= 0 ? $0 : nil }
        }
        return StabilityVariant(
            smoothing: smoothing, figures: recorder.figures, lag: statistics.lag,
            tracking: statistics.tracker, accuracy: comparison?.accuracy,
            accuracyByClass: comparison?.accuracyByClass ?? [],
            trajectoryErrors: comparison?.trajectoryErrors, maskPrecision: precision(.mask),
            boxPrecision: precision(.box), timeline: recorder.frames,
            worst: recorder.moments.worst)
    }
}
