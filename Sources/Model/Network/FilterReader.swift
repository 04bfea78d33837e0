/// Reads convolutions of the official checkpoints, batch normalisation folded in.
extension ParameterReader {
    /// A convolution with a bias: keys `NAME.weight` and `NAME.bias`.
    func filter(
        _ name: String, inputs: Int, outputs: Int, kernel: Int
    ) throws -> NetworkGraph.Filter {
        NetworkGraph.Filter(
            weights: try values("\(name).weight", shape: [outputs, inputs, kernel, kernel]),
            bias: try values("\(name).bias", shape: [outputs]),
            inputChannels: inputs, outputChannels: outputs, kernel: kernel)
    }

    /// A convolution without bias (`NAME.weight`) and the batch normalisation behind it
    /// (`NORM.weight`, `.bias`, `.running_mean`, `.running_var`) as one.
    func filter(
        _ name: String, normalisedBy norm: String, inputs: Int, outputs: Int, kernel: Int,
        epsilon: Double = 1e-5
    ) throws -> NetworkGraph.Filter {
        var weights = try values("\(name).weight", shape: [outputs, inputs, kernel, kernel])
        let gain = try values("\(norm).weight", shape: [outputs])
        let offset = try values("\(norm).bias", shape: [outputs])
        let mean = try values("\(norm).running_mean", shape: [outputs])
        let variance = try values("\(norm).running_var", shape: [outputs])
        let size = inputs * kernel * kernel
        var bias = [Float](repeating: 0, count: outputs)
        weights.withUnsafeMutableBufferPointer { weights in
            for output in 0..<outputs {
                let factor =
                    Double(gain[output]) / (Double(variance[output]) + epsilon).squareRoot()
                bias[output] = Float(Double(offset[output]) - Double(mean[output]) * factor)
                for index in output * size..<(output + 1) * size {
                    weights[index] = Float(Double(weights[index]) * factor)
                }
            }
        }
        return NetworkGraph.Filter(
            weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs,
            kernel: kernel)
    }
}

extension NetworkGraph.Filter {
    /// One convolution that puts out the channels of several with the same input, one after the other.
    static func joined(_ filters: [NetworkGraph.Filter]) -> NetworkGraph.Filter {
        NetworkGraph.Filter(
            weights: filters.flatMap(\.weights), bias: filters.flatMap(\.bias),
            inputChannels: filters[0].inputChannels,
            outputChannels: filters.reduce(0) { $0 + $1.outputChannels },
            kernel: filters[0].kernel)
    }
}
