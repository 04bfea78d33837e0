/// Weights of a convolution in one byte: each output channel has a step of its own, zero stays zero.
///
/// The largest number of a channel is 127 or -127, so quantising what was quantised gives the same numbers
/// again, batch normalisation folded in or not. That does not hold where pairs are limited, which is done as
/// weights are prepared for a CPU and never stored.
struct QuantisedWeights: Sendable {
    /// [output, input, kernel, kernel], -127...127.
    var numbers: [Int8]
    /// What a 1 stands for, by output channel.
    var scales: [Float]

    /// - Parameters:
    ///   - weights: [output, input, kernel, kernel].
    ///   - outputs: Output channels.
    ///   - pairDistance: Without VNNI, how far the weights of neighbouring input channels lie apart (kernel x
    ///     kernel): their products with numbers of up to 255 are added up in 16 bits, so steps are made so
    ///     large that two neighbours of one sign come to 128 at most. Few channels need it: it costs far less
    ///     than the bit that a limit on each weight would.
    init(_ weights: [Float], outputs: Int, pairDistance: Int? = nil) {
        let size = weights.count / max(outputs, 1)
        var scales = [Float](repeating: 1, count: outputs)
        numbers = [Int8](unsafeUninitializedCapacity: weights.count) { numbers, count in
            weights.withUnsafeBufferPointer { weights in
                for output in 0..<outputs {
                    let range = output * size..<(output + 1) * size
                    let channel = UnsafeBufferPointer(rebasing: weights[range])
                    let largest = Self.largest(channel, pairDistance)
                    let isUsable = largest.isFinite && largest >= 127 * Float.leastNormalMagnitude
                    let scale = isUsable ? largest / 127 : 1
                    scales[output] = scale
                    for index in range {
                        let number = (weights[index] / scale).rounded(.toNearestOrEven)
                        let isNumber = isUsable && number.isFinite
                        numbers[index] = isNumber ? Int8(max(-127, min(127, number))) : 0
                    }
                }
            }
            count = weights.count
        }
        self.scales = scales
    }

    /// What becomes 127: the largest weight of a channel, or the largest sum of two neighbours.
    private static func largest(
        _ channel: UnsafeBufferPointer<Float>, _ pairDistance: Int?
    ) -> Float {
        var largest: Float = 0
        for weight in channel { largest = max(largest, abs(weight)) }
        guard let distance = pairDistance else { return largest }
        for first in stride(from: 0, to: channel.count - distance, by: 2 * distance) {
            // Of each tap of the first and the second channel of a pair.
            for index in first..<min(first + distance, channel.count - distance) {
                let (a, b) = (channel[index], channel[index + distance])
                if (a > 0) == (b > 0) { largest = max(largest, abs(a + b)) }
            }
        }
        return largest
    }

    /// The weights that the numbers stand for.
    var values: [Float] {
        let size = numbers.count / max(scales.count, 1)
        return numbers.indices.map { Float(numbers[$0]) * scales[$0 / size] }
    }
}

extension QuantisedWeights {
    /// Winograd's F(2, 3) transforms each 3 x 3 to 4 x 4 numbers, which are stored in one byte again; these
    /// factors make the largest of a channel 127.
    ///
    /// - Parameter values: As the transform will get them, [output, input, 3, 3].
    static func winogradFactors(_ values: [Float], outputs: Int) -> [Float] {
        let size = values.count / max(outputs, 1)
        return (0..<outputs).map { output in
            var largest: Float = 0
            for start in stride(from: output * size, to: (output + 1) * size, by: 9) {
                largest = max(largest, largestTransformed(values[start..<start + 9]))
            }
            return largest > 0 ? 127 / largest : 1
        }
    }

    /// The largest magnitude of G g G^T.
    private static func largestTransformed(_ kernel: ArraySlice<Float>) -> Float {
        let first = kernel.startIndex
        // Rows of G times a column: its ends, and half the sum with the middle added or taken away.
        func transformed(_ a: Float, _ b: Float, _ c: Float) -> SIMD4<Float> {
            SIMD4(a, (a + b + c) / 2, (a - b + c) / 2, c)
        }
        let columns = (0..<3).map { column in
            transformed(
                kernel[first + column], kernel[first + 3 + column], kernel[first + 6 + column])
        }
        var largest: Float = 0
        for row in 0..<4 {
            let values = transformed(columns[0][row], columns[1][row], columns[2][row])
            largest = max(largest, max(values.max(), -values.min()))
        }
        return largest
    }
}
