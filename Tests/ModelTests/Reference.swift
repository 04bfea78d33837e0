import Foundation

@testable import Model

/// Deterministic values in -1...1.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func value() -> Float { Float(next() >> 40) / Float(1 << 23) - 1 }

    mutating func values(_ count: Int) -> [Float] { (0..<count).map { _ in value() } }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

extension NetworkGraph.Filter {
    /// A filter of given numbers.
    convenience init(
        weights: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernel: Int
    ) {
        self.init(inputChannels: inputChannels, outputChannels: outputChannels, kernel: kernel) {
            Values(weights: weights, bias: bias)
        }
    }
}

/// Operations as their definitions read, in double precision, values [channels, height, width].
enum Reference {
    static func convolution(
        _ source: [Float], _ shape: NetworkGraph.Shape, _ filter: NetworkGraph.Filter, stride: Int
    ) throws -> [Float] {
        let kernel = filter.kernel
        let values = try filter.values()
        let side = (shape.height + 2 * (kernel / 2) - kernel) / stride + 1
        var result: [Float] = []
        for output in 0..<filter.outputChannels {
            for y in 0..<side {
                for x in 0..<side {
                    var sum = Double(values.bias[output])
                    for input in 0..<shape.channels {
                        for dy in 0..<kernel {
                            for dx in 0..<kernel {
                                let row = y * stride + dy - kernel / 2
                                let column = x * stride + dx - kernel / 2
                                guard (0..<shape.height).contains(row),
                                    (0..<shape.width).contains(column)
                                else { continue }
                                let weight = values.weights[
                                    ((output * shape.channels + input) * kernel + dy) * kernel + dx]
                                sum +=
                                    Double(weight)
                                    * Double(
                                        source[(input * shape.height + row) * shape.width + column])
                            }
                        }
                    }
                    result.append(Float(sum))
                }
            }
        }
        return result
    }

    static func activate(_ value: Float, _ activation: NetworkGraph.Activation) -> Float {
        switch activation {
        case .identity: value
        case .relu: max(0, value)
        case .leakyReLU(let slope): value > 0 ? value : slope * value
        case .tanh: tanhf(value)
        }
    }

    static func maxPool(_ source: [Float], _ channels: Int, _ side: Int) -> [Float] {
        let half = (side + 1) / 2
        return (0..<channels * half * half).map { index in
            let channel = index / (half * half)
            let y = index / half % half
            let x = index % half
            var best = -Float.infinity
            for row in 2 * y - 1...2 * y + 1 where (0..<side).contains(row) {
                for column in 2 * x - 1...2 * x + 1 where (0..<side).contains(column) {
                    best = max(best, source[(channel * side + row) * side + column])
                }
            }
            return best
        }
    }

    static func resize(_ source: [Float], _ channels: Int, _ side: Int, _ target: Int) -> [Float] {
        func tap(_ position: Int) -> (Int, Int, Double) {
            let exact = max(0, Double(side) / Double(target) * (Double(position) + 0.5) - 0.5)
            let first = min(Int(exact), side - 1)
            return (first, min(first + 1, side - 1), exact - Double(first))
        }
        return (0..<channels * target * target).map { index in
            let plane = index / (target * target) * side * side
            let (top, bottom, v) = tap(index / target % target)
            let (left, right, h) = tap(index % target)
            func at(_ row: Int, _ column: Int) -> Double {
                Double(source[plane + row * side + column])
            }
            let upper = (1 - h) * at(top, left) + h * at(top, right)
            let lower = (1 - h) * at(bottom, left) + h * at(bottom, right)
            return Float((1 - v) * upper + v * lower)
        }
    }

    static func channelsLast(_ values: [Float], _ channels: Int, _ positions: Int) -> [Float] {
        (0..<channels * positions).map { values[$0 % channels * positions + $0 / channels] }
    }
}
