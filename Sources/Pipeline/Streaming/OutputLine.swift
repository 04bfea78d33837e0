import VideoIO

/// The times at which a camera's pictures are written: its own, as long as they grow.
///
/// A camera that stalls and then sends at once what it held back has pictures from a time over which the last
/// picture was repeated. They follow in quick succession until they have caught up; none is left out.
struct OutputLine {
    /// Ticks of 1/90000 s in a millisecond, the finest step that every container can tell.
    private static let smallestStep: Int64 = 90
    private var last: Int64?

    /// When a picture is written, in 1/90000 s; at least a millisecond after the one before.
    ///
    /// - Parameters:
    ///   - time: When it is to be shown, in 1/90000 s.
    ///   - period: Seconds from picture to picture.
    mutating func place(_ time: Int64, period: Double) -> Int64 {
        guard let last else {
            self.last = time
            return time
        }
        let hurried = last + max(Self.smallestStep, Int64(period / 2 * 90_000))
        let placed = time <= last ? hurried : max(time, last + Self.smallestStep)
        self.last = placed
        return placed
    }
}
