/// The prototype branch: a small fully convolutional network on P3 (section 3.1 of arXiv 1904.02689).
enum Protonet {
    /// Appends the branch and returns the prototypes at twice the size of P3.
    static func append(
        to graph: inout NetworkGraph, feature: NetworkGraph.Value,
        prototypes: YolactConfiguration.Prototypes, reader: ParameterReader
    ) -> NetworkGraph.Value {
        var value = feature
        func convolution(_ index: Int, outputs: Int, kernel: Int) {
            let filter = reader.filter(
                "\(index)", inputs: graph.shape(of: value).channels, outputs: outputs,
                kernel: kernel)
            value = graph.convolution("proto_net.\(index)", value, filter, activation: .relu)
        }
        for index in [0, 2, 4] {
            convolution(index, outputs: prototypes.channels, kernel: 3)
        }
        let shape = graph.shape(of: value)
        value = graph.resize(
            "proto_net.6", value, height: 2 * shape.height, width: 2 * shape.width,
            activation: .relu)
        convolution(8, outputs: prototypes.channels, kernel: 3)
        convolution(10, outputs: prototypes.count, kernel: 1)
        return value
    }
}
