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
        weights: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernel: Int,
        groups: Int = 1
    ) {
        self.init(
            inputChannels: inputChannels, outputChannels: outputChannels, kernel: kernel,
            groups: groups
        ) {
            Values(weights: weights, bias: bias)
        }
    }

    /// A convolution that puts out what it gets.
    static func identity(_ channels: Int) -> NetworkGraph.Filter {
        NetworkGraph.Filter(
            weights: (0..<channels * channels).map { $0 / channels == $0 % channels ? 1 : 0 },
            bias: [Float](repeating: 0, count: channels), inputChannels: channels,
            outputChannels: channels, kernel: 1)
    }
}

/// Runs a graph once on an engine, with a team of two; outputs are in the layouts that it asks for.
func runGraph(
    _ graph: NetworkGraph, _ kind: EngineKind, _ inputs: [[Float]]
) throws -> [[Float]] {
    let thread = ComputeThread(name: "test", teamSize: 2)
    return try thread.run { () throws in
        let compiled = try kind.make(threads: 2).compile(graph)
        let buffers = zip(inputs, compiled.inputSizes).map { values, size in
            let buffer = AlignedBuffer(byteCount: size)
            _ = buffer.floats.update(from: values)
            return buffer
        }
        let outputs = compiled.outputSizes.map(AlignedBuffer.init(byteCount:))
        try compiled.makeContext(
            workspace: AlignedBuffer(byteCount: compiled.workspaceSize)
        ).run(inputs: buffers, outputs: outputs)
        return zip(outputs, graph.outputs).map { buffer, output in
            Array(buffer.floats.prefix(graph.shape(of: output.value).elementCount))
        }
    }
}

/// Operations as their definitions read, in double precision, values [channels, height, width].
enum Reference {
    /// - Parameter padding: Half the kernel if nil.
    static func convolution(
        _ source: [Float], _ shape: NetworkGraph.Shape, _ filter: NetworkGraph.Filter, stride: Int,
        padding: Int? = nil
    ) throws -> [Float] {
        let kernel = filter.kernel
        let padding = padding ?? kernel / 2
        let values = try filter.values()
        let rows = (shape.height + 2 * padding - kernel) / stride + 1
        let columns = (shape.width + 2 * padding - kernel) / stride + 1
        var result: [Float] = []
        for output in 0..<filter.outputChannels {
            for y in 0..<rows {
                for x in 0..<columns {
                    var sum = Double(values.bias[output])
                    for local in 0..<filter.groupChannels {
                        let group = output / (filter.outputChannels / filter.groups)
                        let input = group * filter.groupChannels + local
                        for dy in 0..<kernel {
                            for dx in 0..<kernel {
                                let row = y * stride + dy - padding
                                let column = x * stride + dx - padding
                                guard (0..<shape.height).contains(row),
                                    (0..<shape.width).contains(column)
                                else { continue }
                                let weight = values.weights[
                                    ((output * filter.groupChannels + local) * kernel + dy) * kernel
                                        + dx]
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
        case .relu6: min(6, max(0, value))
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

    /// Section 2 of arXiv 1811.11168, for each tap of a 3 x 3 kernel the sampled and modulated input; a
    /// position that is not a number samples nothing.
    static func deformableColumns(
        _ source: [Float], _ shape: NetworkGraph.Shape, offsets: [Float], stride: Int
    ) -> [Float] {
        let height = (shape.height - 1) / stride + 1
        let width = (shape.width - 1) / stride + 1
        let plane = height * width
        func at(_ channel: Int, _ row: Double, _ column: Double) -> Double {
            guard row >= 0, column >= 0, row < Double(shape.height), column < Double(shape.width)
            else { return 0 }
            return Double(
                source[(channel * shape.height + Int(row)) * shape.width + Int(column)])
        }
        return (0..<9 * shape.channels * plane).map { index in
            let tap = index / plane / shape.channels
            let channel = index / plane % shape.channels
            let position = index % plane
            func offset(_ number: Int) -> Double { Double(offsets[number * plane + position]) }
            let y = Double(position / width * stride - 1 + tap / 3) + offset(2 * tap)
            let x = Double(position % width * stride - 1 + tap % 3) + offset(2 * tap + 1)
            guard !y.isNaN, !x.isNaN else { return 0 }
            let top = y.rounded(.down)
            let left = x.rounded(.down)
            var sum = 0.0
            for row in [top, top + 1] {
                for column in [left, left + 1] {
                    let weight = (1 - abs(y - row)) * (1 - abs(x - column))
                    sum += weight * at(channel, row, column)
                }
            }
            return Float(sum / (1 + exp(-offset(18 + tap))))
        }
    }

    static func channelsLast(_ values: [Float], _ channels: Int, _ positions: Int) -> [Float] {
        (0..<channels * positions).map { values[$0 % channels * positions + $0 / channels] }
    }
}
