extension NetworkGraph {
    /// Whether a value is never negative, by node, whatever goes in.
    ///
    /// - Parameter inputs: Names of inputs that are not.
    func nonNegativeValues(inputs: Set<String> = []) -> [Bool] {
        var result: [Bool] = []
        for node in nodes {
            let isNonNegative =
                switch node.operation {
                case .input: inputs.contains(node.name)
                case .convolution(let convolution): convolution.activation.isNonNegative
                case .maxPool(let value): result[value.index]
                case .resize(let value, let residual, let activation):
                    activation.isNonNegative
                        || result[value.index] && (residual.map { result[$0.index] } ?? true)
                case .add(let first, let second): result[first.index] && result[second.index]
                case .concatenation(let values): values.allSatisfy { result[$0.index] }
                case .conversion(let value): result[value.index]
                case .deformableColumns: false
                }
            result.append(isNonNegative)
        }
        return result
    }

    /// Convolutions that may compute in one byte: all but grouped ones and those of deformable sampling.
    ///
    /// - Parameter withOutputs: Whether those are among them whose result leaves the network.
    func quantisableConvolutions(
        withOutputs: Bool
    ) -> [(index: Int, convolution: Convolution)] {
        let leaving = outputs.filter { $0.layout != .native && !withOutputs }
        var exact = Set(leaving.map(\.value.index))
        for (index, node) in nodes.enumerated().reversed() {
            switch node.operation {
            case .concatenation(let values) where exact.contains(index):
                exact.formUnion(values.map(\.index))
            case .deformableColumns(_, let offsets, _): exact.insert(offsets.index)
            default: break
            }
        }
        return nodes.enumerated().compactMap { index, node in
            guard case .convolution(let convolution) = node.operation,
                convolution.filter.groups == 1, !exact.contains(index)
            else { return nil }
            if case .deformableColumns = nodes[convolution.input.index].operation { return nil }
            return (index, convolution)
        }
    }
}

extension NetworkGraph.Activation {
    fileprivate var isNonNegative: Bool {
        switch self {
        case .relu, .relu6: true
        case .identity, .leakyReLU, .tanh: false
        }
    }
}
