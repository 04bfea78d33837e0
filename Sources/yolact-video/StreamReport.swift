import Foundation
import Pipeline
import VideoIO

/// What is printed at the end of `stream`.
struct StreamReport {
    var cameras: [CameraStatus]
    var seconds: Double
    var records: StreamRecordLog.Status?
    var model: String
    var plan: ComputePlan

    var lines: [String] {
        var lines = [
            "\(model); \(plan.workers) x \(plan.threadsPerWorker) threads; "
                + ProgressFormat.time(seconds)
        ]
        for camera in cameras { lines += self.lines(of: camera) }
        if let records {
            let old = records.rotations > 0 ? ", \(records.rotations) files rotated" : ""
            lines.append("records: \(records.written) written, \(records.lost) lost\(old)")
        }
        return lines
    }

    private func lines(of camera: CameraStatus) -> [String] {
        let counts = camera.counts
        let reasons = DropReason.allCases.compactMap { reason in
            counts.drops[reason].flatMap { $0 > 0 ? "\($0) \(reason.words)" : nil }
        }
        let why = reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
        var lines = [
            "\(camera.name): \(counts.received) frames received = \(counts.processed) processed + "
                + "\(counts.dropped) dropped\(why)"
        ]
        if let latency = LatencyDistribution(camera.latency) {
            func text(_ value: Double) -> String { LatencyDistribution.text(value) }
            lines.append(
                "\(camera.name): latency p50 \(text(latency.p50)), p90 \(text(latency.p90)), "
                    + "p99 \(text(latency.p99)), max \(text(latency.max)) ms; "
                    + "\(camera.instancesTotal) instances")
        }
        let reading = camera.reading
        func count(_ number: Int, _ one: String, _ many: String) -> String? {
            number > 0 ? "\(number) \(number == 1 ? one : many)" : nil
        }
        let events = [
            count(reading.connections, "connection", "connections"),
            count(reading.losses, "loss", "losses"),
            count(reading.jumps, "jump in time", "jumps in time"),
            count(camera.suspect, "suspect picture", "suspect pictures"),
            count(camera.repeated, "picture repeated", "pictures repeated"),
            count(reading.reading.damagedPackets, "damaged packet", "damaged packets"),
            count(
                camera.presentationFailures, "picture not written", "pictures not written"),
        ].compactMap { $0 }
        if !events.isEmpty { lines.append("\(camera.name): \(events.joined(separator: ", "))") }
        lines += camera.outputs.map { output in
            "\(output.name): \(output.written) pictures, \(output.bytes) bytes in "
                + "\(output.connections) connections or files; \(output.dropped) dropped, "
                + "\(output.failures) failures" + (output.lastError.map { "; last: \($0)" } ?? "")
        }
        return lines
    }
}

extension DropReason {
    /// For people, after a number.
    var words: String {
        switch self {
        case .beforeKeyframe: "before the first keyframe"
        case .superseded: "superseded by newer ones"
        case .overdue: "overdue"
        case .failed: "failed"
        case .stopped: "at the end"
        }
    }
}
