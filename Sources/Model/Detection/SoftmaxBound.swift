import Foundation

/// Bounds the best foreground score of an anchor from above, at a small part of the cost of the softmax.
///
/// 2^(k + f), 0 <= f < 1, is replaced by 2^k (1 + f), which is the number whose exponent and fraction are
/// k and f: shifts instead of an exponential. It is never smaller than the power and at most 1.0615 times
/// as large (at f = 1 / ln 2 - 1), so the sum over the classes is known within that factor.
struct SoftmaxBound {
    /// Below this distance from the background logit the softmax cannot reach the threshold; the margin
    /// covers rounding.
    private let gap: Float

    /// 1.0615 and what rounding can add.
    private static let factor: Float = 1.062
    private static let log2e: Float = 1.442695

    /// A float between 256 and 512 holds its fraction in steps of 2^-15: 8 bits below those of 1 to 2.
    private static let shift: UInt32 = 8
    private static let magic: Float = 256

    /// - Parameter threshold: Scores that are not above it do not matter.
    init(threshold: Float) {
        gap = -logf(max(threshold, .leastNormalMagnitude)) + 0.01
    }

    /// A number that no foreground score exceeds where it is finite. Where the logits are not, it may be
    /// anything: the softmax of such logits is not a number, which is above no threshold.
    ///
    /// - Parameter logits: Background first.
    @inline(__always)
    func bestScore(_ logits: UnsafeBufferPointer<Float>) -> Float {
        guard let base = logits.baseAddress else { return .infinity }
        let count = logits.count
        let background = logits[0]
        // The largest of the foreground, and a sum that is finite only if all are.
        var lanes = SIMD8<Float>(repeating: -.infinity)
        var total = SIMD8<Float>.zero
        var index = 1
        while index + 8 <= count {
            let chunk = UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self)
            lanes.replace(with: chunk, where: chunk .> lanes)
            total += chunk
            index += 8
        }
        var foreground = lanes.max()
        var check = background + total.sum()
        while index < count {
            foreground = max(foreground, logits[index])
            check += logits[index]
            index += 1
        }
        guard background - foreground <= gap else { return -.infinity }
        guard check.isFinite else { return .infinity }

        let largest = max(background, foreground)
        var sums = SIMD8<Float>.zero
        index = 0
        while index + 8 <= count {
            let chunk = UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self)
            var exponent = (chunk - largest) * Self.log2e + 127
            exponent.replace(with: 1, where: exponent .< 1)
            let bits = unsafeBitCast(exponent + Self.magic, to: SIMD8<UInt32>.self)
            sums += unsafeBitCast(
                (bits &- Self.magic.bitPattern) &<< Self.shift, to: SIMD8<Float>.self)
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            let exponent = max(1, (logits[index] - largest) * Self.log2e + 127)
            let bits = (exponent + Self.magic).bitPattern
            sum += Float(bitPattern: (bits &- Self.magic.bitPattern) &<< Self.shift)
            index += 1
        }
        let best = foreground < background ? expf(foreground - background) : 1
        return best * Self.factor / sum
    }
}

/// Counts scores by size, to find how high the best of them are without sorting.
struct ScoreHistogram {
    /// A bin for each 32nd of a power of two: exponent and the first five bits of the fraction.
    private static let shift: UInt32 = 18
    /// That of 2, above which are only bounds that bound nothing.
    private static let lastBin = Int(Float(2).bitPattern >> shift)

    private var bins = [UInt32](repeating: 0, count: lastBin + 1)

    mutating func clear() {
        for bin in bins.indices { bins[bin] = 0 }
    }

    /// Counts a score; none is below 0.
    @inline(__always)
    mutating func add(_ score: Float) {
        bins[min(Int(score.bitPattern &>> Self.shift), Self.lastBin)] += 1
    }

    /// The largest border between bins that has at least `wanted` scores above it, less the next smaller
    /// number, so that those on the border are above it; -1 if there are fewer in all.
    func floor(of wanted: Int) -> Float {
        var above = 0
        for bin in bins.indices.reversed() {
            above += Int(bins[bin])
            if above >= wanted {
                return bin == 0 ? -1 : Float(bitPattern: UInt32(bin) << Self.shift).nextDown
            }
        }
        return -1
    }
}
