/// What non-maximum suppression decided about a candidate.
struct SuppressionVerdict {
    /// The candidate as it would be detected.
    var detection: Detection
    /// The better candidate that drops it, by its place among the verdicts, and their IoU; nil where none
    /// does.
    var suppressor: (index: Int, overlap: Float)?
}

/// An anchor with a class that entered non-maximum suppression, and what became of it.
///
/// An anchor whose best score passes the confidence threshold enters once for each class; with cross-class
/// suppression once, as its best class.
public struct InspectedCandidate: Sendable, Hashable {
    /// What became of a candidate.
    public enum Fate: Sendable, Hashable {
        /// It is an instance; the index is that in ``Inspection/instances``.
        case instance(Int)
        /// Suppression kept it, but the score threshold, the limit of instances, the choice of classes or
        /// the limit of detections left it out.
        case notSelected
        /// A better one of its class (cross-class: of any) overlaps it by more than the threshold. The
        /// index is that in ``Inspection/candidates``. Of several it is the kept one with the largest
        /// IoU; with Fast NMS it may be one that was itself suppressed.
        case suppressed(by: Int, overlap: Float)
    }

    /// Class, score (before any correction), box and anchor.
    public var detection: Detection
    /// What became of it.
    public var fate: Fate
}
