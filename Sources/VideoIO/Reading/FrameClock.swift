import CFFmpeg

/// Gives each frame a timestamp above the one before it, and a duration.
struct FrameClock {
    /// How long a frame lasts that does not say so itself.
    let usualDuration: Int64
    private let isLive: Bool
    /// Whether packets are numbered in the order of decoding, from the first one on, and know no other time. A frame
    /// then has the number of the packet with which it comes out, behind those that the decoder keeps.
    private let countsPackets: Bool
    /// The time of the first frame, should it have none.
    private let beginning: Int64
    private var last: (time: Int64, duration: Int64)?

    /// - Parameters:
    ///   - info: What is read; timestamps are on the line that it is shifted to.
    ///   - video: The stream.
    ///   - isLive: Whether timestamps that go back are given as they are.
    init(info: MediaInfo, video: StreamInfo, isLive: Bool = false) {
        self.isLive = isLive
        countsPackets = info.formatName == "avi"
        let unit = video.timeBase.doubleValue
        beginning =
            unit > 0 ? Int64(max(-1e18, min(1e18, (info.timestampShift / unit).rounded()))) : 0
        let rate = video.video?.averageFrameRate ?? video.video?.frameRate
        usualDuration = max(
            1, rate.map { $0.inverted.rescale(1, to: video.timeBase) } ?? 1)
    }

    /// Sets pts and duration of a decoded frame; says whether its own timestamp could not be used.
    ///
    /// - Parameter reordering: Frames that the decoder keeps to put them into order.
    mutating func stamp(_ frame: UnsafeMutablePointer<AVFrame>, reordering: Int = 0) -> Bool {
        let own = yv_frame_duration(frame)
        // Not more than can be added up.
        let duration = own > 0 ? min(own, 1 << 60) : usualDuration
        let presented = timestamp(frame.pointee.pts)
        var stated = timestamp(frame.pointee.best_effort_timestamp) ?? presented
        if countsPackets, presented == nil, let counted = stated {
            stated = counted - Int64(reordering) * usualDuration
        }
        var time = stated ?? last.map { $0.time + $0.duration } ?? beginning
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
