import CFFmpeg

/// The frame rate of an output that counts frames instead of telling their times.
struct ConstantFrameRate {
    let rate: Rational
    /// Who counts, for a report: "avi", "mpeg2video".
    let reason: String

    /// The rates of television and cinema, which MPEG-1 and MPEG-2 name by a number.
    private static let common = [
        Rational(24_000, 1001), Rational(24, 1), Rational(25, 1), Rational(30_000, 1001),
        Rational(30, 1), Rational(50, 1), Rational(60_000, 1001), Rational(60, 1),
    ]

    /// nil where times are written.
    ///
    /// - Parameters:
    ///   - average: Frames a second of the source, the mean.
    ///   - smallest: The smallest rate that represents all its timestamps.
    init?(
        _ choice: EncoderChoice, format: UnsafePointer<AVOutputFormat>, average: Rational?,
        smallest: Rational?
    ) {
        let container = VideoIO.text(format.pointee.name) ?? ""
        var allowed: [Rational] = []
        if let list = yv_encoder_frame_rates(choice.codec) {
            var entry = list
            while entry.pointee.num != 0 {
                let rate = Rational(entry.pointee)
                // Those that only FFmpeg's own decoder knows lie behind the standard's.
                if Self.common.contains(rate) { allowed.append(rate) }
                entry += 1
            }
        }
        if !allowed.isEmpty {
            reason = choice.name
        } else if ["mxf", "mxf_d10", "gxf"].contains(container) {
            (reason, allowed) = (container, Self.common)
        } else if ["avi", "dv"].contains(container) {
            reason = container
        } else {
            return nil
        }
        let wanted = Self.rate(average: average, smallest: smallest)
        rate = Self.closest(to: wanted, in: allowed)
    }

    /// The rate in words, to a hundredth.
    var text: String {
        rate.denominator == 1
            ? "\(rate.numerator)" : "\((rate.doubleValue * 100).rounded() / 100)"
    }

    /// The rate at which all frames can be shown in time.
    static func rate(average: Rational?, smallest: Rational?) -> Rational {
        guard let average, average.isPositive else {
            return smallest.flatMap { $0.isPositive ? $0 : nil } ?? Rational(25, 1)
        }
        let mean = average.doubleValue
        if let smallest, smallest.isPositive {
            // Interlaced video is often said to have as many frames as fields.
            let ratio = smallest.doubleValue / mean
            let whole = ratio.rounded()
            if whole >= 1, whole < 1000, abs(ratio - whole) < 0.005 * whole {
                return smallest.divided(by: Int64(whole))
            }
            if (mean...60.01).contains(smallest.doubleValue) { return smallest }
        }
        // Jitter makes the smallest rate that of the clock.
        return common.first { $0.doubleValue >= 0.99 * mean } ?? average
    }

    /// The lowest rate that is a multiple of the one wanted, or else lies above it; the highest where there
    /// is none. Any rate where the list is empty.
    static func closest(to wanted: Rational, in allowed: [Rational]) -> Rational {
        let sorted = allowed.sorted { $0.doubleValue < $1.doubleValue }
        guard let highest = sorted.last else { return wanted }
        let multiple = sorted.first { rate in
            let ratio = rate.doubleValue / wanted.doubleValue
            return ratio.rounded() >= 1 && abs(ratio - ratio.rounded()) < 0.0002
        }
        return multiple ?? sorted.first { $0.doubleValue >= wanted.doubleValue } ?? highest
    }
}

extension Rational {
    fileprivate func divided(by divisor: Int64) -> Rational {
        var result = Rational(0, 1)
        av_reduce(
            &result.numerator, &result.denominator, Int64(numerator), Int64(denominator) * divisor,
            Int64(Int32.max))
        return result
    }
}
