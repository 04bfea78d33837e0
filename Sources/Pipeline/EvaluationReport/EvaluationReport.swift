import Foundation

/// The figures of an evaluation as a page with charts and pictures.
public struct EvaluationReport: Sendable {
    /// What the report shows.
    public var figures: EvaluationFigures
    /// What was evaluated, for people.
    public var subject: String
    /// What a person should know about the figures.
    public var warnings: [String]
    /// Counts of mistakes and the worst of them; nil leaves them out.
    public var mistakes: MistakeCollector?
    /// Where pictures for the worst mistakes come from; nil shows outlines alone.
    public var pictures: PictureCollection?
    /// Names of the categories whose precision-recall curves are drawn; nil for the twelve with most truths.
    public var curveCategories: [String]?
    /// Pictures of each kind of mistake.
    public var picturesOfEachKind = 8
    /// What makes the report, if that is to be told.
    public var origin: ReportOrigin?

    /// Creates a report without pictures and mistakes.
    public init(figures: EvaluationFigures, subject: String, warnings: [String] = []) {
        self.figures = figures
        self.subject = subject
        self.warnings = warnings
    }

    /// Puts the report together; reads the pictures that it shows.
    ///
    /// - Throws: `VideoError` for a picture that cannot be read, ``EvaluationError``.
    public func page() throws -> ReportPage {
        var sections = [summarySection, curveSection]
        if let section = categoryCurveSection { sections.append(section) }
        sections += [categorySection, sizeSection]
        if let mistakes {
            sections.append(outcomeSection(mistakes))
            sections += try MistakeGallery(self, mistakes).sections()
        }
        sections.append(tableSection)
        return ReportPage(
            title: "Evaluation on \((figures.dataset.path as NSString).lastPathComponent)",
            subtitle: subject, sections: sections, origin: origin)
    }

    /// The kind by which classes are ranked and curves of classes are drawn: masks, if there are any.
    var mainKind: EvaluationKind { figures.metrics[.mask] != nil ? .mask : .box }

    /// What a category is called.
    func name(ofCategory index: Int) -> String {
        let category = figures.dataset.categories[index]
        return category.name.isEmpty ? "category \(category.id)" : category.name
    }

    /// Indices of the categories that have truth.
    var presentCategories: [Int] {
        let truths = figures.truthCounts
        return truths.indices.filter { truths[$0] > 0 }
    }

    static func colour(_ kind: EvaluationKind) -> ChartColour { .series(kind == .mask ? 0 : 1) }

    var kindLegend: HTML {
        ChartLegend(
            figures.kinds.reversed().map { ($0 == .mask ? "masks" : "boxes", Self.colour($0)) }
        ).html
    }

    private var summarySection: ReportSection {
        var tiles: [(value: String, name: String)] = []
        for kind in figures.kinds.reversed() {
            guard let summary = figures.summary(kind) else { continue }
            for (value, name) in [
                (summary.averagePrecision, "AP"), (summary.averagePrecision50, "AP50"),
                (summary.averagePrecision75, "AP75"),
            ] {
                tiles.append(
                    (
                        EvaluationFigures.figure(value),
                        FigureDirection.mark("\(kind.rawValue) \(name)", .higher)
                    ))
            }
        }
        let counts: HTML = """
            <p class="note" style="margin: 14px 0 0">\(figures.imageCount) images, \
            \(figures.truthCounts.reduce(0, +)) truths in \(presentCategories.count) classes, \
            \(figures.detectionCount) detections.</p>
            """
        let notes = warnings.map { warning -> HTML in
            "<p class=\"note\" style=\"margin: 6px 0 0\">Note: \(warning).</p>"
        }
        return ReportSection(
            "", note: "Average precision and recall lie between 0 and 1; higher is better.",
            [ReportLayout.tiles(tiles), counts] + notes)
    }
}
