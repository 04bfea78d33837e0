import Synchronization

/// A convolution, with all the places of the network that use its weights.
struct QuantisableLayer {
    /// That of its first place, without the level of the pyramid where there are several.
    var name: String
    /// Names of the places.
    var places: [String]
    var isInBackbone: Bool
    /// Names of the tensors with its weights.
    var parameters: [String]

    /// All layers of a network that may compute in one byte, in the order they run.
    static func all(
        _ configuration: YolactConfiguration, _ source: any ParameterSource, withOutputs: Bool
    ) throws -> [QuantisableLayer] {
        let recorder = ParameterRecorder(source)
        let graphs = try NetworkGraphs(configuration, recorder)
        var layers: [QuantisableLayer] = []
        var known: [ObjectIdentifier: Int] = [:]
        for (isBackbone, graph) in [(true, graphs.backbone), (false, graphs.heads)] {
            for (index, convolution) in graph.quantisableConvolutions(
                withOutputs: withOutputs)
            {
                let name = graph.nodes[index].name
                let identity = ObjectIdentifier(convolution.filter)
                if let number = known[identity] {
                    layers[number].places.append(name)
                    layers[number].name = sharedName(layers[number].name, name)
                    continue
                }
                known[identity] = layers.count
                recorder.clear()
                _ = try convolution.filter.values()
                layers.append(
                    QuantisableLayer(
                        name: name, places: [name], isInBackbone: isBackbone,
                        parameters: recorder.weights))
            }
        }
        return layers
    }

    /// Whether a name, or the beginning of names with a dot at its end, means this layer.
    func isNamed(by text: String) -> Bool {
        name == text || text.hasSuffix(".") && name.hasPrefix(text)
    }

    /// What two names begin with, without an opened bracket.
    private static func sharedName(_ a: String, _ b: String) -> String {
        let common = a.commonPrefix(with: b)
        return common.split(separator: " (", maxSplits: 1).first.map(String.init) ?? a
    }
}

/// Notes which weights are asked for and hands out zeros.
private final class ParameterRecorder: ParameterSource {
    let shapes: [String: [Int]]?
    let name: String
    private let names = Mutex<[String]>([])

    init(_ source: any ParameterSource) {
        shapes = source.shapes
        name = source.name
    }

    /// Tensors of several dimensions since ``clear()``.
    var weights: [String] { names.withLock { $0 } }

    func clear() { names.withLock { $0 = [] } }

    func values(of name: String, shape: [Int]) throws -> [Float] {
        if shape.count > 1 { names.withLock { $0.append(name) } }
        return [Float](repeating: 0, count: shape.reduce(1, *))
    }
}
