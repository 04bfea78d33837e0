/// How often magnitudes occur in a value between layers, over any number of frames.
///
/// The range doubles when a larger magnitude comes, so one pass is enough. Exact zeros, half of what a
/// ReLU puts out, are always stored exactly and are not counted.
struct ValueHistogram: Sendable {
    /// Bins of equal width from 0 to ``limit``.
    private(set) var counts = [UInt64](repeating: 0, count: ValueHistogram.binCount)
    private(set) var limit: Float = 0
    /// The largest magnitude.
    private(set) var largest: Float = 0
    /// Whether all numbers were finite.
    private(set) var isFinite = true

    static let binCount = 4096

    mutating func add(_ values: UnsafeBufferPointer<Float>) {
        var highest: Float = 0
        var check: Float = 0
        for value in values {
            highest = max(highest, abs(value))
            // Stays 0 unless a number is infinite or none.
            check += value * 0
        }
        guard check == 0 else {
            isFinite = false
            return
        }
        // Anything smaller is as good as zero, and its bins could not be computed.
        guard highest > 1e-30 else { return }
        largest = max(largest, highest)
        makeRoom(for: highest)
        let factor = Float(Self.binCount) / limit
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values where value != 0 {
                counts[min(Int(Int32(abs(value) * factor)), Self.binCount - 1)] += 1
            }
        }
    }

    private mutating func makeRoom(for magnitude: Float) {
        if limit == 0 { limit = magnitude }
        while limit < magnitude {
            for bin in 0..<Self.binCount / 2 {
                counts[bin] = counts[2 * bin] + counts[2 * bin + 1]
            }
            for bin in Self.binCount / 2..<Self.binCount { counts[bin] = 0 }
            limit *= 2
        }
    }
}
