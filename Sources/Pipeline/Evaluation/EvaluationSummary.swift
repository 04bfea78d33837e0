import Foundation

/// The twelve figures by which COCO compares detectors, each 0...1, or -1 where there is no truth.
///
/// They are defined for COCO's ``EvaluationOptions``; with other options a figure whose threshold, size
/// range or number of detections is not among them is -1.
public struct EvaluationSummary: Sendable, Hashable {
    /// The kind of comparison.
    public let kind: EvaluationKind
    /// The figures in COCO's order: AP, AP50, AP75, AP small, medium, large; AR with 1, 10 and 100
    /// detections an image, AR small, medium, large.
    public let values: [Double]

    /// AP over all thresholds: the figure that is meant by "mAP".
    public var averagePrecision: Double { values[0] }
    /// AP at an overlap of 0.5.
    public var averagePrecision50: Double { values[1] }
    /// AP at an overlap of 0.75.
    public var averagePrecision75: Double { values[2] }

    /// Names of the figures, in the order of ``values``.
    public static let names = [
        "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
    ]

    /// The figures one a line, as COCO's tools print them.
    public var table: String {
        let ranges = ["all", "all", "all", "small", "medium", "large"]
        let recallRanges = ["all", "all", "all", "small", "medium", "large"]
        let overlaps = ["0.50:0.95", "0.50", "0.75", "0.50:0.95", "0.50:0.95", "0.50:0.95"]
        let maxima = [1, 10, 100, 100, 100, 100]
        return (0..<12).map { index in
            let isPrecision = index < 6
            let title = isPrecision ? "Average Precision  (AP)" : "Average Recall     (AR)"
            let overlap = isPrecision ? overlaps[index] : "0.50:0.95"
            let range = isPrecision ? ranges[index] : recallRanges[index - 6]
            let maximum = isPrecision ? 100 : maxima[index - 6]
            return " \(title) @[ IoU=\(overlap.padding(toLength: 9, withPad: " ", startingAt: 0))"
                + " | area=\(String(repeating: " ", count: 6 - range.count))\(range)"
                + " | maxDets=\(String(format: "%3d", maximum)) ]"
                + " = \(String(format: "%0.3f", values[index]))"
        }.joined(separator: "\n")
    }
}

extension EvaluationMetrics {
    /// The twelve figures over all categories.
    public var summary: EvaluationSummary { summary(category: nil) }

    /// The twelve figures of one category, or over all.
    ///
    /// - Parameter category: Index into ``categories``; nil for all.
    public func summary(category: Int?) -> EvaluationSummary {
        func precision(_ threshold: Double? = nil, _ area: AreaRange = .all) -> Double {
            averagePrecision(threshold: threshold, area: area, maximum: 100, category: category)
        }
        func recall(_ maximum: Int, _ area: AreaRange = .all) -> Double {
            averageRecall(area: area, maximum: maximum, category: category)
        }
        return EvaluationSummary(
            kind: kind,
            values: [
                precision(), precision(0.5), precision(0.75), precision(nil, .small),
                precision(nil, .medium), precision(nil, .large), recall(1), recall(10),
                recall(100), recall(100, .small), recall(100, .medium), recall(100, .large),
            ])
    }
}
