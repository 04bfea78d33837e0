/// Tells when frames of a steady stream are missing: a lost frame often leaves no other trace than a longer
/// step in time.
struct GapDetector {
    private static let window = 8
    private var steps: [Int64] = []
    private var last: Int64?

    /// Takes the next packet's timestamp; says whether frames are missing before it.
    ///
    /// Streams whose steps differ anyway tell nothing.
    mutating func isGap(before time: Int64) -> Bool {
        defer { last = time }
        guard let last, time > last else { return false }
        let step = time - last
        defer {
            if steps.count == Self.window { steps.removeFirst() }
            steps.append(step)
        }
        guard steps.count == Self.window, let low = steps.min(), let high = steps.max(),
            Double(high) < 1.25 * Double(low)
        else { return false }
        return Double(step) > 1.6 * Double(high)
    }
}
