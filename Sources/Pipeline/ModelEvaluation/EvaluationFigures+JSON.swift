public import Foundation

extension EvaluationFigures {
    /// The figures as a JSON object. Names of fields do not change; more may come. A figure that has no
    /// truth to be computed from is null, and so are all figures of what was not compared.
    ///
    /// - Parameters:
    ///   - subject: What was evaluated, for people.
    ///   - warnings: What a person should know about the figures.
    /// - Throws: What `JSONEncoder` throws.
    public func json(subject: String, warnings: [String]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let truths = truthCounts
        let document = Document(
            annotations: dataset.path, evaluated: subject, images: imageCount,
            truths: truths.reduce(0, +), detections: detectionCount,
            box: OrNull(summary(.box).map(Self.named)),
            mask: OrNull(summary(.mask).map(Self.named)),
            yolact: YolactRows(
                box: OrNull(Self.named(table, .box)), mask: OrNull(Self.named(table, .mask))),
            categories: dataset.categories.indices.map { index in
                CategoryRow(
                    id: dataset.categories[index].id, name: dataset.categories[index].name,
                    truths: truths[index],
                    box: OrNull(summary(.box, category: index).map(Self.named)),
                    mask: OrNull(summary(.mask, category: index).map(Self.named)))
            },
            warnings: warnings)
        return try encoder.encode(document) + Data("\n".utf8)
    }

    private struct Document: Encodable {
        var annotations: String
        var evaluated: String
        var images: Int
        var truths: Int
        var detections: Int
        var box: OrNull<[String: Double?]>
        var mask: OrNull<[String: Double?]>
        var yolact: YolactRows
        var categories: [CategoryRow]
        var warnings: [String]
    }

    private struct YolactRows: Encodable {
        var box: OrNull<[String: Double]>
        var mask: OrNull<[String: Double]>
    }

    /// A value that is written as null where there is none, instead of being left out.
    private struct OrNull<Value: Encodable>: Encodable {
        var value: Value?

        init(_ value: Value?) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let value { try container.encode(value) } else { try container.encodeNil() }
        }
    }

    private struct CategoryRow: Encodable {
        var id: Int
        var name: String
        var truths: Int
        var box: OrNull<[String: Double?]>
        var mask: OrNull<[String: Double?]>
    }

    /// The twelve figures by the names of ``EvaluationSummary/names``.
    private static func named(_ summary: EvaluationSummary) -> [String: Double?] {
        Dictionary(
            uniqueKeysWithValues: zip(EvaluationSummary.names, summary.values).map {
                ($0, $1 < 0 ? nil : $1)
            })
    }

    /// A row of the table: "all", "50", "55", ... in percent.
    private static func named(_ table: YolactTable, _ kind: EvaluationKind) -> [String: Double]? {
        guard let values = table.precisions[kind], let mean = table.mean(kind) else { return nil }
        var row = Dictionary(
            uniqueKeysWithValues: zip(YolactTable.percentages.map(String.init), values))
        row["all"] = mean
        return row
    }
}
