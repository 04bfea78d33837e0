import Foundation

/// The table that the official YOLACT program prints when it evaluates: average precision in percent at
/// overlaps of 0.50, 0.55, ... 0.95 and their mean, for boxes and masks.
///
/// It is near COCO's AP but not the same:
/// - A match needs more than the threshold, and overlaps are computed in single precision.
/// - There are no size ranges, and at most 100 detections an image over all categories.
/// - Truths narrower or lower than 4/550 of the picture are left out, and so are images whose truths all
///   are, images without annotations, and images without detections (their truths too).
/// - Crowds are left out, but a detection on one counts as false: the official program takes the category
///   off crowds, so none ever agrees.
/// - A category with detections but without truth counts as 0.
/// - Ties between images go by a hash of the image id.
///
/// The official program replaces an image whose truths are all too small by a random one; here it is just
/// left out.
public struct YolactTable: Sendable, Hashable {
    /// AP in percent by kind, for the thresholds in ``percentages``.
    public let precisions: [EvaluationKind: [Double]]

    /// The thresholds in percent.
    public static let percentages = Array(stride(from: 50, to: 100, by: 5))

    /// The mean over all thresholds in percent; nil for a kind that was not compared.
    public func mean(_ kind: EvaluationKind) -> Double? {
        precisions[kind].map { $0.reduce(0, +) / Double($0.count) }
    }

    /// The table as the official program prints it.
    public var text: String {
        func row(_ cells: [String]) -> String {
            cells.map { cell in
                " \(String(repeating: " ", count: max(0, 5 - cell.count)))\(cell) |"
            }.joined()
        }
        let separator = String(repeating: "-------+", count: Self.percentages.count + 2)
        var lines = [row(["", "all "] + Self.percentages.map { ".\($0) " }), separator]
        for kind in EvaluationKind.allCases {
            guard let mean = mean(kind), let values = precisions[kind] else { continue }
            lines.append(
                row(
                    [kind.rawValue]
                        + ([mean] + values).map {
                            String(format: $0 < 100 ? "%.2f" : "%.1f", $0)
                        }))
        }
        return (lines + [separator]).joined(separator: "\n")
    }
}
