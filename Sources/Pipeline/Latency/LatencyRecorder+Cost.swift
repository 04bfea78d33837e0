import VideoIO

extension LatencyRecorder {
    /// Measures what recording a frame costs: makes all calls for many frames of eight stages, as a pipeline
    /// does, and nothing else.
    ///
    /// - Returns: Nanoseconds a frame.
    public static func measuredCost() -> Double {
        let (frames, stages) = (200_000, 8)
        let recorder = LatencyRecorder(stages: stages)
        var time: UInt64 = 1_000_000
        let start = PipelineClock.monotonic.now()
        for sequence in 0..<frames {
            let timing = FrameTiming(arrival: time, work: 500_000, packetsBehind: 2)
            for stage in 0..<stages {
                if stage == stages - 1 {
                    recorder.describe(
                        sequence,
                        Frame(
                            number: sequence, presentationTime: Double(sequence) / 30,
                            timing: timing, instances: 8, framesHeld: 16))
                }
                // Durations of many sizes, as in life.
                let service = UInt64(100_000 + (sequence * 7919 + stage * 104_729) % 20_000_000)
                recorder.didServe(
                    StageRecord(
                        stage: stage, sequence: sequence, worker: 0, enqueued: time,
                        start: time + 20_000, end: time + service))
                time += service
            }
        }
        return Double(PipelineClock.monotonic.now() - start) / Double(frames)
    }
}
