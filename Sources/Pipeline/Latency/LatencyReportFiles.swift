public import Foundation

/// A directory with everything that is known of a run: `summary.json`, `frames.csv`, `trace.json`,
/// `histograms.hlog` and `report.html`.
public struct LatencyReportFiles: Sendable {
    /// Names of the files.
    public static let names = [
        "summary.json", "frames.csv", "trace.json", "histograms.hlog", "report.html",
    ]

    /// The directory.
    public let directory: String
    private let overwrite: Bool

    /// Makes the directory where there is none, and checks that its files can be made.
    ///
    /// - Parameters:
    ///   - directory: The directory; those above it must be there.
    ///   - overwrite: Whether files of an earlier report may be replaced.
    /// - Throws: ``FrameRecordError``.
    public init(directory: String, overwrite: Bool) throws(FrameRecordError) {
        self.directory = directory
        self.overwrite = overwrite
        try Self.make(directory)
        var status = stat()
        if stat(directory, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw .system(path: directory, operation: "making the directory", code: ENOTDIR)
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw .system(path: directory, operation: "writing to the directory", code: errno)
        }
        guard !overwrite else { return }
        for name in Self.names where access(path(name), F_OK) == 0 {
            throw .exists(path: path(name))
        }
    }

    /// Makes a directory for each of several cameras in one.
    ///
    /// - Throws: ``FrameRecordError``.
    public static func forEach(
        of names: [String], in directory: String, overwrite: Bool
    ) throws(FrameRecordError) -> [LatencyReportFiles] {
        try make(directory)
        var files: [LatencyReportFiles] = []
        for name in names {
            let own = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            files.append(try LatencyReportFiles(directory: own, overwrite: overwrite))
        }
        return files
    }

    private static func make(_ directory: String) throws(FrameRecordError) {
        if mkdir(directory, 0o777) != 0 && errno != EEXIST {
            throw .system(path: directory, operation: "making the directory", code: errno)
        }
    }

    private func path(_ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    /// Writes all files.
    ///
    /// - Parameters:
    ///   - run: What was recorded.
    ///   - summary: What it says.
    ///   - started: When the run began.
    /// - Throws: ``FrameRecordError``; `EncodingError` or ``HistogramCodingError`` where numbers cannot be
    ///   written down.
    public func write(_ run: LatencyRun, _ summary: LatencySummary, started: Date) throws {
        let log = HistogramLog(
            started: started,
            entries: run.measures.named(run.stages.map(\.name)).filter { $0.histogram.count > 0 }
                .map {
                    HistogramLog.Entry(
                        tag: $0.name, start: 0, length: run.wall.seconds, histogram: $0.histogram)
                })
        let contents: [Data] = [
            try summary.json(), Data(run.csv.utf8), Data(run.trace), Data(try log.text().utf8),
            LatencyReportPage(run, summary).page.data,
        ]
        for (name, data) in zip(Self.names, contents) {
            try OutputText.write(data, to: path(name), overwrite: overwrite)
        }
    }
}
