/// The report of a run as a page.
public struct LatencyReportPage: Sendable {
    let run: LatencyRun
    let summary: LatencySummary
    let measured: [FrameLatency]
    private let origin: ReportOrigin?
    /// Points that a curve needs at most: about one a pixel.
    static let curvePoints = 500

    /// Creates a page about a run.
    ///
    /// - Parameters:
    ///   - run: What was recorded.
    ///   - summary: What it says.
    ///   - origin: What makes the page, if that is to be told.
    public init(_ run: LatencyRun, _ summary: LatencySummary, origin: ReportOrigin? = nil) {
        self.run = run
        self.summary = summary
        self.origin = origin
        measured = run.measured
    }

    /// The page.
    public var page: ReportPage {
        ReportPage(
            title: "Latency of \(summary.subject.input)",
            subtitle: "\(summary.subject.model); \(summary.subject.threads) threads; "
                + (summary.subject.pacing == "realtime"
                    ? "paced at the source's timestamps; " : "read as fast as possible; ")
                + summary.subject.started,
            sections: measured.isEmpty
                ? [overview] : [overview, timeline, shares, waterfalls, depths, tables],
            origin: origin)
    }

    private var overview: ReportSection {
        let text = LatencyDistribution.text
        var tiles: [(value: String, name: String)] = []
        func tile(_ value: Double?, _ name: String) {
            tiles.append(
                (
                    value.map { "\(text($0)) ms" } ?? "unknown",
                    FigureDirection.mark(name, .lower)
                ))
        }
        let main = summary.latency.captureToWrite ?? summary.latency.arrivalToWrite
        let from = summary.latency.captureToWrite == nil ? "arrival" : "capture"
        tile(main?.p50, "\(from) to write, median")
        tile(main?.p99, "\(from) to write, p99")
        tile(main?.max, "slowest frame")
        tiles.append(
            (
                summary.throughput.map { ChartNumber.fixed($0, digits: 1) } ?? "unknown",
                FigureDirection.mark("frames a second", .higher)
            ))
        tiles.append(
            ("\(summary.frames.dropped)", FigureDirection.mark("frames dropped", .lower)))
        if let budget = summary.budget {
            tiles.append(
                (
                    "\(budget.late) of \(budget.of)",
                    FigureDirection.mark("later than \(text(budget.milliseconds)) ms", .lower)
                ))
        }
        let notes = summary.lines.filter { line in
            [
                "frames arrived", "nothing was measured", "bottleneck", "by design", "unknown",
                "pause", "capture times",
                "at a time",
            ]
            .contains { line.contains($0) }
        }
        let items = notes.map { note -> HTML in "<li>\(note)</li>" }
        return ReportSection(
            "", note: FigureDirection.explanation,
            [ReportLayout.tiles(tiles), "<ul class=\"note\">\n\(items)\n</ul>"])
    }

    private var tables: ReportSection {
        let columns =
            [ReportTable.Column("milliseconds", isNumeric: false)]
            + LatencyDistribution.headings.map { ReportTable.Column($0) }
        let stages = summary.stages.map { stage in
            [
                stage.name, "\(stage.workers)",
                ChartNumber.fixed((stage.utilisation ?? .nan) * 100, digits: 1),
                LatencyDistribution.text(stage.service?.mean ?? .nan),
                LatencyDistribution.text(stage.wait?.mean ?? .nan),
                LatencyDistribution.text(stage.meanHeldBack ?? .nan),
            ]
        }
        let stageColumns = [
            ReportTable.Column("stage", isNumeric: false), ReportTable.Column("workers"),
            ReportTable.Column("at work %"), ReportTable.Column("mean service ms"),
            ReportTable.Column("mean wait ms"), ReportTable.Column("held back ms"),
        ]
        return ReportSection(
            "Numbers",
            note: """
                Percentiles are those of HdrHistograms, to three digits, without the first \
                \(summary.frames.warmUp) frames. "Held back" is the part of the wait for which there was \
                no room in the queue.
                """,
            [
                ReportTable(
                    columns: columns, rows: summary.rows.map { [$0.name] + $0.distribution.cells }
                ).html,
                "<h3>Stages</h3>",
                ReportTable(columns: stageColumns, rows: stages).html,
            ])
    }
}
