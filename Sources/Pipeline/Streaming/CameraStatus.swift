import Synchronization
public import VideoIO

/// How a camera is doing.
public struct CameraStatus: Sendable {
    /// What it is doing.
    public enum State: String, Sendable, Codable {
        /// It has not been opened yet, or is being opened.
        case connecting
        /// Frames come.
        case live
        /// It was lost and will be opened again.
        case away
        /// It gives no more frames.
        case ended
    }

    /// An instance in the latest picture.
    public struct Instance: Sendable, Hashable {
        /// Class name.
        public var category: String
        /// Confidence, 0...1.
        public var score: Float
    }

    /// Short name.
    public var name: String
    /// Where it is, without secrets.
    public var address: String
    /// What it is doing.
    public var state = State.connecting
    /// What became of its frames.
    public var counts = StreamCounts()
    /// What the reader has met.
    public var reading = LiveStatistics()
    /// The last failure.
    public var lastError: String?
    /// Why it gives no more frames, where that is a failure.
    public var fatal: String?
    /// Width of the pictures that it sends; nil before the first.
    public var width: Int?
    /// Height of the pictures that it sends; nil before the first.
    public var height: Int?
    /// Frames a second as the source says; nil where it does not.
    public var frameRate: Rational?
    /// Pictures that were written.
    public var presented = 0
    /// Pictures that were written again while it was away.
    public var repeated = 0
    /// Pictures that may have been damaged.
    public var suspect = 0
    /// Pictures that could not be painted or encoded.
    public var presentationFailures = 0
    /// Instances in all pictures.
    public var instancesTotal = 0
    /// Instances in the latest picture.
    public var instances: [Instance] = []
    /// From arrival until it was handed to the outputs, of all frames.
    public var latency = LatencyHistogram()
    /// The same of the latest frames, in nanoseconds.
    public var recentLatencies: [UInt64] = []
    /// When the latest frames were handed to the outputs, in nanoseconds of the monotonic clock; in any order.
    var recentTimes: [UInt64] = []
    /// How outputs are doing.
    public var outputs: [StreamOutput.Status] = []

    /// Whether a frame of it has ever come.
    public var hasAnswered: Bool { reading.connections > 0 || counts.received > 0 || presented > 0 }

    /// How many instances of each class the latest picture has.
    public var instanceCounts: [String: Int] {
        instances.reduce(into: [:]) { $0[$1.category, default: 0] += 1 }
    }

    /// Pictures a second that were handed to the outputs in the last five seconds; nil where there is too
    /// little to tell.
    ///
    /// - Parameter now: The present time of the monotonic clock, in nanoseconds.
    public func presentationRate(at now: UInt64) -> Double? {
        let window: UInt64 = 5_000_000_000
        guard let oldest = recentTimes.min() else { return nil }
        let start = max(oldest, now - min(now, window))
        guard now > start + window / 10 else { return nil }
        return Double(recentTimes.count { $0 > start }) / (Double(now - start) / 1e9)
    }

    /// A percentile of the latest frames' latency in milliseconds; nil without any.
    public func recentLatency(percentile: Double) -> Double? {
        guard !recentLatencies.isEmpty else { return nil }
        let sorted = recentLatencies.sorted()
        let rank = Int((percentile / 100 * Double(sorted.count)).rounded(.up)) - 1
        return Double(sorted[max(0, min(rank, sorted.count - 1))]) / 1e6
    }
}

/// Keeps a camera's status; any thread.
final class CameraMonitor: Sendable {
    /// Frames that "now" means: those of more than five seconds, however fast the camera.
    private static let recent = 512

    private let state: Mutex<CameraStatus>
    /// When a frame came in last, in nanoseconds; 0 before the first.
    private let lastReceived = Atomic<UInt64>(0)

    init(_ source: StreamSource) {
        state = Mutex(
            CameraStatus(name: source.name, address: redactedAddress(source.address)))
    }

    var lastArrival: UInt64 { lastReceived.load(ordering: .relaxed) }

    func noteArrival(_ time: UInt64) {
        lastReceived.store(time, ordering: .relaxed)
    }

    func update(_ body: (inout CameraStatus) -> Void) { state.withLock { body(&$0) } }

    /// - Parameters:
    ///   - latency: From arrival to the outputs, in nanoseconds.
    ///   - time: When the outputs had it, in nanoseconds of the monotonic clock.
    ///   - instances: What was found.
    ///   - suspect: Whether it may be damaged.
    func notePresented(
        _ latency: UInt64, at time: UInt64, _ instances: [CameraStatus.Instance], suspect: Bool
    ) {
        state.withLock { state in
            state.presented += 1
            state.instances = instances
            state.instancesTotal += instances.count
            if suspect { state.suspect += 1 }
            state.latency.record(latency)
            if state.recentLatencies.count < Self.recent {
                state.recentLatencies.append(latency)
                state.recentTimes.append(time)
            } else {
                state.recentLatencies[state.presented % Self.recent] = latency
                state.recentTimes[state.presented % Self.recent] = time
            }
        }
    }

    var snapshot: CameraStatus { state.withLock { $0 } }
}
