/// All figures of an evaluation: COCO's for boxes and masks, and the table of the official program.
public struct EvaluationFigures: Sendable {
    /// The data set that was compared with.
    public let dataset: EvaluationDataset
    /// COCO's figures by what was compared.
    public let metrics: [EvaluationKind: EvaluationMetrics]
    /// The table of the official YOLACT program.
    public let table: YolactTable
    /// Images that were compared.
    public let imageCount: Int
    /// Detections that were compared; where boxes and masks come from two files, those of the one that
    /// has more.
    public let detectionCount: Int

    /// What was compared, in the order in which it is shown.
    public var kinds: [EvaluationKind] { EvaluationKind.allCases.filter { metrics[$0] != nil } }

    /// Collects the figures of evaluators, one for each kind or one for all, over the same data set.
    public init(_ evaluators: [Evaluator]) {
        precondition(!evaluators.isEmpty)
        dataset = evaluators[0].dataset
        var metrics: [EvaluationKind: EvaluationMetrics] = [:]
        var precisions: [EvaluationKind: [Double]] = [:]
        for evaluator in evaluators {
            for kind in evaluator.options.kinds { metrics[kind] = evaluator.metrics(kind) }
            precisions.merge(evaluator.yolactTable().precisions) { $1 }
        }
        self.metrics = metrics
        table = YolactTable(precisions: precisions)
        imageCount = evaluators.map(\.imageCount).max() ?? 0
        detectionCount = evaluators.map(\.detectionCount).max() ?? 0
    }

    /// True instances in the images that were compared, by category; crowds are not counted.
    public var truthCounts: [Int] {
        guard let first = kinds.first, let metrics = metrics[first] else { return [] }
        return metrics.categories.indices.map { metrics.truthCount(category: $0) }
    }

    /// The twelve figures of a kind, of one category or over all.
    public func summary(_ kind: EvaluationKind, category: Int? = nil) -> EvaluationSummary? {
        metrics[kind]?.summary(category: category)
    }
}
