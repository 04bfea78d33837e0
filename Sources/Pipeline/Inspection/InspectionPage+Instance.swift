import Model

extension InspectionPage {
    /// An instance: where it was found, its coefficients, and its mask step by step.
    func instance(_ index: Int) -> ReportSection {
        let item = inspection.instances[index]
        let combination = pictures.combinations[index]
        let score = Self.score(item.instance.score)
        return ReportSection(
            "\(title(index)), \(score)", note: explanation(item),
            [
                ReportLayout.grid(
                    [
                        ReportLayout.figure(
                            drawing(anchors(index), "anchor and boxes of \(title(index))"),
                            title: """
                                <b>Box</b> (thick), its anchor (white, dashed) and what it suppressed (thin)
                                """),
                        ReportLayout.figure(
                            coefficients(index), title: "<b>Coefficients</b> by prototype"),
                    ], width: 340),
                "<h3>Linear combination, largest coefficients first (p0 is prototype 0)</h3>",
                ReportLayout.grid(steps(item, combination), width: 190), legend(combination.limit),
                terms(item),
            ])
    }

    private func explanation(_ item: InspectedInstance) -> HTML {
        let anchor = item.anchor
        let constant: HTML =
            item.constant == 0
            ? .empty : " \(Double(item.constant), digits: 3) is added everywhere (mask_proto_bias)."
        return """
            Found by an anchor of level P\(anchor.level), row \(anchor.row), column \(anchor.column). The \
            sum of the prototypes, each times its coefficient, goes through the sigmoid, is cut to the box\
            \(inspection.cropsToBox ? "" : " (not here: --no-crop)"), enlarged to the picture, and is the \
            mask where it exceeds 0.5.\(constant)
            """
    }

    private func anchors(_ index: Int) -> [HTML] {
        let item = inspection.instances[index]
        return suppressed(byInstance: index).map(box) + [
            box(item.candidate),
            outline(item.anchor.box, .white, width: 2, dashed: true, "the anchor"),
        ]
    }

    private func coefficients(_ index: Int) -> HTML {
        let values = inspection.instances[index].coefficients.map(Double.init)
        let largest = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        let limit =
            largest > 0.5 || largest == 0 ? 1 : ChartScale.fromZero(to: [largest]).upperBound
        return SignedColumnChart(
            "coefficients of \(title(index))", values: values,
            names: values.enumerated().map {
                "prototype \($0): \(ChartNumber.fixed($1, digits: 3))"
            },
            domain: -limit...limit, xTitle: "prototype", yTitle: "coefficient"
        ).responsive
    }

    private func steps(
        _ item: InspectedInstance, _ combination: InspectionPictures.Combination
    ) -> [HTML] {
        let order = item.order
        let frame = [outline(item.box, .white, width: 1.5, "the box")]
        var before = 0
        var figures = combination.sums.map { terms, picture -> HTML in
            let added = order[before..<terms].prefix(2).map { prototype in
                let value = ChartNumber.fixed(Double(item.coefficients[prototype]), digits: 2)
                return "\(value.hasPrefix("-") ? "" : "+")\(value) × p\(prototype)"
            }.joined(separator: " ")
            let more = terms - before > 2 ? " and \(terms - before - 2) more" : ""
            before = terms
            return ReportLayout.figure(
                stretched(picture, "sum of \(terms) terms", frame),
                title: """
                    <b>\(terms == 1 ? "1 term" : "\(terms) terms")</b><small>\(added)\(more)</small>
                    """)
        }
        figures += [
            ReportLayout.figure(
                stretched(combination.sigmoid, "sigmoid", frame),
                title: "<b>Sigmoid</b><small>0 black to 1 white</small>"),
            ReportLayout.figure(
                stretched(combination.crop, "sigmoid inside the box"),
                title: "<b>Crop</b><small>nothing outside of the box</small>"),
            ReportLayout.figure(
                stretched(combination.mask, "mask"),
                title: "<b>Mask</b><small>above 0.5, \(item.instance.mask.area) pixels</small>"),
        ]
        return figures
    }

    private func legend(_ limit: Float) -> HTML {
        let end = ChartNumber.fixed(Double(limit), digits: 1)
        return """
            <ul class="legend" style="margin: 12px 0 0"><li><i style="background: rgb(170 70 10)"></i>\
            sum \(end): inside</li><li><i style="background: rgb(248 248 246); border: 1px solid \
            var(--axis)"></i>0</li><li><i style="background: rgb(14 60 130)"></i>-\(end): outside</li></ul>
            """
    }

    private func terms(_ item: InspectedInstance) -> HTML {
        let prototypes = inspection.prototypes
        let rows = item.order.enumerated().map { rank, index -> [String] in
            let coefficient = Double(item.coefficients[index])
            let most = Double(prototypes[index].max() ?? 0) * coefficient
            return [
                "\(rank + 1)", "\(index)", ChartNumber.fixed(coefficient, digits: 4),
                ChartNumber.fixed(most, digits: 3),
            ]
        }
        return ReportLayout.details(
            "All terms",
            ReportTable(
                columns: [
                    .init("rank"), .init("prototype"), .init("coefficient"), .init("adds at most"),
                ], rows: rows
            ).html)
    }
}
