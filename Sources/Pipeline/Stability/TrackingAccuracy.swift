/// How what is shown of a video compares with the truth. Formulas are in docs/stability.md.
public struct TrackingAccuracy: Sendable, Codable, Hashable {
    /// Masks of the truth.
    public var truths = 0
    /// Masks of the truth that a mask of the same class overlaps by more than 0.5.
    public var truePositives = 0
    /// Masks without a truth.
    public var falsePositives = 0
    /// Truths without a mask.
    public var falseNegatives = 0
    /// Truths whose mask has another identity than the last one that they had.
    public var identitySwitches = 0
    /// Sum of the overlaps of the true positives.
    public var softTruePositives = 0.0
    /// Masks, by identity, that the best pairing of identities with truths explains.
    public var identityTruePositives = 0

    /// Creates the accuracy of nothing.
    public init() {}

    /// Multi-object tracking and segmentation accuracy (arXiv 1902.03604): true positives without false
    /// positives and switches, over truths. At most 1, may be negative. Nil without truths.
    public var motsa: Double? { share(Double(truePositives - falsePositives - identitySwitches)) }

    /// The same with the overlaps of true positives for their number.
    public var softMotsa: Double? {
        share(softTruePositives - Double(falsePositives + identitySwitches))
    }

    /// Mean overlap of the true positives.
    public var motsp: Double? {
        truePositives > 0 ? softTruePositives / Double(truePositives) : nil
    }

    /// Twice the masks that identities explain over all masks of truth and result (IDF1 of arXiv
    /// 1609.01775, on masks).
    public var identityScore: Double? {
        let all = 2 * truths - falseNegatives + falsePositives
        return all > 0 ? 2 * Double(identityTruePositives) / Double(all) : nil
    }

    private func share(_ value: Double) -> Double? { truths > 0 ? value / Double(truths) : nil }
}

/// Errors of boxes along the tracks of the truth (Zhang and Wang, "On the stability of video detection and
/// tracking", arXiv 1611.06467). 0 is best; each is a mean over true objects.
public struct TrajectoryErrors: Sendable, Codable, Hashable {
    /// Changes between found and not found, over frames less one.
    public var fragment: Double?
    /// Standard deviation of the error of the centre in parts of the true box, of x plus of y.
    public var centre: Double?
    /// Standard deviation of the scale, square root of the ratio of areas, plus that of the ratio of
    /// aspects.
    public var scaleAndRatio: Double?

    /// Creates the errors of nothing.
    public init() {}

    /// The sum of the three, the paper's stability error.
    public var total: Double? {
        guard let fragment, let centre, let scaleAndRatio else { return nil }
        return fragment + centre + scaleAndRatio
    }
}
