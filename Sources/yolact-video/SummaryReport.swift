import Foundation
import Logging
import Pipeline
import VideoIO

/// What is printed at the end of a run.
struct SummaryReport {
    private let summary: SegmentationSummary
    private let model: String
    private let plan: ComputePlan

    init(_ summary: SegmentationSummary, model: String, plan: ComputePlan) {
        self.summary = summary
        self.model = model
        self.plan = plan
    }

    func log(_ logger: Logger) {
        for line in lines { logger.info("\(line)") }
        for note in notes { logger.warning("\(note)") }
    }

    var lines: [String] {
        let written = summary.written
        let seconds = summary.metrics.wall.seconds
        let rate = seconds > 0 ? Double(written.framesWritten) / seconds : 0
        var lines = [
            "\(model); \(plan.workers) x \(plan.threadsPerWorker) threads",
            "\(summary.framesIn) frames in, \(written.framesWritten) out, "
                + "\(summary.framesDropped) dropped; \(summary.instances) instances in "
                + "\(summary.framesWithInstances) frames",
            classes,
            summary.tracking?.line,
            "\(ProgressFormat.time(seconds)) at \(String(format: "%.1f", rate)) frames a second",
        ].compactMap(\.self)
        if let path = written.path {
            let encoder = written.encoder.map { ", \($0)" } ?? ""
            lines.append("wrote \(path): \(written.width) x \(written.height)\(encoder)")
        }
        return lines
    }

    /// The instances of each class, the most frequent first.
    private var classes: String? {
        let sorted = summary.instancesByClass.sorted { $0.count > $1.count }
        guard !sorted.isEmpty else { return nil }
        let shown = sorted.prefix(10).map { "\($0.name) \($0.count)" }
        let rest = sorted.dropFirst(10)
        let more =
            rest.isEmpty
            ? [] : ["\(rest.count) other classes \(rest.reduce(0) { $0 + $1.count })"]
        return (shown + more).joined(separator: ", ")
    }

    /// Things that a person should know about the result.
    var notes: [String] {
        let written = summary.written
        let reading = summary.reading
        var notes = written.notes
        notes += written.omittedStreams.map {
            "stream \($0.index) (\($0.content)) was left out: \($0.reason)"
        }
        func note(_ count: Int, _ text: String) {
            if count > 0 { notes.append("\(count) \(text)") }
        }
        if reading.ignoresTransparency {
            notes.append("transparency is ignored: this FFmpeg decodes it with libvpx alone")
        }
        note(
            reading.packetsBeforeKeyframe,
            "frames before the first keyframe were left out: they cannot be decoded")
        note(reading.interlacedFrames, "frames are interlaced; they were processed as they are")
        note(reading.formatChanges, "changes of size or format within the video")
        note(summary.resizedFrames, "frames of another size were scaled to that of the first")
        note(reading.discontinuities, "jumps in the timestamps")
        note(written.refusedPackets, "packets of other streams were refused by the container")
        return notes
    }
}

extension FrameTracker.Statistics {
    /// What was tracked, in words.
    var line: String {
        func count(_ number: Int, _ one: String, _ many: String) -> String {
            "\(number) \(number == 1 ? one : many)"
        }
        var parts = [
            count(tracker.identities, "identity", "identities"),
            count(tracker.bridgedGaps, "gap", "gaps") + " bridged",
        ]
        if tracker.sceneCuts > 0 { parts.append(count(tracker.sceneCuts, "cut", "cuts")) }
        if let mean = lag?.mean, let maximum = lag?.maximum {
            parts.append(String(format: "masks lag %.2f frames, at most %.2f", mean, maximum))
        }
        return parts.joined(separator: ", ")
    }
}

extension ReaderStatistics {
    /// What was damaged, in words.
    var damageDescription: String {
        func count(_ number: Int, _ one: String, _ many: String) -> String? {
            number == 0 ? nil : "\(number) \(number == 1 ? one : many)"
        }
        var parts = [
            count(damagedPackets, "damaged packet", "damaged packets"),
            count(framesWithErrors, "frame with errors", "frames with errors"),
            count(corruptedFrames, "corrupted frame", "corrupted frames"),
            count(missingFrames, "frame missing", "frames missing").map { "about " + $0 },
        ].compactMap(\.self)
        // Where frames or packets are known to be damaged, this is about the same.
        if parts.isEmpty, let latestDecoderError {
            parts.append("errors in the picture (\(latestDecoderError))")
        }
        if missingSound > 0 {
            parts.append("about " + String(format: "%.2f s of sound missing", missingSound))
        }
        if let firstLoss { parts.append(String(format: "the first gap at %.2f s", firstLoss)) }
        return parts.joined(separator: ", ")
    }
}
