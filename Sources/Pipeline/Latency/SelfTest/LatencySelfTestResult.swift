/// What a self-test found. All durations are milliseconds.
public struct LatencySelfTestResult: Sendable, Hashable, Codable {
    /// Pictures sent each time.
    public var sent: Int
    /// Pictures that came out at the end, of those that were segmented.
    public var seen: Int
    /// Pictures whose code could be read; painting may have covered that of others.
    public var readable: Int
    /// Pictures that were compared: readable, reported, and not warming up.
    public var compared: Int
    /// Age of pictures at the end of the dry run: what painting, encoding, sending and decoding once take.
    public var ownCost: LatencyDistribution?
    /// Age of pictures that were segmented, at the end.
    public var glassToGlass: LatencyDistribution?
    /// Arrival to write as it was reported for the same pictures.
    public var reported: LatencyDistribution?
    /// What the last reader keeps by design. The first one's is part of ``ownCost``.
    public var keptByReader: Double
    /// By picture: age minus the dry run's median, minus what was reported and what the reader keeps.
    public var medianError: Double?
    /// Part of the pictures for which that error is less than one frame time, 0...1.
    public var withinOneFrame: Double
    /// One frame time.
    public var frameTime: Double

    /// Whether what is reported is true: the median error, and at least nine of ten errors, are below one
    /// frame time, and pictures were compared at all.
    public var passes: Bool {
        guard let medianError, compared >= 10 else { return false }
        return abs(medianError) < frameTime && withinOneFrame >= 0.9
    }

    init(
        options: LatencySelfTest.Options, dry: [ClockWatcher.Sight], wet: [ClockWatcher.Sight],
        run: LatencyRun?, framesKept: Int
    ) {
        sent = options.frameCount
        seen = wet.count
        readable = wet.count { $0.age != nil }
        frameTime = 1e3 / Double(options.frameRate)
        keptByReader = Double(framesKept) * frameTime
        var own = LatencyHistogram()
        for sight in dry where sight.number >= options.warmUp {
            if let age = sight.age { own.record(age) }
        }
        ownCost = LatencyDistribution(own)
        let reports = Dictionary(
            (run?.measured ?? []).compactMap { record in
                record.presentationTime.map {
                    (Int(($0 * Double(options.frameRate)).rounded()), record)
                }
            }, uniquingKeysWith: { first, _ in first })
        var (ages, claims) = (LatencyHistogram(), LatencyHistogram())
        var errors: [Double] = []
        for sight in wet {
            guard let age = sight.age, let claim = reports[sight.number]?.arrivalToWrite else {
                continue
            }
            ages.record(age)
            claims.record(claim)
            let whole = (Double(age) - Double(claim)) / 1e6
            errors.append(whole - (ownCost?.p50 ?? 0) - keptByReader)
        }
        compared = errors.count
        glassToGlass = LatencyDistribution(ages)
        reported = LatencyDistribution(claims)
        medianError = errors.isEmpty ? nil : errors.sorted()[errors.count / 2]
        let frameTime = frameTime
        withinOneFrame =
            errors.isEmpty
            ? 0 : Double(errors.count { abs($0) < frameTime }) / Double(errors.count)
    }

    /// The result for people, line by line.
    public var lines: [String] {
        let rows: [(String, LatencyDistribution?)] = [
            ("the test's own cost", ownCost), ("glass to glass", glassToGlass),
            ("reported arrival to write", reported),
        ]
        let error = medianError.map { ChartNumber.fixed($0, digits: 2) } ?? "-"
        return [
            "\(sent) pictures sent, \(seen) seen, \(readable) readable, \(compared) compared"
        ] + LatencyDistribution.table(rows) + [
            "the reader at the end keeps \(LatencyDistribution.text(keptByReader)) ms by design",
            "glass to glass - own cost - kept - reported: median \(error) ms; "
                + "\(ChartNumber.fixed(withinOneFrame * 100, digits: 1)) % within one frame time "
                + "(\(LatencyDistribution.text(frameTime)) ms)",
            passes ? "the report is true" : "the report is NOT true",
        ]
    }
}
