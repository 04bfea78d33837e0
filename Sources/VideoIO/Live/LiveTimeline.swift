/// Puts the timestamps of a source that jump, wrap or start anew onto one line that starts at 0 and grows
/// with every frame.
///
/// Within a connection the distances are the source's own. At a jump, and after a reconnection, the line
/// goes on by the time that has passed on the clock.
struct LiveTimeline {
    /// Seconds per unit of what ``place(_:arrival:)`` gives.
    static let unit = Rational(1, 90_000)
    /// A step back up to this, in seconds, is bad muxing, not a new start.
    private static let largestStepBack = 0.1
    /// A step ahead that goes further than the clock did by this many seconds is a jump.
    private static let largestGap = 2.0

    private var offset: Double?
    private var last: (ticks: Int64, arrival: UInt64)?
    /// Times that the source's clock jumped.
    private(set) var jumps = 0

    /// Tells that the next frame is of a new connection, whose clock may be any.
    mutating func restart() { offset = nil }

    /// When a frame is shown, in ``unit``s; greater than the time of each frame before.
    ///
    /// - Parameters:
    ///   - time: The source's own timestamp in seconds; nil where it has none.
    ///   - arrival: When the frame came in, in nanoseconds.
    mutating func place(_ time: Double?, arrival: UInt64) -> Int64 {
        guard let last else {
            offset = time.map { -$0 }
            self.last = (0, arrival)
            return 0
        }
        let passed = arrival > last.arrival ? Double(arrival - last.arrival) / 1e9 : 0
        let before = Double(last.ticks) * Self.unit.doubleValue
        var placed = before + passed
        if let time {
            let step = offset.map { time + $0 - before }
            if let step, step >= -Self.largestStepBack, step <= passed + Self.largestGap {
                placed = before + step
            } else {
                if step != nil { jumps += 1 }
                offset = placed - time
            }
        }
        let ticks = max(last.ticks + 1, Int64((placed / Self.unit.doubleValue).rounded()))
        self.last = (ticks, arrival)
        return ticks
    }
}
