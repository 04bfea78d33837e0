public import Foundation

/// A directory with everything that is known of a run: `summary.json`, `frames.csv`, `trace.json`,
/// `histograms.hlog` and `report.html`.
public struct LatencyReportFiles: Sendable {
    /// Names of the files.
    public static let names = [
        "summary.json", "frames.csv", "trace.json", "histograms.hlog", "report.html",
    ]

    /// The directory.
    public var directory: String { place.path }
    private let place: ReportDirectory

    /// Makes the directory where there is none, and checks that its files can be made.
    ///
    /// - Parameters:
    ///   - directory: The directory; those above it are made as well.
    ///   - overwrite: Whether files of an earlier report may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(directory: String, overwrite: Bool) throws(FrameRecordError) {
        place = try ReportDirectory(directory, names: Self.names, overwrite: overwrite)
    }

    /// Makes a directory for each of several cameras in one.
    ///
    /// - Throws: ``FrameRecordError``.
    public static func forEach(
        of names: [String], in directory: String, overwrite: Bool
    ) throws(FrameRecordError) -> [LatencyReportFiles] {
        let whole = try ReportDirectory(directory, names: [], overwrite: overwrite)
        var files: [LatencyReportFiles] = []
        for name in names {
            files.append(
                try LatencyReportFiles(directory: whole.file(name), overwrite: overwrite))
        }
        return files
    }

    /// Writes all files.
    ///
    /// - Parameters:
    ///   - run: What was recorded.
    ///   - summary: What it says.
    ///   - started: When the run began.
    ///   - origin: What makes the report, if that is to be told.
    /// - Throws: ``FrameRecordError``; `EncodingError` or ``HistogramCodingError`` where numbers cannot be
    ///   written down.
    public func write(
        _ run: LatencyRun, _ summary: LatencySummary, started: Date, origin: ReportOrigin? = nil
    ) throws {
        let log = HistogramLog(
            started: started,
            entries: run.measures.named(run.stages.map(\.name)).filter { $0.histogram.count > 0 }
                .map {
                    HistogramLog.Entry(
                        tag: $0.name, start: 0, length: run.wall.seconds, histogram: $0.histogram)
                })
        let contents: [Data] = [
            try summary.json(), Data(run.csv.utf8), Data(run.trace), Data(try log.text().utf8),
            LatencyReportPage(run, summary, origin: origin).page.data,
        ]
        for (name, data) in zip(Self.names, contents) {
            try place.write(data, to: name)
        }
    }
}
