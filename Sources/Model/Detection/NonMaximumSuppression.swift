/// Ways to drop boxes that show the same object.
public enum NonMaximumSuppression: String, Sendable, CaseIterable {
    /// Fast NMS of the paper (section 3.3): per class, all boxes at once; an already dropped box still drops
    /// others.
    case fast
    /// Fast NMS over each anchor's best class, all classes together.
    case crossClass = "cross-class"
    /// Greedy per class.
    case traditional
}

/// Thresholds of the detection step; the defaults are those of the official code.
public struct DetectionOptions: Sendable, Hashable {
    /// How duplicates are dropped.
    public var suppression: NonMaximumSuppression
    /// Anchors whose best foreground score is not above this are not looked at.
    public var confidenceThreshold: Float
    /// Boxes of a class that overlap a better one by more than this IoU are dropped.
    public var suppressionThreshold: Float
    /// Boxes a class (all classes, for cross-class) that enter the suppression.
    public var candidateLimit: Int
    /// Detections a frame.
    public var detectionLimit: Int

    /// Creates options.
    public init(
        suppression: NonMaximumSuppression = .fast, confidenceThreshold: Float = 0.05,
        suppressionThreshold: Float = 0.5, candidateLimit: Int = 200, detectionLimit: Int = 100
    ) {
        self.suppression = suppression
        self.confidenceThreshold = confidenceThreshold
        self.suppressionThreshold = suppressionThreshold
        self.candidateLimit = candidateLimit
        self.detectionLimit = detectionLimit
    }
}
