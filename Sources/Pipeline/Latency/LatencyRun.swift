public import VideoIO

/// What was recorded of a run.
public struct LatencyRun: Sendable {
    /// Something that happened to the source.
    public struct Event: Sendable, Hashable {
        /// When, in nanoseconds of the run's clock.
        public var time: UInt64
        /// What, in a few words.
        public var name: String

        /// Creates an event.
        public init(time: UInt64, name: String) {
            self.time = time
            self.name = name
        }
    }

    /// The stages from decoder to encoder.
    public var stages: [StageDescription]
    /// Histograms over all frames that were processed, without those that warmed up.
    public var measures: LatencyMeasures
    /// The records of the latest frames, dropped ones among them, by number.
    public var records: [FrameLatency]
    /// Frames that arrived.
    public var framesArrived: Int
    /// Frames that went through all stages.
    public var framesWritten: Int
    /// Frames that did not, by reason.
    public var drops: [DropReason: Int]
    /// Time between frames as the source has it; nil where it does not tell.
    public var framePeriod: Duration?
    /// What the decoder keeps inside by design.
    public var decoderDelay: DecoderDelay
    /// From the start of the run to its end.
    public var wall: Duration
    /// What happened to the source, such as that it was lost and came back.
    public var events: [Event] = []

    /// Creates a run.
    public init(
        stages: [StageDescription], measures: LatencyMeasures, records: [FrameLatency],
        framesArrived: Int, framesWritten: Int, drops: [DropReason: Int] = [:],
        framePeriod: Duration? = nil, decoderDelay: DecoderDelay = DecoderDelay(), wall: Duration
    ) {
        self.stages = stages
        self.measures = measures
        self.records = records
        self.framesArrived = framesArrived
        self.framesWritten = framesWritten
        self.drops = drops
        self.framePeriod = framePeriod
        self.decoderDelay = decoderDelay
        self.wall = wall
    }

    /// Records of processed frames that statistics count.
    public var measured: [FrameLatency] {
        records.filter { !$0.isWarmUp && $0.dropReason == nil }
    }

    /// The earliest time in the records, which files count from; 0 without records.
    public var origin: UInt64 {
        records.lazy.map { min($0.arrival, $0.capture?.time ?? $0.arrival) }.min() ?? 0
    }
}
