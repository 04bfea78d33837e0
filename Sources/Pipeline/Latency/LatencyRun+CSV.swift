extension LatencyRun {
    /// The records as comma-separated values, a line a frame below a line of names. Times are nanoseconds
    /// after ``origin``; a field is empty where there is no value.
    public var csv: String {
        var columns = [
            "frame", "time_s", "warm_up", "drop", "instances", "packets_behind", "frames_held",
            "capture_ns", "capture_source", "capture_uncertainty_ns", "arrival_ns",
        ]
        for stage in stages {
            let name = stage.name.lowercased()
            columns += ["enqueued_ns", "start_ns", "end_ns", "worker"].map { "\(name)_\($0)" }
        }
        columns.append("output_ns")
        var text = columns.joined(separator: ",") + "\n"
        let origin = origin
        func time(_ value: UInt64?) -> String { value.map { "\($0 - min(origin, $0))" } ?? "" }
        for record in records {
            var fields: [String] = [
                "\(record.frame)", Self.text(record.presentationTime),
                record.isWarmUp ? "1" : "0", record.dropReason?.rawValue ?? "",
            ]
            let wasServed = record.dropReason == nil
            fields.append(wasServed ? "\(record.instances)" : "")
            fields.append(Self.text(record.packetsBehind))
            fields.append(wasServed ? "\(record.framesHeld)" : "")
            fields.append(time(record.capture?.time))
            fields.append(record.capture?.source.rawValue ?? "")
            fields.append(Self.text(record.capture?.uncertainty))
            fields.append(time(record.arrival))
            for stage in stages.indices {
                guard wasServed else {
                    fields += ["", "", "", ""]
                    continue
                }
                let visit = record.visits[stage]
                fields.append(time(visit.enqueued))
                fields.append(time(visit.start))
                fields.append(time(visit.end))
                fields.append("\(visit.worker)")
            }
            fields.append(time(record.released))
            text += fields.joined(separator: ",") + "\n"
        }
        return text
    }

    private static func text(_ value: (some CustomStringConvertible)?) -> String {
        value.map(\.description) ?? ""
    }
}
