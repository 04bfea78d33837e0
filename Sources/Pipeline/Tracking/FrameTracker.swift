public import Model
import Synchronization
public import VideoIO

/// The whole way of the instances of one camera from frame to frame: changes of scene, identities, smoothing.
///
/// ```swift
/// let tracker = FrameTracker(options: .init(smoothing: .light))
/// while let frame = try camera.next() {
///     let instances = tracker.update(try segment(frame), frame: frame, number: number)
/// }
/// ```
///
/// Smoothing needs instances with `Instance.soft`. Calls from several threads run one after the other, but
/// frames have to come in their order.
public final class FrameTracker: Sendable {
    /// What is done along the tracks.
    public struct Options: Sendable, Hashable {
        /// When tracks begin, go on and end.
        public var tracker: Tracker.Options
        /// How much masks, boxes and scores are smoothed.
        public var smoothing: SmoothingStrength

        /// Creates options.
        public init(tracker: Tracker.Options = .init(), smoothing: SmoothingStrength = .off) {
            self.tracker = tracker
            self.smoothing = smoothing
        }

        /// Whether instances have to carry their soft masks.
        public var needsSoftMasks: Bool { smoothing != .off }
    }

    /// What has been seen so far.
    public struct Statistics: Sendable, Hashable {
        /// Tracks.
        public var tracker = Tracker.Statistics()
        /// How old shown masks were; nil without smoothing.
        public var lag: SmoothingLag?
    }

    /// What is done along the tracks.
    public let options: Options
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var tracker: Tracker
        var smoother: TrackSmoother?
        var cuts = SceneCutDetector()
        var changes = StaticPixels()
    }

    /// Creates a tracker that has seen nothing.
    public init(options: Options = Options()) {
        self.options = options
        state = Mutex(
            State(
                tracker: Tracker(options: options.tracker),
                smoother: SmoothingOptions(options.smoothing).map { TrackSmoother($0) }))
    }

    /// Goes on by a frame.
    ///
    /// - Parameters:
    ///   - instances: What was found in it.
    ///   - frame: The frame, unpainted.
    ///   - number: Its number, which takes the place of its time where it has none.
    /// - Returns: The same instances in the same order, with ids, classes by vote, and smoothed as asked.
    public func update(
        _ instances: [Instance], frame: VideoFrame, number: Int
    ) -> [TrackedInstance] {
        let time = frame.presentationTime ?? Double(number) / 30
        return state.withLock { state in
            if state.cuts.isCut(frame) {
                state.tracker.reset()
                state.smoother?.reset()
            }
            let tracked = state.tracker.update(
                instances, time: time, width: frame.width, height: frame.height)
            guard let smoother = state.smoother else { return tracked }
            return smoother.update(
                tracked, time: time, width: frame.width, height: frame.height,
                isStatic: state.changes.next(frame))
        }
    }

    /// What has been seen so far. Any thread.
    public var statistics: Statistics {
        state.withLock { Statistics(tracker: $0.tracker.statistics, lag: $0.smoother?.lag) }
    }
}
