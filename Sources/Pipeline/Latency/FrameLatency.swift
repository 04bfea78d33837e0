public import VideoIO

/// Why a frame that arrived was not processed.
public enum DropReason: String, Sendable, CaseIterable, Codable {
    /// It came before the first keyframe, so that it could not be decoded.
    case beforeKeyframe
    /// A newer frame of the same camera came before its turn.
    case superseded
    /// It was later than allowed when its turn came, or could not have been ready in time.
    case overdue
    /// The network could not process it.
    case failed
    /// The run ended before its turn.
    case stopped
}

/// What happened to one frame, and when. Times are nanoseconds of the run's clock.
public struct FrameLatency: Sendable, Hashable {
    /// When a frame was at a stage.
    public struct Visit: Sendable, Hashable {
        /// When it entered the queue before the stage; at the first stage, when it arrived.
        public var enqueued: UInt64
        /// When a worker took it up.
        public var start: UInt64
        /// When the worker was done with it.
        public var end: UInt64
        /// Number of the worker, from 0 in its stage.
        public var worker: Int

        /// Creates a visit.
        public init(enqueued: UInt64, start: UInt64, end: UInt64, worker: Int = 0) {
            self.enqueued = enqueued
            self.start = start
            self.end = end
            self.worker = worker
        }

        /// Time that the worker spent on the frame.
        public var service: UInt64 { end - start }
    }

    /// Number of the frame among those that arrived, from 0.
    public var frame: Int
    /// Presentation timestamp in seconds; nil where it is unknown.
    public var presentationTime: Double?
    /// When the picture was taken; nil where that is unknown.
    public var capture: FrameTiming.Capture?
    /// When the frame was there to be decoded.
    public var arrival: UInt64
    /// One entry a stage; empty for a frame that was dropped.
    public var visits: [Visit]
    /// Instances found in it.
    public var instances = 0
    /// Packets that the decoder got after the frame's own before it gave the frame out.
    public var packetsBehind: Int?
    /// Frames that the encoder kept inside after it had taken this one.
    public var framesHeld = 0
    /// When the frame had left the encoder; nil if it did so only at the end of the run.
    public var released: UInt64?
    /// Whether it is one of the first frames, which statistics leave out.
    public var isWarmUp = false
    /// Why it was not processed; nil if it was.
    public var dropReason: DropReason?

    /// Creates a record.
    public init(frame: Int, presentationTime: Double?, arrival: UInt64, visits: [Visit]) {
        self.frame = frame
        self.presentationTime = presentationTime
        self.arrival = arrival
        self.visits = visits
    }

    /// When the last stage was done with it; nil for a dropped frame.
    public var written: UInt64? { visits.last?.end }

    /// From arrival to the end of the last stage; nil for a dropped frame.
    public var arrivalToWrite: UInt64? { written.map { $0 - min(arrival, $0) } }

    /// From the picture's being taken to the end of the last stage; nil where one is unknown.
    public var captureToWrite: UInt64? {
        guard let capture, let written else { return nil }
        return written - min(capture.time, written)
    }

    /// From arrival until the frame had left the encoder.
    public var arrivalToOutput: UInt64? { released.map { $0 - min(arrival, $0) } }

    /// Time between the stage before (at the first stage, arrival) and the start at this one: held back
    /// for lack of room, and lying in the queue.
    public func wait(beforeStage stage: Int) -> UInt64 {
        let ready = stage == 0 ? arrival : visits[stage - 1].end
        return visits[stage].start - min(ready, visits[stage].start)
    }

    /// The part of ``wait(beforeStage:)`` in which there was no room in the queue.
    public func heldBack(beforeStage stage: Int) -> UInt64 {
        guard stage > 0 else { return 0 }
        let (enqueued, ready) = (visits[stage].enqueued, visits[stage - 1].end)
        return enqueued - min(ready, enqueued)
    }
}
