public import Model

/// A detection that is to be compared with the truth.
public struct EvaluationDetection: Sendable, Hashable {
    /// Its category in the data set; detections of other categories are not looked at.
    public var categoryID: Int
    /// Confidence; any number, larger is surer.
    public var score: Double
    /// Confidence that boxes are ranked by; differs from ``score`` for networks that correct the scores of
    /// masks (YOLACT++), whose official code compares boxes by the score before the correction.
    public var boxScore: Double
    /// Its box; nil means that of the mask.
    public var box: EvaluationBox?
    /// Its mask; nil means the inside of the box.
    public var mask: RunLengthEncoding?
    /// Its size in square pixels; nil means that of what is compared, mask or box.
    ///
    /// It decides whether an unmatched detection belongs to a size range. COCO's tools take the area of
    /// the box for both comparisons if a results file has boxes, else that of the mask;
    /// ``ResultsFile`` does the same.
    public var area: Double?

    /// Creates a detection; `boxScore` is the score if nil.
    public init(
        categoryID: Int, score: Double, boxScore: Double? = nil, box: EvaluationBox?,
        mask: RunLengthEncoding?, area: Double? = nil
    ) {
        self.categoryID = categoryID
        self.score = score
        self.boxScore = boxScore ?? score
        self.box = box
        self.mask = mask
        self.area = area
    }

    /// Creates a detection from what the network found; of the mask only the run lengths are kept.
    ///
    /// - Parameters:
    ///   - instance: The instance.
    ///   - categoryID: Its category; see ``CategoryMap``.
    ///   - width: Picture width in pixels.
    ///   - height: Picture height in pixels.
    /// - Throws: ``RunLengthError`` if the mask cannot be encoded.
    public init(
        _ instance: Instance, categoryID: Int, width: Int, height: Int
    ) throws(RunLengthError) {
        self.init(
            categoryID: categoryID, score: Double(instance.score),
            boxScore: Double(instance.boxScore), box: EvaluationBox(instance.box),
            mask: try RunLengthEncoding(instance.mask, width: width, height: height))
    }

    /// The score that counts in a comparison.
    func score(_ kind: EvaluationKind) -> Double { kind == .box ? boxScore : score }
}

extension [Instance] {
    /// The instances as detections; those of classes that the data set does not have are left out, and,
    /// as in the official program, those whose box has no area.
    ///
    /// - Throws: ``RunLengthError`` if a mask cannot be encoded.
    public func detections(
        categories: CategoryMap, width: Int, height: Int
    ) throws(RunLengthError) -> [EvaluationDetection] {
        var detections: [EvaluationDetection] = []
        detections.reserveCapacity(count)
        for instance in self where instance.box.width > 0 && instance.box.height > 0 {
            guard let id = categories.categoryID(ofClass: instance.classIndex) else { continue }
            detections.append(
                try EvaluationDetection(instance, categoryID: id, width: width, height: height))
        }
        return detections
    }
}
