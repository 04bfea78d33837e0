extension EvaluationReport {
    private var thresholds: [Double] {
        figures.metrics[mainKind]?.options.overlapThresholds ?? []
    }

    private func colour(threshold index: Int) -> ChartColour {
        .ramp(thresholds.count > 1 ? Double(index) / Double(thresholds.count - 1) : 1)
    }

    private var thresholdLegend: HTML {
        ChartLegend(
            thresholds.indices.map {
                ("IoU \(ChartNumber.fixed(thresholds[$0], digits: 2))", colour(threshold: $0))
            }
        ).html
    }

    /// Curves over all classes, a chart for each kind.
    var curveSection: ReportSection {
        let charts = figures.kinds.reversed().compactMap { kind -> HTML? in
            guard let metrics = figures.metrics[kind], let summary = figures.summary(kind) else {
                return nil
            }
            let title = kind == .mask ? "Masks" : "Boxes"
            return ReportLayout.figure(
                chart("\(title): precision over recall", metrics, category: nil).responsive,
                title: """
                    <b>\(title)</b>, AP \(EvaluationFigures.figure(summary.averagePrecision))
                    """)
        }
        return ReportSection(
            "Precision and recall",
            note: """
                Mean over the classes. A curve for each overlap that a match needs; the area below it is the \
                AP at that overlap.
                """, [thresholdLegend, ReportLayout.grid(charts, width: 440)])
    }

    /// Curves of single classes.
    var categoryCurveSection: ReportSection? {
        guard let metrics = figures.metrics[mainKind] else { return nil }
        let truths = figures.truthCounts
        let shown = shownCategories(truths)
        guard !shown.isEmpty else { return nil }
        let charts = shown.map { index -> HTML in
            var chart = chart(
                "\(name(ofCategory: index)): precision over recall", metrics, category: index)
            chart.width = 330
            chart.height = 250
            let precision = metrics.averagePrecision(category: index)
            return ReportLayout.figure(
                chart.html,
                title: """
                    <b>\(name(ofCategory: index))</b>, AP \(EvaluationFigures.figure(precision)), \
                    \(truths[index]) truths
                    """)
        }
        let isSelection = shown.count < presentCategories.count && curveCategories == nil
        let extent: HTML = isSelection ? " The \(shown.count) classes with most truths." : .empty
        return ReportSection(
            "Precision and recall of classes",
            note: "\(mainKind == .mask ? "Masks" : "Boxes"), same colours.\(extent)",
            [thresholdLegend, ReportLayout.grid(charts, width: 290)])
    }

    private func shownCategories(_ truths: [Int]) -> [Int] {
        if let curveCategories {
            return curveCategories.compactMap { wanted in
                truths.indices.first {
                    name(ofCategory: $0).lowercased() == wanted.lowercased()
                }
            }
        }
        return Array(presentCategories.sorted { (truths[$1], $0) < (truths[$0], $1) }.prefix(12))
    }

    private func chart(
        _ description: String, _ metrics: EvaluationMetrics, category: Int?
    ) -> LineChart {
        let series = thresholds.enumerated().map { index, threshold in
            let curve = metrics.precisionCurve(threshold: threshold, category: category)
            let ap = metrics.averagePrecision(threshold: threshold, category: category)
            return LineChart.Series(
                "IoU \(ChartNumber.fixed(threshold, digits: 2)): AP "
                    + EvaluationFigures.figure(ap),
                colour: colour(threshold: index), points: points(curve, metrics.options))
        }
        return LineChart(
            description, series: series, xTitle: "recall", yTitle: "precision", xDomain: 0...1,
            yDomain: 0...1)
    }

    /// The points of a curve up to the first of those at its end where nothing is found any more.
    private func points(
        _ curve: [Double], _ options: EvaluationOptions
    ) -> [(x: Double, y: Double)] {
        let last = curve.lastIndex { $0 > 0 } ?? 0
        return zip(options.recallThresholds, curve).prefix(last + 2).filter { $0.1 >= 0 }.map {
            (x: $0.0, y: $0.1)
        }
    }
}
