import Foundation

extension EvaluationFigures {
    /// The figures as text: for each kind COCO's twelve lines, then the official program's table, and if
    /// wanted a line for each category.
    public func text(perCategory: Bool = false) -> String {
        var parts = kinds.compactMap { kind in
            summary(kind).map { "\(Self.title(kind))\n\($0.table)" }
        }
        parts.append("AP in percent, as the official YOLACT program has it\n\(table.text)")
        if perCategory { parts.append(categoryTable) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// What a kind is called in headings.
    static func title(_ kind: EvaluationKind) -> String { kind == .box ? "Boxes" : "Masks" }

    /// A line for each category: number of truths, and AP, AP50, AP75 and AR100 of each kind.
    private var categoryTable: String {
        let truths = truthCounts
        let columns = [0, 1, 2, 8]
        var rows = [
            ["category", "truths"]
                + kinds.flatMap { kind in
                    columns.map { "\(kind.rawValue) \(EvaluationSummary.names[$0])" }
                }
        ]
        for (index, category) in dataset.categories.enumerated() {
            rows.append(
                [category.name.isEmpty ? "\(category.id)" : category.name, "\(truths[index])"]
                    + kinds.flatMap { kind in
                        let values = summary(kind, category: index)?.values ?? []
                        return columns.map { Self.figure(values[$0]) }
                    })
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// A figure with three digits; a dash where there is no truth.
    static func figure(_ value: Double) -> String {
        value < 0 ? "-" : String(format: "%.3f", value)
    }
}
