/// Tells where in its source a frame lies: in seconds from the source's first timestamp, which is what
/// ``VideoReader/Options/start`` counts, whatever the source's own clock begins with and wherever reading began.
struct SourceClock {
    private let unit: Double
    /// The beginning on the shifted line, in units, and what it lies behind that in seconds.
    private let origin: Int64
    private let remainder: Double

    /// - Parameter timeBase: Seconds per unit of the timestamps.
    init(info: MediaInfo, timeBase: Rational) {
        let unit = timeBase.doubleValue
        self.unit = unit
        func units(_ seconds: Double) -> Int64 {
            guard unit > 0 else { return 0 }
            return Int64(max(-1e18, min(1e18, (seconds / unit).rounded())))
        }
        let start = info.startTime ?? 0
        let first = units(start)
        origin = first + units(info.timestampShift)
        let rest = start - Double(first) * unit
        // Another stream's beginning need not be one of this stream's units; but FFmpeg rounds to microseconds.
        remainder = abs(rest) <= 1e-6 ? 0 : rest
    }

    /// Where a timestamp of the shifted line lies.
    func seconds(_ time: Int64) -> Double {
        Double(time &- origin) * unit - remainder
    }
}
