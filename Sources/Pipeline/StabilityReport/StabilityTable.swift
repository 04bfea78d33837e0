import Foundation

/// The figures of a run as rows of text: one for each measure, a column for each way of showing.
struct StabilityTable {
    /// A row; cells of variants in order, then that of the truth if there is one.
    struct Row {
        var name: String
        var cells: [String]
    }

    /// Rows that belong together.
    struct Group {
        var title: String
        var rows: [Row]
    }

    private let run: StabilityRun

    init(_ run: StabilityRun) { self.run = run }

    /// Names of the columns.
    var columns: [String] {
        run.variants.map(\.smoothing.rawValue) + (run.truth == nil ? [] : ["truth"])
    }

    /// All groups.
    var groups: [Group] {
        var groups = [
            Group(title: "Stability", rows: stability), Group(title: "What is shown", rows: shown),
        ]
        if run.variants.contains(where: { $0.accuracy != nil }) {
            groups.append(Group(title: "Against the truth", rows: accuracy))
        }
        return groups
    }

    /// Everything as aligned lines for a terminal.
    var lines: [String] {
        var rows = [[""] + columns]
        for group in groups {
            rows.append([group.title] + columns.map { _ in "" })
            rows += group.rows.map { ["  " + $0.name] + $0.cells }
        }
        return TextTable.lines(rows).map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    // MARK: Measures

    private var measured: [StabilityFigures] {
        run.variants.map(\.figures) + (run.truth.map { [$0] } ?? [])
    }

    /// The measures of tracks with their names and how they are written.
    static let measures: [(name: String, text: @Sendable (StabilityMeasures) -> String)] = [
        ("temporal consistency", { share($0.consistency) }),
        ("shape IoU", { share($0.shapeOverlap) }),
        ("static flicker %", { percent($0.staticFlicker, 3) }),
        ("parts a mask", { share($0.partsPerMask) }),
        ("specks a mask", { share($0.specksPerMask) }),
        ("centre jitter %", { percent($0.centreJitter, 3) }),
        ("size jitter %", { percent($0.sizeJitter, 3) }),
        ("aspect jitter %", { percent($0.aspectJitter, 3) }),
        ("score deviation", { share($0.scoreDeviation) }),
        ("class flips %", { percent($0.classFlips, 2) }),
        ("fragments a track", { share($0.fragmentation, 2) }),
        ("gaps", { "\($0.gaps) (\($0.gapFrames) frames)" }),
        ("births, deaths inside", { "\($0.births), \($0.deaths)" }),
        ("tracks", { "\($0.tracks)" }),
    ]

    private var stability: [Row] {
        Self.measures.map { measure in
            Row(name: measure.name, cells: measured.map { measure.text($0.all) })
        }
    }

    private var shown: [Row] {
        [
            Row(
                name: "coverage %",
                cells: measured.map { Self.percent($0.coverage.coverage, 2) }),
            Row(
                name: "instances a frame",
                cells: measured.map { Self.share($0.coverage.instances, 2) }),
            Row(
                name: "agreement with untouched",
                cells: run.variants.map { Self.share($0.figures.coverage.agreement) } + blank),
            Row(
                name: "mask lag, frames",
                cells: run.variants.map { Self.share($0.lag?.mean ?? 0, 2) } + blank),
            Row(
                name: "largest lag, frames",
                cells: run.variants.map { Self.share($0.lag?.maximum ?? 0, 2) } + blank),
        ]
    }

    private var accuracy: [Row] {
        func row(_ name: String, _ text: (StabilityVariant) -> String) -> Row {
            Row(name: name, cells: run.variants.map(text) + blank)
        }
        return [
            row("sMOTSA") { Self.share($0.accuracy?.softMotsa) },
            row("MOTSA") { Self.share($0.accuracy?.motsa) },
            row("MOTSP") { Self.share($0.accuracy?.motsp) },
            row("identity score (IDF1)") { Self.share($0.accuracy?.identityScore) },
            row("identity switches") { "\($0.accuracy?.identitySwitches ?? 0)" },
            row("found, missed") {
                "\($0.accuracy?.truePositives ?? 0), \($0.accuracy?.falseNegatives ?? 0)"
            },
            row("false positives") { "\($0.accuracy?.falsePositives ?? 0)" },
            row("fragment error") { Self.share($0.trajectoryErrors?.fragment, 4) },
            row("centre error") { Self.share($0.trajectoryErrors?.centre, 4) },
            row("scale and ratio error") { Self.share($0.trajectoryErrors?.scaleAndRatio, 4) },
            row("mask AP of what is shown") { Self.percent($0.maskPrecision, 2) },
            row("box AP of what is shown") { Self.percent($0.boxPrecision, 2) },
        ]
    }

    private var blank: [String] { run.truth == nil ? [] : [""] }

    static func share(_ value: Double?, _ digits: Int = 3) -> String {
        value.map { ChartNumber.fixed($0, digits: digits) } ?? "-"
    }

    static func percent(_ value: Double?, _ digits: Int) -> String {
        value.map { ChartNumber.fixed(100 * $0, digits: digits) } ?? "-"
    }
}

extension StabilityRun {
    /// The figures as a table for a terminal, a line each.
    public var lines: [String] { StabilityTable(self).lines }
}
