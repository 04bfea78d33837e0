extension LatencySummary {
    /// Gaps between written frames above this are freezes.
    public static let freezeThreshold = 200.0
    /// Frames whose durations are kept in ``series``.
    public static let seriesLength = 20_000

    /// Sums up a run.
    ///
    /// - Parameters:
    ///   - run: What was recorded.
    ///   - subject: What was run.
    ///   - budget: How late a frame may be.
    public init(_ run: LatencyRun, subject: Subject, budget: Duration? = nil) {
        let measured = run.measured
        self.subject = subject
        let warmUp = run.framesWritten - Int(clamping: run.measures.arrivalToWrite.count)
        frames = Frames(
            arrived: run.framesArrived, written: run.framesWritten,
            dropped: run.drops.values.reduce(0, +), warmUp: warmUp,
            measured: run.framesWritten - warmUp, recorded: run.records.count,
            drops: Dictionary(uniqueKeysWithValues: run.drops.map { ($0.key.rawValue, $0.value) }))
        wall = run.wall.milliseconds
        let window = Self.window(measured)
        self.window = window
        throughput = window.map { Double(measured.count) / $0 * 1e3 }
        stages = Self.stages(run, measured, window)
        // A stage's utilisation is its work over window and workers.
        overlap = window.map { [stages] _ in
            stages.reduce(0) { $0 + ($1.utilisation ?? 0) * Double($1.workers) }
        }
        framePeriod = run.framePeriod?.milliseconds
        latency = Self.latency(run, measured)
        bottleneck = Self.bottleneck(stages)
        structural = Self.structural(run, measured)
        self.budget = budget.map { Self.budget($0, measured, run) }
        freezes = Self.freezes(measured)
        series = Self.series(run, measured)
    }

    private static func window(_ measured: [FrameLatency]) -> Double? {
        guard let first = measured.first?.visits.first?.start,
            let last = measured.last?.visits.last?.end, last > first
        else { return nil }
        return Double(last - first) / 1e6
    }

    private static func stages(
        _ run: LatencyRun, _ measured: [FrameLatency], _ window: Double?
    ) -> [Stage] {
        run.stages.enumerated().map { index, stage in
            var work = 0.0
            var heldBack = 0.0
            for frame in measured {
                work += Double(frame.visits[index].service) / 1e6
                heldBack += Double(frame.heldBack(beforeStage: index)) / 1e6
            }
            return Stage(
                name: stage.name, workers: stage.workers,
                service: LatencyDistribution(run.measures.service[index]),
                wait: LatencyDistribution(run.measures.wait[index]),
                meanHeldBack: measured.isEmpty ? nil : heldBack / Double(measured.count),
                utilisation: window.map { work / $0 / Double(stage.workers) },
                sharing: stage.sharing)
        }
    }

    private static func latency(_ run: LatencyRun, _ measured: [FrameLatency]) -> Latency {
        let captures = measured.compactMap(\.capture)
        return Latency(
            captureToWrite: LatencyDistribution(run.measures.captureToWrite),
            arrivalToWrite: LatencyDistribution(run.measures.arrivalToWrite),
            arrivalToOutput: LatencyDistribution(run.measures.arrivalToOutput),
            writeInterval: LatencyDistribution(run.measures.writeInterval),
            captureSource: captures.last?.source.rawValue ?? "unknown",
            captureUncertainty: captures.map { Double($0.uncertainty) / 1e6 }.max())
    }

    /// Stages that share threads count as one.
    private static func bottleneck(_ stages: [Stage]) -> Bottleneck? {
        var groups: [Bottleneck] = []
        var places: [Int: Int] = [:]
        for stage in stages {
            guard let utilisation = stage.utilisation else { continue }
            if let sharing = stage.sharing, let place = places[sharing] {
                groups[place].stages.append(stage.name)
                groups[place].utilisation += utilisation
                continue
            }
            if let sharing = stage.sharing { places[sharing] = groups.count }
            groups.append(Bottleneck(stages: [stage.name], utilisation: utilisation))
        }
        return groups.max { $0.utilisation < $1.utilisation }
    }

    private static func structural(_ run: LatencyRun, _ measured: [FrameLatency]) -> Structural {
        // Frames leave in another order than packets come: only the mean tells how many are inside.
        let behinds = measured.compactMap(\.packetsBehind)
        let behind =
            behinds.isEmpty ? nil : Double(behinds.reduce(0, +)) / Double(behinds.count)
        let held = median(measured.map(\.framesHeld))
        let period = run.framePeriod?.milliseconds
        func time(_ frames: Double?) -> Double? {
            guard let frames, let period else { return nil }
            return frames * period
        }
        return Structural(
            decoderReordering: run.decoderDelay.reordering,
            decoderFrameThreads: run.decoderDelay.frameThreads, decoderFrames: behind,
            demuxerFrames: run.decoderDelay.parsing, encoderFrames: held,
            decoderDelay: time(behind), demuxerDelay: time(Double(run.decoderDelay.parsing)),
            encoderDelay: time(held))
    }

    private static func median(_ values: [Int]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1
            ? Double(sorted[middle]) : Double(sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func budget(
        _ budget: Duration, _ measured: [FrameLatency], _ run: LatencyRun
    ) -> Budget {
        let knowsCapture = run.measures.captureToWrite.count > 0
        let limit = UInt64(max(0, budget.seconds * 1e9))
        let times = measured.compactMap { knowsCapture ? $0.captureToWrite : $0.arrivalToWrite }
        return Budget(
            milliseconds: budget.milliseconds,
            measure: knowsCapture ? "captureToWrite" : "arrivalToWrite",
            late: times.count { $0 > limit }, of: times.count)
    }

    private static func freezes(_ measured: [FrameLatency]) -> Freezes? {
        let ends = measured.compactMap(\.written)
        guard ends.count > 1 else { return nil }
        let gaps = zip(ends, ends.dropFirst()).map { Double($1 - min($0, $1)) / 1e6 }
            .filter { $0 > freezeThreshold }
        return Freezes(
            threshold: freezeThreshold, count: gaps.count, longest: gaps.max(),
            total: gaps.reduce(0, +))
    }

    private static func series(
        _ run: LatencyRun, _ measured: [FrameLatency]
    ) -> [String: [Int]] {
        let latest = measured.suffix(seriesLength)
        func microseconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + 500) / 1000) }
        let ends = latest.compactMap(\.written)
        var series = [
            "captureToWrite": latest.compactMap { $0.captureToWrite.map(microseconds) },
            "arrivalToWrite": latest.compactMap { $0.arrivalToWrite.map(microseconds) },
            "arrivalToOutput": latest.compactMap { $0.arrivalToOutput.map(microseconds) },
            "writeInterval": zip(ends, ends.dropFirst()).map { microseconds($1 - min($0, $1)) },
        ]
        for (index, stage) in run.stages.enumerated() {
            series["service.\(stage.name)"] = latest.map { microseconds($0.visits[index].service) }
            series["wait.\(stage.name)"] = latest.map { microseconds($0.wait(beforeStage: index)) }
        }
        return series.filter { !$0.value.isEmpty }
    }
}
