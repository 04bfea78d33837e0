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
    /// Width of its pictures.
    public var width = 0
    /// Height of its pictures.
    public var height = 0
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
    /// How outputs are doing.
    public var outputs: [StreamOutput.Status] = []

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
    /// Latencies that "now" means.
    private static let recent = 256

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

    func notePresented(_ latency: UInt64, _ instances: [CameraStatus.Instance], suspect: Bool) {
        state.withLock { state in
            state.presented += 1
            state.instances = instances
            state.instancesTotal += instances.count
            if suspect { state.suspect += 1 }
            state.latency.record(latency)
            if state.recentLatencies.count < Self.recent {
                state.recentLatencies.append(latency)
            } else {
                state.recentLatencies[state.presented % Self.recent] = latency
            }
        }
    }

    var snapshot: CameraStatus { state.withLock { $0 } }
}
