import CFFmpeg

/// A fraction of two 32-bit integers: a time base, a frame rate or an aspect ratio.
public struct Rational: Sendable, Hashable, CustomStringConvertible {
    /// The upper number.
    public var numerator: Int32
    /// The lower number; 0 stands for "unknown" where FFmpeg has it so.
    public var denominator: Int32

    /// Creates `numerator / denominator`, not reduced.
    public init(_ numerator: Int32, _ denominator: Int32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The quotient, 0 when the denominator is 0.
    public var doubleValue: Double {
        denominator == 0 ? 0 : Double(numerator) / Double(denominator)
    }

    /// Whether both numbers are above zero.
    public var isPositive: Bool { numerator > 0 && denominator > 0 }

    /// `numerator/denominator`.
    public var description: String { "\(numerator)/\(denominator)" }

    /// Converts a count of this unit to the nearest count of another unit. Both must be positive.
    public func rescale(_ value: Int64, to unit: Rational) -> Int64 {
        av_rescale_q_rnd(value, raw, unit.raw, AVRounding(AV_ROUND_NEAR_INF.rawValue))
    }
}

extension Rational {
    init(_ raw: AVRational) { self.init(raw.num, raw.den) }

    var raw: AVRational { AVRational(num: numerator, den: denominator) }

    var inverted: Rational { Rational(denominator, numerator) }
}

/// FFmpeg's "no timestamp" as an optional.
func timestamp(_ value: Int64) -> Int64? { value == YV_NOPTS_VALUE ? nil : value }
