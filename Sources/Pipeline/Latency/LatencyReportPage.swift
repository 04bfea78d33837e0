/// The report of a run as a page.
public struct LatencyReportPage: Sendable {
    private let run: LatencyRun
    private let summary: LatencySummary

    /// Creates a page about a run.
    public init(_ run: LatencyRun, _ summary: LatencySummary) {
        self.run = run
        self.summary = summary
    }

    /// The page.
    public var page: ReportPage {
        ReportPage(
            title: "Latency of \(summary.subject.input)",
            subtitle: "\(summary.subject.model); \(summary.subject.threads) threads; "
                + "\(summary.subject.started); yolact-video \(summary.subject.program)",
            sections: [tables])
    }

    private var tables: ReportSection {
        let columns =
            [ReportTable.Column("milliseconds", isNumeric: false)]
            + LatencyDistribution.headings.map { ReportTable.Column($0) }
        return ReportSection(
            "Percentiles",
            [
                ReportTable(
                    columns: columns,
                    rows: summary.rows.map { [$0.name] + $0.distribution.cells }
                ).html
            ])
    }
}
