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

    func prototypes(_ features: Int) throws -> YolactConfiguration.Prototypes {
        guard let first = shapes.convolution("proto_net.0") else {
            throw unsupported("masks without prototypes (mask_type.direct)")
        }
        guard first[1] == features else {
            throw unsupported(
                first[1] > features
                    ? "a coordinate grid in front of the prototypes (mask_proto_use_grid)"
                    : "prototypes from another source (mask_proto_src)")
        }
        let expected = [(0, 3), (2, 3), (4, 3), (8, 3), (10, 1)]
        let count = (0..<64).count { shapes.has("proto_net.\($0).weight") }
        let isUsual = expected.allSatisfy { index, kernel in
            guard let shape = shapes.convolution("proto_net.\(index)") else { return false }
            return shape[2] == kernel && (index == 10 || shape[0] == first[0])
        }
        guard isUsual, count == expected.count, let last = shapes.convolution("proto_net.10") else {
            throw unsupported("a prototype branch of another form (mask_proto_net)")
        }
        return YolactConfiguration.Prototypes(channels: first[0], count: last[0])
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
