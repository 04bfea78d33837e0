/// Average precision and recall as COCO defines them, equal to what `pycocotools` computes.
///
/// For a category k, size range a and number of detections m, the detections of all images (of each at
/// most the m surest) are put in order of falling score; ties stay in the order of image ids. With
/// TP(i) and FP(i) the matches and false detections among the first i, those that do not count left
/// out, and P the number of truths that count:
///
///     recall(i) = TP(i) / P
///     precision(i) = TP(i) / (TP(i) + FP(i))
///     precision at recall r = max of precision(j) for j >= i, i the first with recall(i) >= r; else 0
///     AP = mean of precision at recall 0, 0.01, ... 1
///     AR = recall at the last detection
///
/// Both are then averaged over thresholds 0.5, 0.55, ... 0.95 and over the categories that have truth.
/// Where there is none, figures are -1, and such figures are left out of means.
public struct EvaluationMetrics: Sendable {
    /// What was compared.
    public let kind: EvaluationKind
    /// How.
    public let options: EvaluationOptions
    /// The categories in the order of the figures; a single one without name where categories do not
    /// count.
    public let categories: [EvaluationCategory]
    /// Number of truths that count, by category and size range; see ``truthCount(category:area:)``.
    public let truthCounts: [Int]
    /// Precision by threshold, recall, category, size range and number of detections, the last running
    /// fastest; see ``precisionIndex(threshold:recall:category:area:maximum:)``.
    public let precision: [Double]
    /// The score at which that recall is reached; laid out like ``precision``.
    public let scores: [Double]
    /// Recall by threshold, category, size range and number of detections, the last running fastest.
    public let recall: [Double]

    init(
        kind: EvaluationKind, dataset: EvaluationDataset, options: EvaluationOptions,
        images: [ImageMatches?]
    ) {
        self.kind = kind
        self.options = options
        categories =
            options.usesCategories ? dataset.categories : [EvaluationCategory(id: -1, name: "")]
        let curves = CurveSet(images, categories: categories.count, options: options)
        precision = curves.precision
        scores = curves.scores
        recall = curves.recall
        truthCounts = curves.truthCounts
    }

    /// Index into ``precision`` and ``scores``, from indices into the options and ``categories``.
    public func precisionIndex(
        threshold: Int, recall: Int, category: Int, area: Int, maximum: Int
    ) -> Int {
        (((threshold * options.recallThresholds.count + recall) * categories.count + category)
            * options.areaRanges.count + area) * options.maximumDetections.count + maximum
    }

    /// Index into ``recall``, from indices into the options and ``categories``.
    public func recallIndex(threshold: Int, category: Int, area: Int, maximum: Int) -> Int {
        ((threshold * categories.count + category) * options.areaRanges.count + area)
            * options.maximumDetections.count + maximum
    }

    /// Number of truths of a category in a size range, crowds not counted.
    public func truthCount(category: Int, area: AreaRange = .all) -> Int {
        options.areaRanges.firstIndex(of: area).map {
            truthCounts[category * options.areaRanges.count + $0]
        } ?? 0
    }

    /// Average precision.
    ///
    /// - Parameters:
    ///   - threshold: Least overlap of a match, as it stands in the options; nil for the mean over all.
    ///   - area: A size range of the options.
    ///   - maximum: A number of detections of the options; nil for the largest.
    ///   - category: Index of a category; nil for the mean over all.
    /// - Returns: 0...1, or -1 where there is no truth.
    public func averagePrecision(
        threshold: Double? = nil, area: AreaRange = .all, maximum: Int? = nil, category: Int? = nil
    ) -> Double {
        mean(threshold, area, maximum, category) { t, k, a, m, mean in
            for r in options.recallThresholds.indices {
                mean.add(
                    precision[
                        precisionIndex(threshold: t, recall: r, category: k, area: a, maximum: m)])
            }
        }
    }

    /// Average recall: of what is there, how much is found. Parameters and result are those of
    /// ``averagePrecision(threshold:area:maximum:category:)``.
    public func averageRecall(
        threshold: Double? = nil, area: AreaRange = .all, maximum: Int? = nil, category: Int? = nil
    ) -> Double {
        mean(threshold, area, maximum, category) { t, k, a, m, mean in
            mean.add(recall[recallIndex(threshold: t, category: k, area: a, maximum: m)])
        }
    }

    /// The precision at each recall threshold of the options: a precision-recall curve.
    ///
    /// - Parameters:
    ///   - threshold: Least overlap of a match, as it stands in the options; nil for the mean over all.
    ///   - category: Index of a category; nil for the mean over all.
    ///   - area: A size range of the options.
    /// - Returns: A number for each recall threshold, 0...1, or -1 where there is no truth.
    public func precisionCurve(
        threshold: Double? = nil, category: Int? = nil, area: AreaRange = .all
    ) -> [Double] {
        options.recallThresholds.indices.map { r in
            mean(threshold, area, nil, category) { t, k, a, m, mean in
                mean.add(
                    precision[
                        precisionIndex(threshold: t, recall: r, category: k, area: a, maximum: m)])
            }
        }
    }

    /// The mean of the figures that are there.
    private struct Mean {
        private var sum = 0.0
        private var count = 0

        mutating func add(_ value: Double) {
            guard value > -1 else { return }
            sum += value
            count += 1
        }

        var value: Double { count > 0 ? sum / Double(count) : -1 }
    }

    private func mean(
        _ threshold: Double?, _ area: AreaRange, _ maximum: Int?, _ category: Int?,
        _ add: (Int, Int, Int, Int, inout Mean) -> Void
    ) -> Double {
        let thresholds = options.overlapThresholds.indices.filter {
            threshold == nil || abs(options.overlapThresholds[$0] - threshold!) < 1e-9
        }
        guard let a = options.areaRanges.firstIndex(of: area),
            let m = maximum.map({ options.maximumDetections.firstIndex(of: $0) })
                ?? options.maximumDetections.indices.last
        else { return -1 }
        var mean = Mean()
        for t in thresholds {
            for k in category.map({ $0..<$0 + 1 }) ?? categories.indices { add(t, k, a, m, &mean) }
        }
        return mean.value
    }
}
