/// Tells how far a statistic of a series may be off, by drawing series anew from it.
///
/// Latencies of neighbouring frames resemble each other, so whole blocks are drawn, which keeps them
/// together (circular block bootstrap; Politis and Romano 1992). A frame by itself would seem to say more
/// than it does.
struct BlockBootstrap {
    /// Series drawn.
    static let rounds = 1000

    private let series: [Int]
    private let block: Int
    private var generator: SplitMix64

    /// Creates a source of series.
    ///
    /// - Parameters:
    ///   - series: In order; not empty.
    ///   - seed: The same seed gives the same series.
    init(_ series: [Int], seed: UInt64) {
        precondition(!series.isEmpty)
        self.series = series
        // Long enough for a queue to fill and empty, short enough to have many of.
        block = max(1, Int(Double(series.count).squareRoot()))
        generator = SplitMix64(state: seed)
    }

    /// A series of the same length, drawn in blocks.
    mutating func draw() -> [Int] {
        var drawn: [Int] = []
        drawn.reserveCapacity(series.count + block)
        while drawn.count < series.count {
            let start = Int(generator.next() % UInt64(series.count))
            for offset in 0..<block { drawn.append(series[(start + offset) % series.count]) }
        }
        drawn.removeLast(drawn.count - series.count)
        return drawn
    }
}

/// A small generator of random numbers that gives the same ones everywhere (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
