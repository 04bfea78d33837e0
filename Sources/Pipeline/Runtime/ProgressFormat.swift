/// What a progress line says.
public struct Progress: Sendable, Hashable {
    /// Items finished.
    public var done: Int
    /// Items in all; nil when that is not known. May turn out too small.
    public var total: Int?
    /// Present speed in items a second; nil as long as there is nothing to tell it from.
    public var rate: Double?
    /// Time since the start in seconds.
    public var elapsed: Double
    /// What is counted.
    public var unit: Unit

    /// What a run works on.
    public enum Unit: String, Sendable, Hashable {
        /// Frames of a video; a speed is given as "fps".
        case frames
        /// Pictures that do not follow each other in time; a speed is given as "images/s".
        case images
        /// Parts of a piece of work, too unlike each other for a speed.
        case steps

        fileprivate var speed: String? {
            switch self {
            case .frames: "fps"
            case .images: "images/s"
            case .steps: nil
            }
        }
    }

    /// Creates a progress.
    public init(
        done: Int, total: Int? = nil, rate: Double? = nil, elapsed: Double, unit: Unit = .frames
    ) {
        self.done = done
        self.total = total
        self.rate = rate
        self.elapsed = elapsed
        self.unit = unit
    }

    /// Finished part of the total, 0...1; nil without a usable total.
    public var fraction: Double? {
        guard let total, total > 0, done <= total else { return nil }
        return Double(done) / Double(total)
    }

    /// Estimated seconds to the end; nil without a usable total or speed.
    public var remaining: Double? {
        guard let total, done <= total, let rate, rate > 0 else { return nil }
        return Double(total - done) / rate
    }
}

/// Puts a progress into words.
public enum ProgressFormat {
    /// One line such as `123/300 frames   41%   12.3 fps   ETA 0:14`, at most `width` columns wide: parts
    /// are left out from the right until it fits.
    public static func line(_ progress: Progress, width: Int? = nil) -> String {
        let count =
            (progress.total.map { "\(progress.done)/\(max($0, progress.done))" }
                ?? "\(progress.done)") + " \(progress.unit)"
        var parts = [count]
        if let fraction = progress.fraction {
            // Rounded down: 100 % means finished.
            parts.append(padded("\(Int(fraction * 100))%", to: 4))
        }
        if let rate = progress.rate, let speed = progress.unit.speed {
            parts.append("\(decimal(rate)) \(speed)")
        }
        if let remaining = progress.remaining, progress.done != progress.total {
            parts.append("ETA \(time(remaining))")
        } else {
            parts.append(time(progress.elapsed))
        }
        while true {
            let line = parts.joined(separator: "   ")
            guard let width, line.count > width else { return line }
            if parts.count == 1 { return String(line.prefix(max(width, 0))) }
            parts.removeLast()
        }
    }

    /// Seconds as `0:07`, `12:34` or `1:02:03`, rounded up to whole ones.
    public static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "-:--" }
        let whole = Int(max(seconds, 0).rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        let tail = rest < 10 ? "0\(rest)" : "\(rest)"
        if hours == 0 { return "\(minutes):\(tail)" }
        return "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
    }

    /// A number of at least zero with one digit after the point; two below 1.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite, value < 1e9 else { return "-" }
        let digits = value < 0.995 ? 100 : 10
        let scaled = Int((max(value, 0) * Double(digits)).rounded())
        let fraction = "\(scaled % digits)"
        let zeros = digits == 100 && fraction.count == 1 ? "0" : ""
        return "\(scaled / digits).\(zeros)\(fraction)"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

/// Tells the present speed from a count that is looked at now and then: the mean over the last seconds, so
/// that it neither jumps about nor clings to the past.
struct RateEstimator {
    /// Seconds that the mean reaches back.
    let window: Double
    private var samples: [(time: Double, done: Int)] = []

    init(window: Double = 10) {
        self.window = window
    }

    /// Adds a look at the count and gives the speed in items a second; nil until something has moved.
    mutating func update(done: Int, at time: Double) -> Double? {
        samples.append((time, done))
        // The last sample at or before the window's start stays, so the mean spans all of it.
        while samples.count > 2, samples[1].time <= time - window { samples.removeFirst() }
        guard let first = samples.first, time > first.time, done > first.done else { return nil }
        return Double(done - first.done) / (time - first.time)
    }
}
