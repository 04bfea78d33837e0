extension StabilityReport {
    /// Points that a curve has at most.
    private static let points = 150

    /// The measures over time.
    var timeline: ReportSection {
        let figures = [
            chart("Temporal consistency", .higher, "mean IoU") { $0.consistency },
            chart("Static flicker", .lower, "% of static mask pixels") { $0.flicker },
            chart("Centre jitter", .lower, "% of the size") { $0.jitter },
            chart("Coverage", nil, "% of the picture") { $0.coverage },
        ]
        let stretch = max(1, (run.frames + Self.points - 1) / Self.points)
        let note: HTML =
            stretch > 1 ? "Means over stretches of \(stretch) frames." : "Means of each frame."
        return ReportSection(
            "Over time", note: note, [legend, ReportLayout.grid(figures, width: 460)])
    }

    /// Means over a stretch of frames.
    private struct Stretch {
        var time: Double
        var consistency: Double?
        var flicker: Double?
        var jitter: Double?
        var coverage: Double?
    }

    private func stretches(_ timeline: [StabilityFrame]) -> [Stretch] {
        let length = max(1, (timeline.count + Self.points - 1) / Self.points)
        return stride(from: 0, to: timeline.count, by: length).map { start in
            let frames = timeline[start..<min(start + length, timeline.count)]
            var consistency = RunningMean()
            var jitter = RunningMean()
            var coverage = RunningMean()
            var (flips, pixels) = (0, 0)
            for frame in frames {
                if let value = frame.consistency.mean { consistency.add(value) }
                if let value = frame.centreJitter.mean { jitter.add(100 * value) }
                coverage.add(100 * frame.coverage)
                flips += frame.staticFlips
                pixels += frame.staticPixels
            }
            return Stretch(
                time: frames.first?.time ?? 0, consistency: consistency.mean,
                flicker: pixels > 0 ? 100 * Double(flips) / Double(pixels) : nil,
                jitter: jitter.mean, coverage: coverage.mean)
        }
    }

    private func chart(
        _ title: String, _ direction: FigureDirection?, _ unit: String,
        _ value: (Stretch) -> Double?
    ) -> HTML {
        let series = run.variants.enumerated().map { index, variant in
            LineChart.Series(
                variant.smoothing.rawValue, colour: Self.colour(index),
                points: stretches(variant.timeline).compactMap { stretch in
                    value(stretch).map { (x: stretch.time, y: $0) }
                })
        }
        let all = series.flatMap(\.points)
        let end = max(all.map(\.x).max() ?? 1, 1e-3)
        let start = min(all.map(\.x).min() ?? 0, end - 1e-3)
        let highest = ChartScale.fromZero(to: all.map(\.y))
        // A mean IoU lies close to 1: from 0 nothing could be seen.
        let lowest = all.map(\.y).min() ?? 0
        let isHigh = lowest > 0.5 * highest.upperBound
        let domain = isHigh ? lowest - 0.02 * lowest...highest.upperBound : highest
        var chart = LineChart(
            "\(title) over time", series: series, xTitle: "time of the video, s", yTitle: unit,
            xDomain: start...end, yDomain: domain)
        chart.height = 240
        return ReportLayout.figure(
            chart.responsive, title: "<b>\(FigureDirection.mark(title, direction))</b>")
    }

    // MARK: Classes and tracks

    private static let short = [
        StabilityTable.Measure("masks") { "\($0.masks)" },
        StabilityTable.Measure("consistency", .higher) { StabilityTable.share($0.consistency) },
        StabilityTable.Measure("shape IoU", .higher) { StabilityTable.share($0.shapeOverlap) },
        StabilityTable.Measure("static flicker %", .lower) {
            StabilityTable.percent($0.staticFlicker, 2)
        },
        StabilityTable.Measure("parts a mask", .lower) { StabilityTable.share($0.partsPerMask, 2) },
        StabilityTable.Measure("specks a mask", .lower) {
            StabilityTable.share($0.specksPerMask, 2)
        },
        StabilityTable.Measure("centre jitter %", .lower) {
            StabilityTable.percent($0.centreJitter, 2)
        },
        StabilityTable.Measure("size jitter %", .lower) {
            StabilityTable.percent($0.sizeJitter, 2)
        },
        StabilityTable.Measure("aspect jitter %", .lower) {
            StabilityTable.percent($0.aspectJitter, 2)
        },
        StabilityTable.Measure("score deviation", .lower) {
            StabilityTable.share($0.scoreDeviation)
        },
        StabilityTable.Measure("class flips %", .lower) {
            StabilityTable.percent($0.classFlips, 1)
        },
        StabilityTable.Measure("gaps", .lower) { "\($0.gaps)" },
    ]

    private static func columns(_ first: [String]) -> [ReportTable.Column] {
        first.map { ReportTable.Column($0, isNumeric: false) }
            + short.map { ReportTable.Column(FigureDirection.mark($0.name, $0.direction)) }
    }

    /// The measures of each class; nil where there is none.
    var classes: ReportSection? {
        let names = run.variants.flatMap { $0.figures.classes.map(\.category) }
        var known: Set<String> = []
        let rows = names.filter { known.insert($0).inserted }.flatMap { name in
            run.variants.compactMap { variant -> [String]? in
                let found = variant.figures.classes.first { $0.category == name }
                guard let measures = found?.measures else { return nil }
                return [name, variant.smoothing.rawValue, "\(measures.tracks)"]
                    + Self.short.map { $0.text(measures) }
            }
        }
        guard !rows.isEmpty else { return nil }
        var columns = Self.columns(["class", "smoothing"])
        columns.insert(ReportTable.Column("tracks"), at: 2)
        return ReportSection(
            "Classes", note: "Tracks count for the class that they had most often.",
            [ReportTable(columns: columns, rows: rows).html])
    }

    /// The measures of the longest tracks.
    var tracks: ReportSection {
        let limit = 40
        let content = run.variants.map { variant -> HTML in
            let longest = variant.figures.tracks.sorted {
                ($1.measures.masks, $0.id) < ($0.measures.masks, $1.id)
            }.prefix(limit)
            let rows = longest.map { track in
                ["#\(track.id)", track.category, "\(track.firstFrame) to \(track.lastFrame)"]
                    + Self.short.map { $0.text(track.measures) }
            }
            let count = variant.figures.tracks.count
            let title =
                "\(variant.smoothing.rawValue): \(count) tracks"
                + (count > limit ? ", the \(limit) longest" : "")
            return ReportLayout.details(
                title,
                ReportTable(columns: Self.columns(["id", "class", "frames"]), rows: rows).html)
        }
        return ReportSection("Tracks", note: "All of them are in the JSON output.", content)
    }
}
