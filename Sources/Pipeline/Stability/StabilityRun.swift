public import VideoIO

/// What a run of ``VideoStability`` measured.
public struct StabilityRun: Sendable {
    /// Frames that were measured.
    public var frames: Int
    /// The ways of showing them, as they were asked for.
    public var variants: [StabilityVariant]
    /// How steady the truth itself is, where there is one: what moves and turns is not all flicker.
    public var truth: StabilityFigures?
    /// What was met in reading.
    public var reading: ReaderStatistics
    /// Why the input ended before its end, if it did.
    public var endedEarly: String?
    /// Where the time went.
    public var metrics: PipelineMetrics
}

/// One way of showing a video.
public struct StabilityVariant: Sendable {
    /// How much is smoothed.
    public var smoothing: SmoothingStrength
    /// What was measured.
    public var figures: StabilityFigures
    /// How old shown masks are; nil without smoothing.
    public var lag: SmoothingLag?
    /// What was tracked.
    public var tracking: Tracker.Statistics
    /// Comparison with the truth, if there is one.
    public var accuracy: TrackingAccuracy?
    /// The same for each class.
    public var accuracyByClass: [(category: String, accuracy: TrackingAccuracy)] = []
    /// Errors of boxes along the tracks of the truth, if there is one.
    public var trajectoryErrors: TrajectoryErrors?
    /// COCO's AP of masks and of boxes for what is shown, if there is a truth. That of the model needs all
    /// detections, also those that are too unsure to be shown.
    public var maskPrecision: Double?
    /// See ``maskPrecision``.
    public var boxPrecision: Double?

    /// What was shown over time.
    var timeline: [StabilityFrame]
    var worst: [StabilityMoment]
}
