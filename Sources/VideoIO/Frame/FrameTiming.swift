/// When a frame came in, and what decoding it took. Times are nanoseconds of the system's monotonic clock
/// (CLOCK_MONOTONIC).
public struct FrameTiming: Sendable, Hashable {
    /// When a camera took a picture, as far as that is known.
    public struct Capture: Sendable, Hashable {
        /// Where the time comes from.
        public enum Source: String, Sendable, CaseIterable, Codable {
            /// The moment at which the file's own timestamps make the frame due.
            case pacing
            /// The frame's arrival, where nothing better is known.
            case arrival
            /// A sender report of RTCP, which relates timestamps to the sender's clock.
            case rtcp
        }

        /// When the picture was taken.
        public var time: UInt64
        /// Where the time comes from.
        public var source: Source
        /// How far off it may be, in nanoseconds either way.
        public var uncertainty: UInt64

        /// Creates a capture time.
        public init(time: UInt64, source: Source, uncertainty: UInt64) {
            self.time = time
            self.source = source
            self.uncertainty = uncertainty
        }
    }

    /// When the frame's packet was there: when it was due, where reading is paced, else when the
    /// container had handed it over.
    public var arrival: UInt64
    /// When the picture was taken; nil where that is unknown.
    public var capture: Capture?
    /// What decoding and converting took since the frame before, in nanoseconds. Waiting for data is
    /// not in it.
    public var work: UInt64
    /// Video packets that the decoder got after the frame's own before it gave the frame out; nil where
    /// that is unknown, or the input had ended.
    public var packetsBehind: Int?

    /// Creates a timing.
    public init(arrival: UInt64, capture: Capture? = nil, work: UInt64, packetsBehind: Int? = nil) {
        self.arrival = arrival
        self.capture = capture
        self.work = work
        self.packetsBehind = packetsBehind
    }
}
