/// Transforms filters [output, input, 3, 3] to [product, input, output], channels filled up with zeros.
///
/// The input channels are shared out among the threads of the team.
final class WinogradFilters: ParallelWork {
    private let tile: WinogradTile
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

    /// Output channels that are transformed before they are copied to their places: those of different
    /// products lie a multiple of 4,096 bytes apart and push each other out of the first-level cache.
    private static let chunk = 64

    override func run(thread: Int, of count: Int) {
        switch tile {
        case .two: run(WinogradLine2.self, thread, count)
        case .four: run(WinogradLine4.self, thread, count)
        case .six: run(WinogradLine6.self, thread, count)
        }
    }

    @inline(__always)
    private func run<Line: WinogradLine>(_ line: Line.Type, _ thread: Int, _ count: Int) {
        guard let weights = weights.baseAddress else { return }
        // Neighbouring input channels lie side by side in the source.
        let stripes = (filter.inputChannels + 15) / 16
        let taps = filter.inputChannels * 9
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: tile.products * Self.chunk / 4) {
            memory in
            guard let chunk = memory.baseAddress else { return }
            for stripe in thread * stripes / count..<(thread + 1) * stripes / count {
                let channels = stripe * 16..<min(stripe * 16 + 16, filter.inputChannels)
                for first in stride(from: 0, to: filter.outputChannels, by: Self.chunk) {
                    let last = min(first + Self.chunk, filter.outputChannels)
                    for input in channels {
                        for output in stride(from: first, to: last, by: 4) {
                            Self.transform(
                                line, weights + output * taps + input * 9, taps,
                                channels: min(4, last - output),
                                into: chunk + (output - first) / 4)
                        }
                        copy(chunk, input, first..<last)
                    }
                }
            }
        }
    }

    /// The products of some output channels to their places.
    private func copy(_ chunk: UnsafePointer<Lanes>, _ input: Int, _ channels: Range<Int>) {
        let plane = inputs * outputs * MemoryLayout<Float>.stride
        let size = (channels.count + 3) / 4 * MemoryLayout<Lanes>.stride
        var place = UnsafeMutableRawPointer(target + input * outputs + channels.lowerBound)
        for product in 0..<tile.products {
            place.copyMemory(from: chunk + product * Self.chunk / 4, byteCount: size)
            place += plane
        }
    }

    /// Up to four output channels, whose weights lie `step` apart: all their products.
    @inline(__always)
    private static func transform<Line: WinogradLine>(
        _ line: Line.Type, _ weights: UnsafePointer<Float>, _ step: Int, channels: Int,
        into products: UnsafeMutablePointer<Lanes>
    ) {
        let side = Line.samples
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 9 + 3 * side) { memory in
            guard let taps = memory.baseAddress else { return }
            for tap in 0..<9 {
                let place = weights + tap
                taps[tap] =
                    channels == 4
                    ? Lanes(place[0], place[step], place[2 * step], place[3 * step])
                    : Lanes(
                        place[0], channels > 1 ? place[step] : 0,
                        channels > 2 ? place[2 * step] : 0, 0)
            }
            let rows = taps + 9
            for column in 0..<3 {
                Line.transformTaps(taps[column], taps[3 + column], taps[6 + column]) {
                    rows[3 * $0 + column] = $1
                }
            }
            for row in 0..<side {
                let place = products + row * side * chunk / 4
                Line.transformTaps(rows[3 * row], rows[3 * row + 1], rows[3 * row + 2]) {
                    place[$0 * chunk / 4] = $1
                }
            }
        }
    }
}
