/// What a run's records say, in the form in which it is saved as JSON. All durations are milliseconds.
///
/// Names never change their meaning; new ones may come. `docs/latency.md` describes each.
public struct LatencySummary: Sendable, Hashable, Codable {
    /// Name and version of this form.
    public static let schemaName = "yolact-video.latency/1"

    /// What was run, and how.
    public struct Subject: Sendable, Hashable, Codable {
        /// The program's version.
        public var program: String
        /// The input as it was named.
        public var input: String
        /// The network and its weights.
        public var model: String
        /// Networks side by side and the threads of each, "2 x 1".
        public var threads: String
        /// `realtime` where packets were held back until due, else `none`.
        public var pacing: String
        /// When the run began, in ISO 8601.
        public var started: String

        /// Creates a description.
        public init(
            program: String, input: String, model: String, threads: String, pacing: String,
            started: String
        ) {
            self.program = program
            self.input = input
            self.model = model
            self.threads = threads
            self.pacing = pacing
            self.started = started
        }
    }

    /// Where the frames went. `arrived` is `written` and `dropped` together.
    public struct Frames: Sendable, Hashable, Codable {
        /// Frames that came in.
        public var arrived: Int
        /// Frames that went through all stages.
        public var written: Int
        /// Frames that were not processed.
        public var dropped: Int
        /// Frames at the beginning that statistics leave out.
        public var warmUp: Int
        /// Frames that statistics count.
        public var measured: Int
        /// Frames whose whole record was kept, dropped ones among them.
        public var recorded: Int
        /// Dropped frames by reason.
        public var drops: [String: Int]
    }

    /// From one point to another, over all measured frames.
    public struct Latency: Sendable, Hashable, Codable {
        /// Null where capture times are unknown.
        public var captureToWrite: LatencyDistribution?
        /// From arrival to the end of the last stage; null without measured frames.
        public var arrivalToWrite: LatencyDistribution?
        /// From arrival until the frame had left the encoder, of those that did before the input ended.
        public var arrivalToOutput: LatencyDistribution?
        /// Between one frame's end at the last stage and the next one's.
        public var writeInterval: LatencyDistribution?
        /// Where capture times come from: `pacing`, `arrival`, `rtcp`, or `unknown`.
        public var captureSource: String
        /// How far off they may be; null where unknown.
        public var captureUncertainty: Double?
    }

    /// One stage.
    public struct Stage: Sendable, Hashable, Codable {
        /// Name of the stage.
        public var name: String
        /// Threads that serve it.
        public var workers: Int
        /// Work on a frame.
        public var service: LatencyDistribution?
        /// Time before the stage that nobody worked on the frame.
        public var wait: LatencyDistribution?
        /// Mean part of the wait in which there was no room in the queue before the stage; null without
        /// measured frames.
        public var meanHeldBack: Double?
        /// Part of the time that its workers worked, 0...1; null without measured frames.
        public var utilisation: Double?
        /// Tells stages that share their workers' threads; null for a stage of its own.
        public var sharing: Int?
    }

    /// The stage, or the stages that share threads, with the least time to spare.
    public struct Bottleneck: Sendable, Hashable, Codable {
        /// Names of the stages.
        public var stages: [String]
        /// Part of the time that they worked, 0...1.
        public var utilisation: Double
    }

    /// Delay by design: frames that are kept inside however fast the machine is.
    public struct Structural: Sendable, Hashable, Codable {
        /// Frames the decoder keeps to put them into order, as the stream declares.
        public var decoderReordering: Int
        /// Frames the decoder keeps because its threads work on one each.
        public var decoderFrameThreads: Int
        /// Frames the decoder was seen to keep (mean).
        public var decoderFrames: Double?
        /// Frames kept before the decoder, because the end of one shows only when the next begins; null in
        /// files of versions that did not tell.
        public var demuxerFrames: Int?
        /// Frames the encoder was seen to keep (median), for its look-ahead and order.
        public var encoderFrames: Double?
        /// ``decoderFrames`` times the source's frame period; null where that is unknown.
        public var decoderDelay: Double?
        /// ``demuxerFrames`` times the source's frame period; null where that is unknown. Arrival is counted
        /// from its end.
        public var demuxerDelay: Double?
        /// ``encoderFrames`` times the source's frame period; null where that is unknown.
        public var encoderDelay: Double?
    }

    /// Frames later than allowed.
    public struct Budget: Sendable, Hashable, Codable {
        /// The latency that is allowed.
        public var milliseconds: Double
        /// What was held against it: `captureToWrite` or `arrivalToWrite`.
        public var measure: String
        /// Frames above it.
        public var late: Int
        /// Frames that were looked at.
        public var of: Int
    }

    /// Times that nothing was written for longer than a viewer overlooks.
    public struct Freezes: Sendable, Hashable, Codable {
        /// Gaps above this count.
        public var threshold: Double
        /// How many there were.
        public var count: Int
        /// The longest; null without any.
        public var longest: Double?
        /// Sum of all of them.
        public var total: Double
    }

    /// Name and version of this form.
    public var schema = Self.schemaName
    /// What was run, and how.
    public var subject: Subject
    /// Where the frames went.
    public var frames: Frames
    /// The whole run, warm-up included.
    public var wall: Double
    /// From the first measured frame's beginning at the first stage to the last one's end at the last; null
    /// without measured frames, as is what is told of the window.
    public var window: Double?
    /// Frames a second within the window.
    public var throughput: Double?
    /// Work of all stages on the measured frames over the window: how many stages were at work at a time.
    public var overlap: Double?
    /// Time between frames as the source has it; null where it does not tell.
    public var framePeriod: Double?
    /// Whole ways.
    public var latency: Latency
    /// The stages in order.
    public var stages: [Stage]
    /// What limits the throughput; null without measured frames.
    public var bottleneck: Bottleneck?
    /// Delay by design.
    public var structural: Structural
    /// Null without a budget.
    public var budget: Budget?
    /// Pauses in what was written; null where fewer than two frames were measured.
    public var freezes: Freezes?
    /// Durations of the measured frames in their order, in microseconds, by measure; of the latest
    /// frames where there are many. They let two runs be compared.
    public var series: [String: [Int]]
}
