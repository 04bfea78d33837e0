/// Which frames and packets lie inside the part that is read; times are on the shifted line.
struct ReadingBounds {
    /// Seconds at which the part begins; nil for the beginning of the file.
    private let start: Double?
    /// Seconds at which it ends; moved closer when the wanted number of frames has been given.
    var end: Double?

    init(info: MediaInfo) {
        let origin = (info.startTime ?? 0) + info.timestampShift
        let selection = info.selection
        start = selection.flatMap { $0.start > 0 ? origin + $0.start : nil }
        end = selection?.end.map { origin + $0 }
    }

    /// Whether a timestamp lies before the part. Half a unit is allowed for rounding.
    func isBefore(_ time: Int64, _ unit: Rational) -> Bool {
        guard let start else { return false }
        return Double(time) + 0.5 < start / unit.doubleValue
    }

    /// Whether a timestamp lies at or behind the end of the part.
    func isAfter(_ time: Int64, _ unit: Rational) -> Bool {
        guard let end else { return false }
        return Double(time) + 0.5 >= end / unit.doubleValue
    }
}
