extension EvaluationReport {
    /// AP of each class, best first.
    var categorySection: ReportSection {
        let main = mainKind
        let precisions = presentCategories.map { index in
            (index: index, value: figures.metrics[main]?.averagePrecision(category: index) ?? -1)
        }
        let ranked = precisions.sorted { ($1.value, $0.index) < ($0.value, $1.index) }
        let groups = ranked.map { item in
            BarChart.Group(
                name(ofCategory: item.index),
                figures.kinds.reversed().compactMap { kind in
                    figures.metrics[kind].map {
                        bar($0.averagePrecision(category: item.index), kind, "AP")
                    }
                })
        }
        return ReportSection(
            "Classes", note: "AP, the best class first.",
            [kindLegend, chart("AP of each class", groups)])
    }

    /// AP and AR by size.
    var sizeSection: ReportSection {
        let ranges: [AreaRange] = [.small, .medium, .large]
        func groups(
            _ name: String, _ value: (EvaluationMetrics, AreaRange) -> Double
        ) -> [BarChart.Group] {
            ranges.map { range in
                BarChart.Group(
                    range.name,
                    figures.kinds.reversed().compactMap { kind in
                        figures.metrics[kind].map { bar(value($0, range), kind, name) }
                    })
            }
        }
        let precision = groups("AP") { $0.averagePrecision(area: $1) }
        let recall = groups("AR") { $0.averageRecall(area: $1) }
        let counts = ranges.map { range in
            let metrics = figures.metrics[mainKind]
            let count = figures.dataset.categories.indices.reduce(0) {
                $0 + (metrics?.truthCount(category: $1, area: range) ?? 0)
            }
            return "\(count) \(range.name)"
        }
        return ReportSection(
            "Sizes",
            note: """
                By the area of the truth: small up to 32 x 32 pixels, medium up to 96 x 96, large above. \
                Truths: \(counts.joined(separator: ", ")).
                """,
            [
                kindLegend,
                ReportLayout.grid(
                    [
                        ReportLayout.figure(
                            sizeChart("AP by size", precision), title: "Average precision"),
                        ReportLayout.figure(
                            sizeChart("AR by size", recall),
                            title: "Average recall, 100 detections an image"),
                    ], width: 440),
            ])
    }

    /// What became of the truths of each class.
    func outcomeSection(_ mistakes: MistakeCollector) -> ReportSection {
        let outcomes: [(ImageDiagnosis.Outcome, String, ChartColour)] = [
            (.found, "found", .series(2)), (.poorOverlap, "bad \(mainKind.rawValue)", .series(3)),
            (.wrongCategory, "wrong class", .series(4)), (.missed, "missed", .series(5)),
        ]
        let groups = presentCategories.compactMap { index -> (share: Double, BarChart.Group)? in
            let counts = outcomes.map { mistakes.count($0.0, category: index) }
            let sum = counts.reduce(0, +)
            guard sum > 0 else { return nil }
            let bars = zip(outcomes, counts).map { outcome, count in
                let share = Double(count) / Double(sum)
                return BarChart.Bar(
                    share, colour: outcome.2,
                    label: "\(count) of \(sum), \(ChartNumber.fixed(share * 100, digits: 1)) %",
                    name: outcome.1)
            }
            return (bars[0].value, BarChart.Group(name(ofCategory: index), bars))
        }
        let ranked = groups.sorted { $0.share > $1.share }.map(\.1)
        var chart = BarChart(
            "What became of the truths of each class", groups: ranked, arrangement: .stacked,
            domain: 0...1)
        chart.width = 1040
        chart.nameWidth = 130
        return ReportSection(
            "What became of the truths",
            note: """
                At a score of at least \(ChartNumber.fixed(mistakes.leastScore, digits: 2)) and an overlap \
                of at least 0.5. Crowds are not counted.
                """,
            [ChartLegend(outcomes.map { ($0.1, $0.2) }).html, chart.responsive])
    }

    private func bar(_ value: Double, _ kind: EvaluationKind, _ name: String) -> BarChart.Bar {
        BarChart.Bar(
            max(0, value), colour: Self.colour(kind),
            label: value < 0 ? "no truth" : ChartNumber.fixed(value, digits: 3),
            name: "\(kind == .mask ? "masks" : "boxes"), \(name)")
    }

    /// Many groups come in two charts side by side.
    private func chart(_ description: String, _ groups: [BarChart.Group]) -> HTML {
        func part(_ groups: [BarChart.Group], width: Double) -> HTML {
            var chart = BarChart(description, groups: groups, domain: 0...1)
            chart.width = width
            chart.nameWidth = 130
            return chart.responsive
        }
        guard groups.count > 16 else { return part(groups, width: 1040) }
        let middle = (groups.count + 1) / 2
        return ReportLayout.grid(
            [groups[..<middle], groups[middle...]].map { part(Array($0), width: 520) }, width: 440)
    }

    /// Size ranges have short names and few bars.
    private func sizeChart(_ description: String, _ groups: [BarChart.Group]) -> HTML {
        var chart = BarChart(description, groups: groups, domain: 0...1)
        chart.nameWidth = 70
        return chart.responsive
    }
}
