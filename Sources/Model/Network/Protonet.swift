/// The prototype branch: a small fully convolutional network on P3 (section 3.1 of arXiv 1904.02689).
enum Protonet {
    /// Appends the branch and returns the prototypes. Layers are numbered as in the official code, where an
    /// activation follows each.
    static func append(
        to graph: inout NetworkGraph, feature: NetworkGraph.Value,
        prototypes: YolactConfiguration.Prototypes, reader: ParameterReader
    ) -> NetworkGraph.Value {
        var value = feature
        let last = YolactConfiguration.Prototypes.Layer.convolution(
            channels: prototypes.count, kernel: 1)
        for (position, layer) in (prototypes.layers + [last]).enumerated() {
            let index = 2 * position
            let name = "proto_net.\(index)"
            let shape = graph.shape(of: value)
            switch layer {
            case .convolution(let channels, let kernel):
                let filter = reader.filter(
                    "\(index)", inputs: shape.channels, outputs: channels, kernel: kernel)
                value = graph.convolution(name, value, filter, activation: .relu)
            case .interpolation(let factor):
                value = graph.resize(
                    name, value, height: factor * shape.height, width: factor * shape.width,
                    activation: .relu)
            }
        }
        return value
    }
}
