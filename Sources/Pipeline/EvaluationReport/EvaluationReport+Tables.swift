extension EvaluationReport {
    /// All numbers.
    var tableSection: ReportSection {
        let heading: (String) -> HTML = { "<h3>\($0)</h3>" }
        return ReportSection(
            "Numbers",
            note: """
                AP and AR as COCO defines them, equal to those of pycocotools. The official YOLACT program \
                counts a little differently.
                """,
            [
                heading("COCO"), summaryTable, heading("Official YOLACT program, AP in percent"),
                yolactTable, ReportLayout.details("Every class", categoryTable),
            ])
    }

    private var summaryTable: HTML {
        let explanations = [
            "overlaps 0.50 to 0.95", "overlap 0.50", "overlap 0.75", "small", "medium", "large",
            "1 detection an image", "10 detections an image", "100 detections an image", "small",
            "medium", "large",
        ]
        return ReportTable(
            columns: [.init("", isNumeric: false), .init("", isNumeric: false)]
                + figures.kinds.map { .init($0.rawValue) },
            rows: EvaluationSummary.names.indices.map { index in
                [EvaluationSummary.names[index], explanations[index]]
                    + figures.kinds.map { kind in
                        figures.summary(kind).map { EvaluationFigures.figure($0.values[index]) }
                            ?? "-"
                    }
            }
        ).html
    }

    private var yolactTable: HTML {
        ReportTable(
            columns: [.init("", isNumeric: false), .init("all")]
                + YolactTable.percentages.map { .init(".\($0)") },
            rows: figures.kinds.compactMap { kind in
                guard let mean = figures.table.mean(kind),
                    let values = figures.table.precisions[kind]
                else { return nil }
                return [kind.rawValue] + ([mean] + values).map { ChartNumber.fixed($0, digits: 2) }
            }
        ).html
    }

    private var categoryTable: HTML {
        let truths = figures.truthCounts
        // AP, AP50, AP75, small, medium, large, AR100.
        let shown = [0, 1, 2, 3, 4, 5, 8]
        return ReportTable(
            columns: [.init("class", isNumeric: false), .init("truths")]
                + figures.kinds.flatMap { kind in
                    shown.map { .init("\(kind.rawValue) \(EvaluationSummary.names[$0])") }
                },
            rows: figures.dataset.categories.indices.map { index in
                [name(ofCategory: index), "\(truths[index])"]
                    + figures.kinds.flatMap { kind -> [String] in
                        let values = figures.summary(kind, category: index)?.values
                        return shown.map { column in
                            values.map { EvaluationFigures.figure($0[column]) } ?? "-"
                        }
                    }
            }
        ).html
    }
}
