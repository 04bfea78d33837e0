/// Reads the parts of a network off names and shapes.
struct InferenceContext {
    let shapes: ParameterShapes
    /// For errors.
    let name: String

    func unsupported(_ feature: String) -> UnsupportedConfiguration {
        UnsupportedConfiguration(name: name, feature: feature)
    }

    func problem(_ text: String) -> ConfigurationError {
        ConfigurationError(source: name, problems: [text])
    }

    /// Channels of the pyramid, whose lateral layers must be those of the backbone.
    func featureChannels(_ backbone: Backbone) throws -> Int {
        guard let first = shapes.convolution("fpn.lat_layers.0") else {
            throw unsupported("a network without feature pyramid (fpn)")
        }
        let inputs = (0..<shapes.count { "fpn.lat_layers.\($0).weight" }).map {
            shapes.convolution("fpn.lat_layers.\($0)")?[1] ?? 0
        }
        guard inputs == backbone.outputChannels.reversed() else {
            throw unsupported(
                "a pyramid on other layers of the backbone (selected_layers), of \(inputs) channels"
            )
        }
        let extra = shapes.count { "fpn.downsample_layers.\($0).weight" }
        guard extra >= 2 else {
            throw unsupported(
                "a pyramid with \(extra) convolutions for further levels (use_conv_downsample, "
                    + "num_downsample)")
        }
        return first[0]
    }

    /// The prototype branch. Convolutions are at even numbers, an activation behind each; what lies between
    /// two others has no parameters: an interpolation, of a factor that nothing tells.
    func prototypes(_ features: Int) throws -> YolactConfiguration.Prototypes {
        let indices = (0..<64).filter { shapes.has("proto_net.\($0).weight") }
        guard let first = indices.first, let last = indices.last else {
            throw unsupported("masks without prototypes (mask_type.direct)")
        }
        if let inputs = shapes.convolution("proto_net.\(first)")?[1], inputs != features {
            throw unsupported(
                inputs > features
                    ? "a coordinate grid in front of the prototypes (mask_proto_use_grid)"
                    : "prototypes from another source (mask_proto_src)")
        }
        var layers: [YolactConfiguration.Prototypes.Layer] = []
        for index in indices {
            guard index % 2 == 0, let shape = shapes.convolution("proto_net.\(index)"),
                shape[2] % 2 == 1, index != last || shape[2] == 1
            else {
                throw unsupported(
                    "a layer \(index) of another form in the prototypes (mask_proto_net)")
            }
            while layers.count < index / 2 { layers.append(.interpolation(factor: 2)) }
            layers.append(.convolution(channels: shape[0], kernel: shape[2]))
        }
        guard case .convolution(let count, _)? = layers.popLast() else {
            throw unsupported("a prototype branch of another form (mask_proto_net)")
        }
        return YolactConfiguration.Prototypes(layers: layers, count: count)
    }

    /// - Parameter classes: Without background.
    func rescoresMasks(classes: Int) throws -> Bool {
        let prefix = "maskiou_net.maskiou_net"
        guard shapes.has("\(prefix).0.weight") else { return false }
        let channels = (0..<shapes.count { "\(prefix).\(2 * $0).weight" }).map {
            shapes.convolution("\(prefix).\(2 * $0)")?[0] ?? 0
        }
        guard channels == MaskScoringHead.channels + [classes] else {
            throw unsupported("a re-scoring branch of channels \(channels) (maskiou_net)")
        }
        return true
    }
}
