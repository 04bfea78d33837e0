import CFFmpeg

/// Gives each frame a timestamp above the one before it, and a duration.
struct FrameClock {
    /// How long a frame lasts that does not say so itself.
    let usualDuration: Int64
    private let isLive: Bool
    private var last: (time: Int64, duration: Int64)?

    /// - Parameter isLive: Whether timestamps that go back are given as they are.
    init(video: StreamInfo, isLive: Bool = false) {
        self.isLive = isLive
        let rate = video.video?.averageFrameRate ?? video.video?.frameRate
        usualDuration = max(
            1, rate.map { $0.inverted.rescale(1, to: video.timeBase) } ?? 1)
    }

    /// Sets pts and duration of a decoded frame; says whether its own timestamp could not be used.
    mutating func stamp(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        let own = yv_frame_duration(frame)
        // Not more than can be added up.
        let duration = own > 0 ? min(own, 1 << 60) : usualDuration
        let stated = timestamp(frame.pointee.best_effort_timestamp) ?? timestamp(frame.pointee.pts)
        var time = stated ?? last.map { $0.time + $0.duration } ?? 0
        var isRepaired = stated == nil
        if let last, time <= last.time, !isLive {
            time = last.time + 1
            isRepaired = true
        }
        last = (time, duration)
        frame.pointee.pts = time
        yv_frame_set_duration(frame, duration)
        return isRepaired
    }
}
