import Foundation
import Synchronization

/// What a server has to say about the cameras.
final class ServerContent: Sendable {
    /// Names of the cameras.
    let cameras: [String]
    private let source = Mutex<(@Sendable () -> StreamSnapshot)?>(nil)
    private let audience: ServerAudience
    private let clock: PipelineClock

    init(cameras: [String], audience: ServerAudience, clock: PipelineClock = .monotonic) {
        self.cameras = cameras
        self.audience = audience
        self.clock = clock
    }

    /// Sets where the cameras' state comes from.
    func follow(_ status: @escaping @Sendable () -> StreamSnapshot) {
        source.withLock { $0 = status }
    }

    private var snapshot: StreamSnapshot? { source.withLock { $0 }?() }

    /// The text of an answer, and whether all is well.
    func answer(_ route: ServerRoute) -> (isFine: Bool, text: String) {
        switch route {
        case .page: (true, StreamPage.html)
        case .style: (true, StreamPage.style)
        case .script: (true, StreamPage.script)
        case .status: (true, status)
        case .metrics:
            (
                true,
                StreamMetrics(
                    snapshot: snapshot ?? StreamSnapshot(), audience: audience.counts
                ).text
            )
        case .health: (true, "ok\n")
        case .readiness: readiness
        // Answers without end are not texts.
        case .video, .events: (false, "")
        }
    }

    private var readiness: (Bool, String) {
        let live = snapshot?.cameras.filter { $0.state == .live && $0.presented > 0 }.count ?? 0
        return (live > 0, "\(live) of \(cameras.count) cameras live\n")
    }

    private var status: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let now = clock.now()
        let cameras = (snapshot?.cameras ?? []).map { CameraSummary($0, now: now) }
        let page = StatusDocument(elapsed: snapshot?.elapsed ?? 0, cameras: cameras)
        guard let data = try? encoder.encode(page) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

/// How all cameras are doing at one time.
public struct StreamSnapshot: Sendable {
    /// Seconds since the run began.
    public var elapsed = 0.0
    /// The cameras.
    public var cameras: [CameraStatus] = []
    /// Names of the stages of a frame's way.
    public var stages: [String] = []
    /// The times of each camera's frames at the stages; asked for only where they are wanted.
    public var measures: @Sendable () -> [LatencyMeasures] = { [] }

    /// Creates a snapshot.
    public init(elapsed: Double = 0, cameras: [CameraStatus] = []) {
        self.elapsed = elapsed
        self.cameras = cameras
    }
}

/// What `/status` gives.
private struct StatusDocument: Encodable {
    var elapsed: Double
    var cameras: [CameraSummary]
}

/// What `/status` gives of a camera.
private struct CameraSummary: Encodable {
    struct Found: Encodable {
        var category: String
        var score: Float
    }

    struct Out: Encodable {
        var name: String
        var state: String
        var written: Int
        var dropped: Int
        var failures: Int
        var error: String?
    }

    var name: String
    var address: String
    var state: CameraStatus.State
    /// Whether a frame of it has ever come.
    var answered: Bool
    var width: Int?
    var height: Int?
    /// Frames a second of late; left out where there is too little to tell.
    var framesPerSecond: Double?
    var received: Int
    var processed: Int
    var drops: [String: Int]
    var repeated: Int
    var suspect: Int
    var connections: Int
    var losses: Int
    var error: String?
    var latency: [String: Double]
    var instances: [Found]
    /// How many of each class.
    var found: [String: Int]
    var outputs: [Out]

    init(_ camera: CameraStatus, now: UInt64) {
        name = camera.name
        address = camera.address
        state = camera.state
        answered = camera.hasAnswered
        framesPerSecond = camera.presentationRate(at: now)
        width = camera.width
        height = camera.height
        received = camera.counts.received
        processed = camera.counts.processed
        drops = Dictionary(
            uniqueKeysWithValues: DropReason.allCases.map {
                ($0.rawValue, camera.counts.drops[$0] ?? 0)
            })
        repeated = camera.repeated
        suspect = camera.suspect
        connections = camera.reading.connections
        losses = camera.reading.losses
        error = camera.state == .live ? nil : camera.lastError
        latency = [:]
        for (name, percentile) in [("p50", 50.0), ("p90", 90), ("p99", 99), ("max", 100)] {
            latency[name] = camera.recentLatency(percentile: percentile)
        }
        instances = camera.instances.map { Found(category: $0.category, score: $0.score) }
        found = camera.instanceCounts
        outputs = camera.outputs.map {
            Out(
                name: $0.name, state: $0.state.rawValue, written: $0.written,
                dropped: $0.dropped, failures: $0.failures, error: $0.lastError)
        }
    }
}
