/// Where frames of any times go in an output that counts frames.
struct FrameGrid {
    let rate: Double
    /// The place behind the last frame.
    private var next: Int64?

    /// Prepares an empty grid.
    ///
    /// - Parameter rate: Frames a second, above 0.
    init(rate: Rational) { self.rate = rate.doubleValue }

    /// The place of a frame that is shown at a time, in frames from time 0. It is off by less than a frame; it may
    /// be that of the frame before, which it then replaces, or lie behind a gap.
    mutating func place(at seconds: Double?) -> Int64 {
        let place: Int64
        if let seconds, seconds.isFinite, abs(seconds * rate) < 1e15 {
            let position = seconds * rate
            // What only jitters needs no frames left out and repeated.
            let isNear = next.map { abs(position - Double($0)) < 0.75 } ?? false
            place = isNear ? next ?? 0 : Int64(position.rounded())
        } else {
            place = next ?? 0
        }
        let placed = max(place, (next ?? place) - 1)
        next = placed + 1
        return placed
    }

    /// The place behind a frame that is shown from a time on for a while; at least the next one.
    func end(of place: Int64, shownFor seconds: Double) -> Int64 {
        let frames = seconds.isFinite ? (seconds * rate).rounded() : 1
        return place + Int64(min(max(1, frames), 1e6))
    }
}
