public import Model
public import VideoIO

/// A camera, or a file that stands for one.
public struct StreamSource: Sendable, Hashable {
    /// Short name for reports, outputs and the page.
    public var name: String
    /// URL, capture device or file.
    public var address: String

    /// Creates a source.
    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}

/// What outputs show while a camera is away.
public enum LossPolicy: String, Sendable, CaseIterable {
    /// The last picture, at the usual rate.
    case freeze
    /// The last picture at the usual rate, with a notice on it.
    case notice
    /// Nothing.
    case stop
}

/// How streams are read, processed and shown.
public struct StreamOptions: Sendable {
    /// How cameras are read. `interruption` is set for each camera.
    public var reading = LiveReader.Options()
    /// Whether every frame is processed. Otherwise the newest goes first.
    public var keepsAllFrames = false
    /// How old a frame may be when it has been processed; nil for any age.
    public var maximumLatency: Duration?
    /// Seconds after which the run ends; nil for never.
    public var duration: Double?
    /// Frames of each camera after which it is done; nil for all.
    public var maximumFrames: Int?
    /// What outputs show while a camera is away.
    public var onLoss = LossPolicy.notice
    /// Whether pictures that may be damaged say so.
    public var marksSuspect = false
    /// Thresholds and limits of the detection step.
    public var detection = DetectionOptions()
    /// Which detections become instances.
    public var selection = InstanceSelection()
    /// Whether masks are cropped to their boxes.
    public var cropsMasks = true
    /// What is done along the tracks of objects, in each camera by itself; nil for no identities.
    public var tracking: FrameTracker.Options?
    /// What is painted.
    public var overlay = OverlayOptions()
    /// How pictures are encoded for outputs.
    public var encoding = LiveEncoder.Options()
    /// Which frames' times are kept for a report; nil for none.
    public var latency: LatencyRecorder.Options?
    /// Networks that run side by side, each on a frame of another camera.
    public var workers = 1

    /// Creates the default options.
    public init() {}
}

/// Someone who looks on: a server with its viewers.
public protocol StreamAudience: Sendable {
    /// Whether a picture of a camera is wanted now.
    func wantsPicture(of source: Int) -> Bool
    /// Takes an annotated picture as a JPEG file.
    func show(_ jpeg: [UInt8], of source: Int)
    /// Takes a record: a line of JSON with its line break.
    func tell(_ record: [UInt8], of source: Int)
}
