import Foundation
import VideoIO

@testable import Pipeline

/// Made-up runs whose every figure is known.
enum LatencyTestRuns {
    static let millisecond: UInt64 = 1_000_000

    /// Three stages, the last two of which share threads.
    static let stages = [
        StageDescription(name: "decode", workers: 1, capacity: 0),
        StageDescription(name: "one", workers: 1, capacity: 2, sharing: 0),
        StageDescription(name: "two", workers: 1, capacity: 2, sharing: 0),
    ]

    /// Frames that arrive every 10 ms from 1 s on. Each takes 2 ms at "decode", then 4 ms at "one" after
    /// waiting 1 ms, then `last` at "two" after waiting 0.5 ms.
    static func frames(_ last: [UInt64], isPaced: Bool = false) -> [FrameLatency] {
        last.enumerated().map { index, service in
            let arrival = 1000 * millisecond + UInt64(index) * 10 * millisecond
            let decoded = arrival + 2 * millisecond
            let one = decoded + millisecond
            let two = one + 4 * millisecond + millisecond / 2
            var record = FrameLatency(
                frame: index, presentationTime: Double(index) / 100, arrival: arrival,
                visits: [
                    .init(enqueued: arrival, start: arrival, end: decoded),
                    .init(
                        enqueued: decoded + millisecond / 4, start: one, end: one + 4 * millisecond),
                    .init(
                        enqueued: one + 4 * millisecond, start: two,
                        end: two + service * millisecond),
                ])
            if isPaced {
                record.capture = .init(time: arrival - millisecond, source: .pacing, uncertainty: 5)
            }
            record.packetsBehind = 2
            record.framesHeld = 3
            return record
        }
    }

    /// What a recorder makes of such frames.
    static func run(
        _ frames: [FrameLatency], warmUp: Int = 0, drops: DroppedFrames = DroppedFrames(),
        capacity: Int = 4096
    ) -> LatencyRun {
        var options = LatencyRecorder.Options(warmUp: warmUp)
        options.capacity = capacity
        let recorder = LatencyRecorder(stages: stages.count, options: options, drops: drops)
        feed(frames, to: recorder)
        let (measures, records) = recorder.finish(count: frames.count)
        return LatencyRun(
            stages: stages, measures: measures, records: records,
            framesArrived: frames.count + drops.count, framesWritten: frames.count,
            drops: drops.counts, framePeriod: .milliseconds(10),
            decoderDelay: DecoderDelay(reordering: 2, frameThreads: 1), wall: .seconds(2))
    }

    static func feed(_ frames: [FrameLatency], to recorder: LatencyRecorder) {
        for (sequence, frame) in frames.enumerated() {
            for (stage, visit) in frame.visits.enumerated() {
                if stage == frame.visits.count - 1 {
                    recorder.describe(
                        sequence,
                        .init(
                            number: frame.frame, presentationTime: frame.presentationTime,
                            timing: FrameTiming(
                                arrival: frame.arrival, capture: frame.capture, work: 0,
                                packetsBehind: frame.packetsBehind),
                            instances: frame.instances, framesHeld: frame.framesHeld))
                }
                recorder.didServe(
                    StageRecord(
                        stage: stage, sequence: sequence, worker: visit.worker,
                        enqueued: visit.enqueued, start: visit.start, end: visit.end))
            }
        }
    }

    static let subject = LatencySummary.Subject(
        program: "0", input: "a<b>.mp4", model: "none", threads: "1 x 1", pacing: "none",
        started: "2026-01-01T00:00:00Z")

    /// The exact nearest-rank percentile.
    static func exact(_ values: [UInt64], _ percentile: Double) -> UInt64 {
        // Down to the next number, so that 99.9 % of 5000 is not more than 4995.
        let rank = Int((percentile.nextDown * Double(values.count) / 100).rounded(.up))
        return values.sorted()[max(rank, 1) - 1]
    }
}
