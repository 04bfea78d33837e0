extension LatencySummary {
    /// The summary for people, line by line.
    public var lines: [String] {
        typealias Distribution = LatencyDistribution
        let format = Distribution.text
        var lines = [
            "\(frames.arrived) frames arrived, \(frames.written) written, \(frames.dropped) dropped"
                + (frames.warmUp > 0 && frames.measured > 0
                    ? "; the first \(frames.warmUp) warmed up and do not count" : "")
        ]
        for (reason, count) in frames.drops.sorted(by: { $0.key < $1.key }) where count > 0 {
            lines.append("dropped as \(reason): \(count)")
        }
        guard frames.measured > 0 else { return lines + [notMeasured] + structuralLines }
        lines += table
        if latency.captureToWrite == nil { lines.append("capture to write: unknown") }
        if let uncertainty = latency.captureUncertainty {
            lines.append(
                "capture times: \(latency.captureSource), +-\(format(uncertainty)) ms")
        }
        if let throughput, let overlap {
            lines.append(
                "throughput \(ChartNumber.fixed(throughput, digits: 1)) frames a second; "
                    + "\(ChartNumber.fixed(overlap, digits: 2)) stages at work at a time")
        }
        if let bottleneck {
            lines.append(
                "bottleneck: \(bottleneck.stages.joined(separator: " and ")), at work "
                    + "\(ChartNumber.fixed(bottleneck.utilisation * 100, digits: 0)) % of the time")
        }
        lines += structuralLines
        if let budget {
            lines.append(
                "later than \(format(budget.milliseconds)) ms: \(budget.late) of \(budget.of) frames"
            )
        }
        if let freezes {
            let shown = format(freezes.threshold)
            lines.append(
                freezes.longest.map {
                    "\(freezes.count) pauses of more than \(shown) ms, the longest \(format($0)) ms"
                } ?? "no pause of more than \(shown) ms")
        }
        return lines
    }

    /// Why there are no figures, and what gives some.
    private var notMeasured: String {
        frames.written == 0
            ? "nothing was measured: no frame came through"
            : "nothing was measured: "
                + (frames.written == 1 ? "the frame" : "all \(frames.written) frames")
                + " warmed up; give more frames, or a smaller --warm-up"
    }

    /// Names and distributions in the order of tables.
    public var rows: [(name: String, distribution: LatencyDistribution)] {
        let whole: [(String, LatencyDistribution?)] = [
            ("capture to write", latency.captureToWrite),
            ("arrival to write", latency.arrivalToWrite),
            ("arrival to output", latency.arrivalToOutput),
            ("between writes", latency.writeInterval),
        ]
        let parts = stages.flatMap {
            [("\($0.name): wait", $0.wait), ("\($0.name): service", $0.service)]
        }
        return (whole + parts).compactMap { name, distribution in
            distribution.map { (name, $0) }
        }
    }

    private var table: [String] {
        LatencyDistribution.table(rows.map { ($0.name, $0.distribution) })
    }

    private var structuralLines: [String] {
        func frames(_ count: Double?, _ delay: Double?) -> String {
            guard let count else { return "unknown" }
            let time = delay.map { " (\(LatencyDistribution.text($0)) ms)" } ?? ""
            return "\(ChartNumber.short(count)) frames" + time
        }
        var lines: [String] = []
        if let count = structural.demuxerFrames, count > 0 {
            let kept = frames(Double(count), structural.demuxerDelay)
            lines.append("by design the demuxer keeps \(kept), before what is called arrival")
        }
        return lines + [
            "by design the decoder keeps \(frames(structural.decoderFrames, structural.decoderDelay)): "
                + "\(structural.decoderReordering) for order, "
                + "\(structural.decoderFrameThreads) for its threads",
            "by design the encoder keeps \(frames(structural.encoderFrames, structural.encoderDelay))",
        ]
    }
}
