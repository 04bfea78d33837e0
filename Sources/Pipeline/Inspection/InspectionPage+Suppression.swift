import Model

extension InspectionPage {
    /// Rows of a table of candidates.
    private static let tableLimit = 100

    /// What entered suppression and what became of it.
    var suppression: ReportSection {
        let likely = inspection.candidates.indices.filter {
            inspection.candidates[$0].detection.score > inspection.detection.confidenceThreshold
        }
        var counts = (instances: 0, notSelected: 0, suppressed: 0)
        for index in likely {
            switch inspection.candidates[index].fate {
            case .instance: counts.instances += 1
            case .notSelected: counts.notSelected += 1
            case .suppressed: counts.suppressed += 1
            }
        }
        let threshold = Self.score(inspection.detection.confidenceThreshold)
        return ReportSection(
            "Anchors and suppression", note: explanation,
            [
                ReportLayout.tiles([
                    ("\(likely.count)", "candidates with a score above \(threshold)"),
                    ("\(counts.instances)", "became instances"),
                    ("\(counts.notSelected)", "kept, but not selected"),
                    ("\(counts.suppressed)", "suppressed"),
                ]),
                ReportLayout.figure(
                    drawing(boxes(likely), "boxes of all candidates"),
                    title: """
                        Boxes of instances are thick; thin ones were kept but not selected or, dashed, \
                        suppressed.
                        """),
                table(likely), remainder(likely.count),
            ])
    }

    /// Boxes of candidates, those of instances on top.
    private func boxes(_ indices: [Int]) -> [HTML] {
        let instances = inspection.instances.map(\.candidate)
        return indices.filter { !instances.contains($0) }.map(box) + instances.reversed().map(box)
    }

    /// The box of a candidate.
    func box(_ index: Int) -> HTML {
        let candidate = inspection.candidates[index]
        let detection = candidate.detection
        let text = "\(name(detection.classIndex)) \(Self.score(detection.score)): \(fate(index))"
        let colour = Palette.colour(at: detection.classIndex)
        switch candidate.fate {
        case .instance: return outline(detection.box, colour, width: 3, text)
        case .notSelected: return outline(detection.box, colour, width: 1.5, text)
        case .suppressed: return outline(detection.box, colour, width: 1.5, dashed: true, text)
        }
    }

    /// What became of a candidate, in words.
    func fate(_ index: Int) -> String {
        switch inspection.candidates[index].fate {
        case .instance(let number): return "instance #\(number + 1)"
        case .notSelected: return "kept, not selected"
        case .suppressed(let winner, let overlap):
            let better = inspection.candidates[winner]
            let description =
                "\(name(better.detection.classIndex)) \(Self.score(better.detection.score))"
            let by =
                switch better.fate {
                case .instance(let number): "#\(number + 1)"
                case .notSelected: "\(description), which was kept"
                case .suppressed: "\(description), itself suppressed"
                }
            return "suppressed by \(by), IoU \(ChartNumber.fixed(Double(overlap), digits: 2))"
        }
    }

    private var explanation: HTML {
        let options = inspection.detection
        let iou = ChartNumber.fixed(Double(options.suppressionThreshold), digits: 2)
        let rule: HTML =
            switch options.suppression {
            case .fast:
                """
                Fast NMS: of each class, a box that overlaps a better one by more than \(iou) is dropped, \
                also if that one was dropped itself.
                """
            case .crossClass:
                """
                Fast NMS across classes: a box that overlaps a better one of any class by more than \
                \(iou) is dropped.
                """
            case .traditional:
                "Greedy NMS: of each class, a box that overlaps a kept one by \(iou) or more is dropped."
            }
        let score = Self.score(inspection.selection.scoreThreshold)
        return """
            \(rule) What is kept becomes an instance if its score is above \(score) and it is among the \
            best \(inspection.selection.limit). Rest the pointer on a box to see what became of it.
            """
    }

    private func table(_ indices: [Int]) -> HTML {
        let ranked = indices.sorted {
            (inspection.candidates[$0].detection.score, $1)
                > (inspection.candidates[$1].detection.score, $0)
        }
        let rows = ranked.prefix(Self.tableLimit).map { index -> [String] in
            let detection = inspection.candidates[index].detection
            return [
                name(detection.classIndex), Self.score(detection.score), "\(detection.anchor)",
                fate(index),
            ]
        }
        let shown =
            rows.count < indices.count ? "The best \(rows.count) candidates" : "All candidates"
        return ReportLayout.details(
            shown,
            ReportTable(
                columns: [
                    .init("class", isNumeric: false), .init("score"), .init("anchor"),
                    .init("what became of it", isNumeric: false),
                ], rows: rows
            ).html)
    }

    private func remainder(_ likely: Int) -> HTML {
        let rest = inspection.candidates.count - likely
        guard rest > 0 else { return .empty }
        return """
            <p class="note" style="margin: 14px 0 0">An anchor enters once for each class. \(rest) more \
            entries, whose anchors pass the threshold with another class, are not shown.</p>
            """
    }
}
