import ArgumentParser
import Pipeline
import VideoIO

/// What is done along the tracks of objects.
struct TrackingArguments: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            """
            Follow objects from frame to frame: each has an id, a colour of its own and one class \
            (default: for video, not for single pictures).
            """))
    var track: Bool?

    @Option(
        help: """
            Calm masks, boxes and scores along the tracks: off, light (masks lag by at most 0.7 \
            frames) or strong (by at most 1.5).
            """)
    var smooth = SmoothingStrength.off

    func validate() throws {
        if track == false && smooth != .off {
            throw ValidationError("--smooth follows tracks; it cannot go with --no-track")
        }
    }

    /// What to do with an input; nil for nothing.
    func options(for info: MediaInfo) -> FrameTracker.Options? {
        guard track ?? (smooth != .off || !info.isSinglePicture) else { return nil }
        return FrameTracker.Options(smoothing: smooth)
    }

    /// The options for cameras, whose pictures always follow one another; nil where nothing is tracked.
    var streamOptions: FrameTracker.Options? {
        track ?? true ? FrameTracker.Options(smoothing: smooth) : nil
    }
}
