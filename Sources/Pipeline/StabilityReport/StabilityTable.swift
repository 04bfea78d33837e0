import Foundation

/// The figures of a run as rows of text: one for each measure, a column for each way of showing.
struct StabilityTable {
    /// A row; cells of variants in order, then that of the truth if there is one.
    struct Row {
        var name: String
        var direction: FigureDirection?
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

    /// A measure of tracks: its name, which way it gets better, and how it is written.
    struct Measure: Sendable {
        var name: String
        var direction: FigureDirection?
        var text: @Sendable (StabilityMeasures) -> String

        init(
            _ name: String, _ direction: FigureDirection? = nil,
            _ text: @escaping @Sendable (StabilityMeasures) -> String
        ) {
            self.name = name
            self.direction = direction
            self.text = text
        }
    }

    static let measures = [
        Measure("temporal consistency", .higher) { share($0.consistency) },
        Measure("shape IoU", .higher) { share($0.shapeOverlap) },
        Measure("static flicker %", .lower) { percent($0.staticFlicker, 3) },
        Measure("parts a mask", .lower) { share($0.partsPerMask) },
        Measure("specks a mask", .lower) { share($0.specksPerMask) },
        Measure("centre jitter %", .lower) { percent($0.centreJitter, 3) },
        Measure("size jitter %", .lower) { percent($0.sizeJitter, 3) },
        Measure("aspect jitter %", .lower) { percent($0.aspectJitter, 3) },
        Measure("score deviation", .lower) { share($0.scoreDeviation) },
        Measure("class flips %", .lower) { percent($0.classFlips, 2) },
        Measure("fragments a track", .lower) { share($0.fragmentation, 2) },
        Measure("gaps", .lower) { "\($0.gaps) (\($0.gapFrames) frames)" },
        Measure("births, deaths inside", .lower) { "\($0.births), \($0.deaths)" },
        Measure("tracks") { "\($0.tracks)" },
    ]

    private var stability: [Row] {
        Self.measures.map { measure in
            Row(
                name: measure.name, direction: measure.direction,
                cells: measured.map { measure.text($0.all) })
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
                name: "agreement with untouched", direction: .higher,
                cells: run.variants.map { Self.share($0.figures.coverage.agreement) } + blank),
            Row(
                name: "mask lag, frames", direction: .lower,
                cells: run.variants.map { lag($0, \.mean) } + blank),
            Row(
                name: "largest lag, frames", direction: .lower,
                cells: run.variants.map { lag($0, \.maximum) } + blank),
        ]
    }

    /// What is not smoothed does not lag.
    private func lag(
        _ variant: StabilityVariant, _ value: (SmoothingLag) -> Double?
    ) -> String {
        Self.share(variant.lag.map(value) ?? 0, 2)
    }

    private var accuracy: [Row] {
        func row(
            _ name: String, _ direction: FigureDirection,
            _ text: (StabilityVariant) -> String
        ) -> Row {
            Row(name: name, direction: direction, cells: run.variants.map(text) + blank)
        }
        func count(_ value: Int?) -> String { value.map { "\($0)" } ?? "-" }
        return [
            row("sMOTSA", .higher) { Self.share($0.accuracy?.softMotsa) },
            row("MOTSA", .higher) { Self.share($0.accuracy?.motsa) },
            row("MOTSP", .higher) { Self.share($0.accuracy?.motsp) },
            row("identity score (IDF1)", .higher) { Self.share($0.accuracy?.identityScore) },
            row("identity switches", .lower) { count($0.accuracy?.identitySwitches) },
            row("found", .higher) { count($0.accuracy?.truePositives) },
            row("missed", .lower) { count($0.accuracy?.falseNegatives) },
            row("false positives", .lower) { count($0.accuracy?.falsePositives) },
            row("fragment error", .lower) { Self.share($0.trajectoryErrors?.fragment, 4) },
            row("centre error", .lower) { Self.share($0.trajectoryErrors?.centre, 4) },
            row("scale and ratio error", .lower) {
                Self.share($0.trajectoryErrors?.scaleAndRatio, 4)
            },
            row("mask AP of what is shown", .higher) { Self.percent($0.maskPrecision, 2) },
            row("box AP of what is shown", .higher) { Self.percent($0.boxPrecision, 2) },
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
