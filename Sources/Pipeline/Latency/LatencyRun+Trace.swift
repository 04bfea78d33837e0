extension LatencyRun {
    /// The records in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open: a track for
    /// each worker of each stage, arrows that follow a frame, a counter for each queue, a mark for each
    /// dropped frame. Times are microseconds after ``origin``.
    public var trace: [UInt8] {
        var events = TraceEvents(origin: origin)
        events.name(process: "yolact-video")
        for (index, stage) in stages.enumerated() {
            for worker in 0..<stage.workers {
                let name = stage.workers > 1 ? "\(stage.name) \(worker)" : stage.name
                events.name(track: Self.track(index, worker), name)
            }
        }
        for record in records { append(record, to: &events) }
        for event in self.events where event.time >= origin {
            events.mark(event.name, at: event.time)
        }
        for (index, stage) in stages.enumerated() {
            for step in QueueDepth(beforeStage: index, records).steps {
                events.counter("waiting for \(stage.name)", step.depth, at: step.time)
            }
        }
        return events.finished()
    }

    private func append(_ record: FrameLatency, to events: inout TraceEvents) {
        if let reason = record.dropReason {
            events.mark("frame \(record.frame) dropped: \(reason.rawValue)", at: record.arrival)
            return
        }
        let last = record.visits.count - 1
        for (stage, visit) in record.visits.enumerated() {
            let track = Self.track(stage, visit.worker)
            events.slice(
                "frame \(record.frame)", track: track, from: visit.start, to: visit.end,
                arguments: [
                    ("frame", Double(record.frame)),
                    ("wait_ms", Double(record.wait(beforeStage: stage)) / 1e6),
                    ("held_back_ms", Double(record.heldBack(beforeStage: stage)) / 1e6),
                ])
            guard last > 0 else { continue }
            let phase = stage == 0 ? "s" : stage == last ? "f" : "t"
            events.flow(phase, frame: record.frame, track: track, at: visit.start)
        }
    }

    /// A number for each worker of each stage, in the order of the stages.
    private static func track(_ stage: Int, _ worker: Int) -> Int { (stage + 1) * 1000 + worker }
}

/// Builds the list of events byte by byte.
private struct TraceEvents {
    private var bytes = Array("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[".utf8)
    private let origin: UInt64
    private var isFirst = true

    init(origin: UInt64) { self.origin = origin }

    mutating func name(process: String) {
        begin("M", "process_name", track: 0)
        append(",\"args\":{\"name\":")
        JSONText.append(quoted: process, to: &bytes)
        append("}}")
    }

    mutating func name(track: Int, _ name: String) {
        begin("M", "thread_name", track: track)
        append(",\"args\":{\"name\":")
        JSONText.append(quoted: name, to: &bytes)
        append("}}")
        begin("M", "thread_sort_index", track: track)
        append(",\"args\":{\"sort_index\":\(track)}}")
    }

    mutating func slice(
        _ name: String, track: Int, from start: UInt64, to end: UInt64,
        arguments: [(String, Double)]
    ) {
        begin("X", name, track: track, at: start)
        append(",\"cat\":\"service\",\"dur\":\(Self.microseconds(end - min(start, end)))")
        append(",\"args\":{")
        for (index, argument) in arguments.enumerated() {
            append(
                "\(index > 0 ? "," : "")\"\(argument.0)\":\(ChartNumber.fixed(argument.1, digits: 3))"
            )
        }
        append("}}")
    }

    mutating func flow(_ phase: String, frame: Int, track: Int, at time: UInt64) {
        begin(phase, "way of a frame", track: track, at: time)
        append(",\"cat\":\"frame\",\"id\":\(frame)\(phase == "f" ? ",\"bp\":\"e\"" : "")}")
    }

    mutating func counter(_ name: String, _ value: Int, at time: UInt64) {
        begin("C", name, track: 0, at: time)
        append(",\"args\":{\"frames\":\(value)}}")
    }

    mutating func mark(_ name: String, at time: UInt64) {
        begin("i", name, track: 0, at: time)
        append(",\"cat\":\"drop\",\"s\":\"p\"}")
    }

    consuming func finished() -> [UInt8] {
        append("\n]}\n")
        return bytes
    }

    private mutating func begin(_ phase: String, _ name: String, track: Int, at time: UInt64? = nil)
    {
        append(isFirst ? "\n" : ",\n")
        isFirst = false
        append("{\"ph\":\"\(phase)\",\"name\":")
        JSONText.append(quoted: name, to: &bytes)
        append(",\"pid\":1,\"tid\":\(track)")
        if let time { append(",\"ts\":\(Self.microseconds(time - min(origin, time)))") }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Nanoseconds as microseconds with all three digits.
    private static func microseconds(_ nanoseconds: UInt64) -> String {
        let rest = "\(nanoseconds % 1000)"
        return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
