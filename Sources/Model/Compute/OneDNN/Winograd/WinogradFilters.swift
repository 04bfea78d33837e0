/// Transforms filters [output, input, 3, 3] to [product, input, output], channels filled up with zeros.
///
/// The input channels are shared out among the threads of the team.
final class WinogradFilters: ParallelWork {
    private let tile: WinogradTile
    private let factors: [SIMD3<Float>]
    private let weights: UnsafeBufferPointer<Float>
    private let filter: NetworkGraph.Filter
    private let inputs: Int
    private let outputs: Int
    private let target: UnsafeMutablePointer<Float>

    private init(
        _ tile: WinogradTile, _ weights: UnsafeBufferPointer<Float>, _ filter: NetworkGraph.Filter,
        inputs: Int, outputs: Int, _ target: UnsafeMutablePointer<Float>
    ) {
        self.tile = tile
        self.weights = weights
        self.filter = filter
        self.inputs = inputs
        self.outputs = outputs
        self.target = target
        factors = tile.filterFactors.map { SIMD3<Float>($0) }
    }

    /// - Parameter target: Zeroed, at least products x inputs x outputs floats.
    static func transform(
        _ weights: [Float], of filter: NetworkGraph.Filter, _ tile: WinogradTile, inputs: Int,
        outputs: Int, into target: AlignedBuffer
    ) {
        precondition(target.floats.count >= tile.products * inputs * outputs)
        precondition(weights.count == filter.inputChannels * filter.outputChannels * 9)
        precondition(outputs % 4 == 0 && filter.outputChannels <= outputs)
        weights.withUnsafeBufferPointer { weights in
            guard let base = target.floats.baseAddress else { return }
            OpenMP.run(
                WinogradFilters(tile, weights, filter, inputs: inputs, outputs: outputs, base))
        }
    }

    override func run(thread: Int, of count: Int) {
        // Neighbouring input channels lie side by side in the source.
        let stripes = (filter.inputChannels + 15) / 16
        for stripe in thread * stripes / count..<(thread + 1) * stripes / count {
            let channels = stripe * 16..<min(stripe * 16 + 16, filter.inputChannels)
            for output in stride(from: 0, to: filter.outputChannels, by: 4) {
                for input in channels { transform(input, output) }
            }
        }
    }

    /// Four output channels.
    private func transform(_ input: Int, _ output: Int) {
        let lanes = min(4, filter.outputChannels - output)
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 9 + 3 * 8) { scratch in
            let taps = UnsafeMutableBufferPointer(rebasing: scratch[..<9])
            let rows = UnsafeMutableBufferPointer(rebasing: scratch[9...])
            for tap in 0..<9 {
                var value = Lanes.zero
                for lane in 0..<lanes {
                    value[lane] =
                        weights[((output + lane) * filter.inputChannels + input) * 9 + tap]
                }
                taps[tap] = value
            }
            for (index, factor) in factors.enumerated() {
                for column in 0..<3 {
                    rows[3 * index + column] =
                        factor.x * taps[column] + factor.y * taps[3 + column]
                        + factor.z * taps[6 + column]
                }
            }
            let plane = inputs * outputs
            var place = UnsafeMutableRawPointer(target + input * outputs + output)
            for row in factors.indices {
                for factor in factors {
                    let value =
                        factor.x * rows[3 * row] + factor.y * rows[3 * row + 1]
                        + factor.z * rows[3 * row + 2]
                    place.storeBytes(of: value, as: Lanes.self)
                    place += plane * MemoryLayout<Float>.stride
                }
            }
        }
    }
}
