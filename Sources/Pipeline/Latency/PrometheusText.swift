/// Histograms in Prometheus' text exposition format 0.0.4, for a server's /metrics.
public struct PrometheusText: Sendable {
    /// Upper bounds of the buckets in seconds, from a tenth of a millisecond to a minute.
    public static let bounds = [
        0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.033, 0.05, 0.1, 0.2, 0.5, 1, 2,
        5,
        10, 30, 60,
    ]

    /// What has been put together so far; ends with a line break.
    public private(set) var text = ""

    /// Creates an empty text.
    public init() {}

    /// Adds a histogram, with one series for each set of labels.
    ///
    /// - Parameters:
    ///   - name: Name of the metric, such as `yolact_stage_service_seconds`.
    ///   - help: What it is.
    ///   - series: Labels and values. Counts are exact to the histograms' three digits at the bounds.
    public mutating func add(
        histogram name: String, help: String,
        series: [(labels: [(String, String)], histogram: LatencyHistogram)]
    ) {
        head(name, help, "histogram")
        for (labels, histogram) in series {
            for bound in Self.bounds {
                let count = histogram.count(upTo: UInt64(bound * 1e9))
                sample("\(name)_bucket", labels + [("le", "\(bound)")], "\(count)")
            }
            sample("\(name)_bucket", labels + [("le", "+Inf")], "\(histogram.count)")
            sample("\(name)_sum", labels, "\(histogram.mean * Double(histogram.count) / 1e9)")
            sample("\(name)_count", labels, "\(histogram.count)")
        }
    }

    /// Adds counters that only grow, with one series for each set of labels.
    ///
    /// - Parameters:
    ///   - name: Name of the metric; ends with `_total` by convention.
    ///   - help: What it is.
    ///   - series: Labels and values.
    public mutating func add(
        counter name: String, help: String, series: [(labels: [(String, String)], value: Int)]
    ) {
        head(name, help, "counter")
        for (labels, value) in series { sample(name, labels, "\(value)") }
    }

    /// Adds values that may go up and down, with one series for each set of labels.
    ///
    /// - Parameters:
    ///   - name: Name of the metric.
    ///   - help: What it is.
    ///   - series: Labels and values.
    public mutating func add(
        gauge name: String, help: String, series: [(labels: [(String, String)], value: Double)]
    ) {
        head(name, help, "gauge")
        for (labels, value) in series { sample(name, labels, "\(value)") }
    }

    private mutating func head(_ name: String, _ help: String, _ kind: String) {
        let help = help.map { $0 == "\\" ? "\\\\" : $0.isNewline ? "\\n" : String($0) }.joined()
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            default: character.isNewline ? "\\n" : String(character)
            }
        }.joined()
    }
}

extension LatencyMeasures {
    /// The measures as Prometheus histograms in seconds: `yolact_latency_seconds` with the label `path`,
    /// `yolact_stage_service_seconds` and `yolact_stage_wait_seconds` with the label `stage`.
    ///
    /// - Parameters:
    ///   - stages: Names of the stages.
    ///   - drops: Frames that were not processed, by reason.
    public func prometheus(stages: [String], drops: [DropReason: Int] = [:]) -> String {
        var text = PrometheusText()
        text.add(
            histogram: "yolact_latency_seconds", help: "Time on a frame's way.",
            series: [
                ([("path", "capture_to_write")], captureToWrite),
                ([("path", "arrival_to_write")], arrivalToWrite),
                ([("path", "arrival_to_output")], arrivalToOutput),
            ])
        text.add(
            histogram: "yolact_write_interval_seconds", help: "Time between frames written.",
            series: [([], writeInterval)])
        text.add(
            histogram: "yolact_stage_service_seconds", help: "Work on a frame at a stage.",
            series: zip(stages, service).map { ([("stage", $0)], $1) })
        text.add(
            histogram: "yolact_stage_wait_seconds", help: "Wait of a frame before a stage.",
            series: zip(stages, wait).map { ([("stage", $0)], $1) })
        text.add(
            counter: "yolact_frames_dropped_total", help: "Frames that were not processed.",
            series: DropReason.allCases.map { ([("reason", $0.rawValue)], drops[$0] ?? 0) })
        return text.text
    }
}
