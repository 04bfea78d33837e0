/// Reads convolutions of the official checkpoints, batch normalisation folded in.
extension ParameterReader {
    /// A convolution with a bias: keys `NAME.weight` and `NAME.bias`.
    func filter(_ name: String, inputs: Int, outputs: Int, kernel: Int) -> NetworkGraph.Filter {
        let weights = parameter("\(name).weight", shape: [outputs, inputs, kernel, kernel])
        let bias = parameter("\(name).bias", shape: [outputs])
        return NetworkGraph.Filter(
            inputChannels: inputs, outputChannels: outputs, kernel: kernel
        ) {
            .init(weights: try weights.values(), bias: try bias.values())
        }
    }

    /// A convolution (`NAME.weight`) and the batch normalisation behind it (`NORM.weight`, `.bias`,
    /// `.running_mean`, `.running_var`) as one.
    ///
    /// - Parameter bias: The convolution's own bias; official backbones have none.
    func filter(
        _ name: String, normalisedBy norm: String, bias: Parameter? = nil, inputs: Int,
        outputs: Int, kernel: Int, groups: Int = 1, epsilon: Double = 1e-5
    ) -> NetworkGraph.Filter {
        let weights = parameter(
            "\(name).weight", shape: [outputs, inputs / groups, kernel, kernel])
        let gain = parameter("\(norm).weight", shape: [outputs])
        let offset = parameter("\(norm).bias", shape: [outputs])
        let mean = parameter("\(norm).running_mean", shape: [outputs])
        let variance = parameter("\(norm).running_var", shape: [outputs])
        return NetworkGraph.Filter(
            inputChannels: inputs, outputChannels: outputs, kernel: kernel, groups: groups
        ) {
            var folded = NetworkGraph.Filter.Values(
                weights: try weights.values(),
                bias: try bias?.values() ?? [Float](repeating: 0, count: outputs))
            folded.normalise(
                gain: try gain.values(), offset: try offset.values(), mean: try mean.values(),
                variance: try variance.values(), epsilon: epsilon)
            return folded
        }
    }
}

extension ParameterReader {
    /// A convolution with a bias and the batch normalisation behind it, as the 1 x 1 convolution of its
    /// columns: input t C + c of the result is tap t of channel c.
    func columnFilter(
        _ name: String, normalisedBy norm: String, inputs: Int, outputs: Int, kernel: Int,
        epsilon: Double = 1e-5
    ) -> NetworkGraph.Filter {
        let taps = kernel * kernel
        let bias = parameter("\(name).bias", shape: [outputs])
        let plain = filter(
            name, normalisedBy: norm, bias: bias, inputs: inputs, outputs: outputs, kernel: kernel,
            epsilon: epsilon)
        return NetworkGraph.Filter(
            inputChannels: taps * inputs, outputChannels: outputs, kernel: 1
        ) {
            let values = try plain.values()
            var columns = values
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<taps {
                        columns.weights[(output * taps + tap) * inputs + input] =
                            values.weights[(output * inputs + input) * taps + tap]
                    }
                }
            }
            return columns
        }
    }
}

extension NetworkGraph.Filter.Values {
    /// Turns gain * (w x + bias - mean) / sqrt(variance + epsilon) + offset into w' x + bias'.
    fileprivate mutating func normalise(
        gain: [Float], offset: [Float], mean: [Float], variance: [Float], epsilon: Double
    ) {
        let size = weights.count / bias.count
        weights.withUnsafeMutableBufferPointer { weights in
            for output in bias.indices {
                let deviation = (Double(variance[output]) + epsilon).squareRoot()
                let factor = Double(gain[output]) / deviation
                let shift = Double(bias[output]) - Double(mean[output])
                bias[output] = Float(Double(offset[output]) + shift * factor)
                for index in output * size..<(output + 1) * size {
                    weights[index] = Float(Double(weights[index]) * factor)
                }
            }
        }
    }
}

extension NetworkGraph.Filter {
    /// One convolution that puts out the channels of several with the same input, one after the other.
    static func joined(_ filters: [NetworkGraph.Filter]) -> NetworkGraph.Filter {
        NetworkGraph.Filter(
            inputChannels: filters[0].inputChannels,
            outputChannels: filters.reduce(0) { $0 + $1.outputChannels }, kernel: filters[0].kernel
        ) {
            let values = try filters.map { try $0.values() }
            return Values(weights: values.flatMap(\.weights), bias: values.flatMap(\.bias))
        }
    }
}
