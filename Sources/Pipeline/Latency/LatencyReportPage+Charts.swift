import Foundation

extension LatencyReportPage {
    /// Latency of each frame over time, and its distribution.
    var timeline: ReportSection {
        let points = measured.compactMap { record -> (x: Double, y: Double)? in
            guard let written = record.written, let latency = latency(record) else { return nil }
            return (seconds(written), latency)
        }
        let end = max(points.last?.x ?? 1, 1e-3)
        var chart = LineChart(
            "Latency of each frame over the time of the run",
            series: [
                LineChart.Series(
                    measure, colour: .series(0),
                    points: Downsampling.extremes(points, bins: Self.curvePoints / 2))
            ], xTitle: "time of the run, s", yTitle: "\(measure), ms", xDomain: 0...end,
            yDomain: ChartScale.fromZero(to: points.map(\.y)))
        chart.width = 1080
        chart.height = 260
        let drops = run.records.filter { $0.dropReason != nil }
        chart.marks = Downsampling.spread(
            drops.map {
                (
                    x: seconds($0.arrival),
                    name: "frame \($0.frame): \($0.dropReason?.rawValue ?? "")"
                )
            }, bins: Self.curvePoints, over: end)
        chart.events = run.events.filter { $0.time >= run.origin }.map {
            (x: min(end, seconds($0.time)), name: $0.name)
        }
        var note: HTML = "Each frame at the time at which it was written"
        if !drops.isEmpty { note += "; dashed lines mark dropped frames" }
        if !run.events.isEmpty { note += "; full lines mark what happened to the source" }
        note += "."
        return ReportSection(
            "Frames over time", note: note, [ReportLayout.figure(chart.responsive, title: .empty)])
    }

    /// Distribution of the whole latency, and of each stage's service and wait.
    var shares: ReportSection {
        let histogram = ReportLayout.figure(
            histogramChart.responsive, title: "<b>Frames by latency</b><small>\(measure)</small>")
        let service = ReportLayout.figure(
            shareChart("service", run.measures.service).responsive,
            title:
                "<b>Service</b><small>share of frames that a stage worked on for at most this long</small>"
        )
        let wait = ReportLayout.figure(
            shareChart("wait", run.measures.wait).responsive,
            title:
                "<b>Wait</b><small>share of frames that waited before a stage for at most this long</small>"
        )
        return ReportSection(
            "Distributions",
            [legend, ReportLayout.grid([service, wait, histogram], width: 460)])
    }

    /// The way of a typical frame and of the slowest ones through the stages.
    var waterfalls: ReportSection {
        let sorted = measured.compactMap { record in
            latency(record).map { (record: record, latency: $0) }
        }.sorted { $0.latency < $1.latency }
        var chosen = sorted.isEmpty ? [] : [("Median", sorted[sorted.count / 2])]
        for (index, item) in sorted.suffix(3).reversed().enumerated() where sorted.count > 1 {
            chosen.append((index == 0 ? "Slowest" : "No. \(index + 1) of the slowest", item))
        }
        let figures = chosen.map { name, item -> HTML in
            let text = LatencyDistribution.text(item.latency)
            return ReportLayout.figure(
                waterfall(item.record).responsive,
                title: "<b>\(name)</b><small>frame \(item.record.frame): \(text) ms</small>")
        }
        return ReportSection(
            "Single frames", note: "Faint: waiting before the stage. Full: being worked on.",
            [ReportLayout.grid(figures, width: 460)])
    }

    /// Frames that wait before each stage over time.
    var depths: ReportSection {
        let end = max(seconds(measured.last?.written ?? 0), 1e-3)
        let figures = run.stages.indices.map { stage -> HTML in
            let depth = QueueDepth(beforeStage: stage, run.records)
            let steps = depth.steps.map { (x: seconds($0.time), y: Double($0.depth)) }
            var chart = LineChart(
                "Frames that wait before \(run.stages[stage].name) over time",
                series: [
                    LineChart.Series(
                        run.stages[stage].name, colour: .series(stage),
                        points: Downsampling.stairs(steps, bins: Self.curvePoints / 2, over: end))
                ], xTitle: "time of the run, s", yTitle: "frames", xDomain: 0...end,
                yDomain: 0...Double(max(2, depth.maximum)))
            chart.width = 340
            chart.height = 190
            chart.tickCount = min(4, max(2, depth.maximum))
            return ReportLayout.figure(
                chart.responsive,
                title: """
                    <b>\(run.stages[stage].name)</b><small>at most \(depth.maximum), \
                    \(depth.mean, digits: 2) on average</small>
                    """)
        }
        return ReportSection(
            "Queues", note: "Frames that wait before each stage.",
            [ReportLayout.grid(figures, width: 320)])
    }

    private var measure: String {
        run.measures.captureToWrite.count > 0 ? "capture to write" : "arrival to write"
    }

    /// In milliseconds; nil where it is unknown, as of frames before a camera's first report of its clock.
    private func latency(_ record: FrameLatency) -> Double? {
        let knowsCapture = run.measures.captureToWrite.count > 0
        let time = knowsCapture ? record.captureToWrite : record.arrivalToWrite
        return time.map { Double($0) / 1e6 }
    }

    private func seconds(_ time: UInt64) -> Double { Double(time - min(run.origin, time)) / 1e9 }

    private var legend: HTML {
        ChartLegend(run.stages.enumerated().map { ($1.name, .series($0)) }).html
    }

    private var histogramChart: ColumnChart {
        let values = measured.compactMap(latency)
        let domain = ChartScale.fromZero(to: values)
        let bins = 40
        var counts = [Int](repeating: 0, count: bins)
        for value in values {
            counts[min(bins - 1, Int(value / domain.upperBound * Double(bins)))] += 1
        }
        var chart = ColumnChart(
            "How many frames have which latency", domain: domain, counts: counts,
            xTitle: "\(measure), ms", yTitle: "frames")
        if let budget = summary.budget, domain.contains(budget.milliseconds) {
            chart.marks = [(budget.milliseconds, "budget")]
        }
        return chart
    }

    /// Cumulated shares over a logarithmic axis of milliseconds.
    private func shareChart(_ what: String, _ histograms: [LatencyHistogram]) -> LineChart {
        let lowest = -3.0
        let largest = histograms.map(\.maximum).max() ?? 0
        let highest = max(lowest + 1, log10(max(Double(largest) / 1e6, 1e-3)).rounded(.up))
        let series = zip(run.stages, histograms).enumerated().map { index, pair in
            var sum: UInt64 = 0
            var points: [(x: Double, y: Double)] = [(lowest, 0)]
            for (value, count) in pair.1.values {
                let x = min(highest, max(lowest, log10(Double(value) / 1e6)))
                points.append((x, 100 * Double(sum) / Double(pair.1.count)))
                sum += count
                points.append((x, 100 * Double(sum) / Double(pair.1.count)))
            }
            points.append((highest, 100))
            return LineChart.Series(
                pair.0.name, colour: .series(index),
                points: Downsampling.extremes(points, bins: Self.curvePoints / 2))
        }
        var chart = LineChart(
            "Share of frames by \(what), by stage", series: series, xTitle: "\(what), ms",
            yTitle: "% of frames", xDomain: lowest...highest, yDomain: 0...100)
        chart.height = 300
        chart.xTicks = stride(from: lowest, through: highest, by: 1).map { power in
            (power, ChartNumber.fixed(pow(10, power), digits: max(0, Int(-power))))
        }
        return chart
    }

    private func waterfall(_ record: FrameLatency) -> SpanChart {
        func milliseconds(_ time: UInt64) -> Double {
            Double(time - min(record.arrival, time)) / 1e6
        }
        let rows = run.stages.enumerated().map { index, stage in
            let visit = record.visits[index]
            let (start, end) = (milliseconds(visit.start), milliseconds(visit.end))
            let wait = Double(record.wait(beforeStage: index)) / 1e6
            let (service, text) = (end - start, LatencyDistribution.text)
            return (
                name: stage.name,
                spans: [
                    SpanChart.Span(
                        max(0, start - wait)...start, colour: .series(index), isFaint: true,
                        name: "\(text(wait)) ms waiting"),
                    SpanChart.Span(
                        start...end, colour: .series(index), name: "\(text(service)) ms service"),
                ], label: "\(text(wait)) + \(text(service)) ms"
            )
        }
        return SpanChart(
            "Way of frame \(record.frame) through the stages", rows: rows,
            domain: 0...max(milliseconds(record.written ?? 0), 1e-3), xTitle: "ms after arrival")
    }
}
