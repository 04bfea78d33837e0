/// Where the range of a value ends that is stored in one byte: what lies beyond is clipped, so that the
/// steps for all the rest are finer.
public enum ClippingCriterion: Sendable, Hashable {
    /// The least mean square of what rounding and clipping change, over the histogram.
    case meanSquareError
    /// That part of the magnitudes that are not zero lies inside, in per cent: 50...100.
    case percentile(Double)
    /// Nothing is clipped.
    case maximum

    /// `mse`, `max`, or a percentage such as `99.99`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "mse": self = .meanSquareError
        case "max": self = .maximum
        default:
            guard let percentage = Double(text), (50...100).contains(percentage) else { return nil }
            self = .percentile(percentage)
        }
    }

    /// As ``init(_:)`` reads.
    public var text: String {
        switch self {
        case .meanSquareError: "mse"
        case .percentile(let percentage): "\(percentage)"
        case .maximum: "max"
        }
    }

    /// The end of the range.
    ///
    /// - Parameter steps: Steps between 0 and the end.
    func end(_ histogram: ValueHistogram, steps: Float) -> Float {
        guard histogram.largest > 0 else { return 1 }
        switch self {
        case .maximum: return histogram.largest
        case .percentile(let percentage):
            let total = histogram.counts.reduce(0, +)
            let wanted = Double(total) * percentage / 100
            var sum = 0.0
            for (bin, count) in histogram.counts.enumerated() {
                sum += Double(count)
                if sum >= wanted {
                    let edge = Float(bin + 1) * histogram.limit / Float(ValueHistogram.binCount)
                    return min(edge, histogram.largest)
                }
            }
            return histogram.largest
        case .meanSquareError:
            let candidates = (1...Self.candidateCount).map {
                histogram.largest * Float($0) / Float(Self.candidateCount)
            }
            let errors = candidates.map { Self.error(histogram, end: $0, steps: steps) }
            let best = errors.indices.min { errors[$0] < errors[$1] } ?? candidates.count - 1
            return candidates[best]
        }
    }

    private static let candidateCount = 200

    /// The sum of squares of what a range changes.
    private static func error(_ histogram: ValueHistogram, end: Float, steps: Float) -> Double {
        let width = Double(histogram.limit) / Double(ValueHistogram.binCount)
        let step = Double(end) / Double(steps)
        var sum = 0.0
        for (bin, count) in histogram.counts.enumerated() where count > 0 {
            let magnitude = (Double(bin) + 0.5) * width
            let square: Double =
                if magnitude > Double(end) {
                    (magnitude - Double(end)) * (magnitude - Double(end))
                } else if magnitude < step / 2 {
                    // It becomes zero.
                    magnitude * magnitude
                } else {
                    step * step / 12
                }
            sum += Double(count) * square
        }
        return sum
    }
}
