import Foundation
public import VideoIO

/// The figures of a run as a page with charts, and the worst moments as strips of pictures.
public struct StabilityReport: Sendable {
    /// What the report shows.
    public var run: StabilityRun
    /// What was measured, for people.
    public var input: String
    /// Which model, for people.
    public var model: String
    /// Where pictures for the worst moments come from; nil shows outlines alone.
    public var video: String?
    /// How the video is read.
    public var reading: VideoReader.Options
    /// What makes the report, if that is to be told.
    public var origin: ReportOrigin?

    /// Creates a report.
    public init(
        _ run: StabilityRun, input: String, model: String, video: String?,
        reading: VideoReader.Options = .init()
    ) {
        self.run = run
        self.input = input
        self.model = model
        self.video = video
        self.reading = reading
    }

    /// Puts the report together; reads the pictures that it shows.
    ///
    /// - Throws: `VideoError` for a video that cannot be read again.
    public func page() throws -> ReportPage {
        var sections = [summary, table, timeline]
        if let classes { sections.append(classes) }
        sections += try StabilityStrips(self).sections()
        sections.append(tracks)
        return ReportPage(
            title: "Stability of \((input as NSString).lastPathComponent)",
            subtitle: "\(model); \(run.frames) frames", sections: sections, origin: origin)
    }

    static func colour(_ index: Int) -> ChartColour { .series(index) }

    var legend: HTML {
        ChartLegend(
            run.variants.enumerated().map { ($1.smoothing.rawValue, Self.colour($0)) }
        ).html
    }

    private var summary: ReportSection {
        guard let first = run.variants.first else { return ReportSection("", []) }
        let share = StabilityTable.share
        var tiles: [(value: String, name: String)] = []
        /// A tile for each way of showing, which it names.
        func add(
            _ name: String, _ direction: FigureDirection, _ text: (StabilityVariant) -> String
        ) {
            for variant in run.variants {
                let full = "\(name), \(variant.smoothing.rawValue)"
                tiles.append((text(variant), FigureDirection.mark(full, direction)))
            }
        }
        add("consistency", .higher) { share($0.figures.all.consistency, 3) }
        add("static flicker", .lower) {
            $0.figures.all.staticFlicker.map { ChartNumber.fixed(100 * $0, digits: 2) + " %" }
                ?? "unknown"
        }
        if first.accuracy != nil {
            add("identity switches", .lower) {
                $0.accuracy.map { "\($0.identitySwitches)" } ?? "unknown"
            }
            add("sMOTSA", .higher) { share($0.accuracy?.softMotsa, 3) }
        }
        let motion = first.figures.motion
        let source: HTML =
            (motion.decoderShare ?? 0) > 0
            ? """
            Motion was found by block matching, with the decoder's vectors among the candidates: for \
            \(100 * (motion.decoderShare ?? 0), digits: 0) % of the blocks theirs was the best.
            """ : "Motion was found by block matching."
        let occluded: HTML? = motion.occludedShare.map {
            """
            \(100 * $0, digits: 1) % of the pixels have no source in the frame before and are not compared.
            """
        }
        return ReportSection(
            "", note: FigureDirection.explanation,
            [
                ReportLayout.tiles(tiles),
                "<p class=\"note\">\(source) \(occluded ?? .empty)</p>",
            ])
    }

    private var table: ReportSection {
        let table = StabilityTable(run)
        let content = table.groups.flatMap { group -> [HTML] in
            // A column in which nothing stands is left out.
            let shown = table.columns.indices.filter { index in
                group.rows.contains { !$0.cells[index].isEmpty }
            }
            let columns =
                [ReportTable.Column("", isNumeric: false)]
                + shown.map { ReportTable.Column(table.columns[$0]) }
            let rows = group.rows.map { row in
                [FigureDirection.mark(row.name, row.direction)] + shown.map { row.cells[$0] }
            }
            return ["<h3>\(group.title)</h3>", ReportTable(columns: columns, rows: rows).html]
        }
        return ReportSection(
            "Figures",
            note: """
                A measure of stability alone rewards empty masks: compare coverage and the agreement with what \
                the network found in each frame. The truth moves too: its column is what no smoothing can, and \
                none should, go below. \(FigureDirection.explanation)
                """, content)
    }
}
