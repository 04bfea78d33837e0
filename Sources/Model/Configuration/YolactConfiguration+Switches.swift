extension YolactConfiguration {
    /// What differs from the official YOLACT models apart from sizes, one line each, for people.
    public var switches: [String] {
        var list: [String] = []
        func add(_ isOn: Bool, _ text: @autoclosure () -> String) {
            if isOn { list.append(text()) }
        }
        add(rescoresMasks, "scores are corrected by the mask IoU branch of YOLACT++")
        add(
            prototypes.officialChannels == nil,
            "prototype layers \(prototypes.layers.map(\.description).joined(separator: ", ")) "
                + "(mask_proto_net)")
        add(
            anchors.aspectRatios != .init(anchors.aspectRatios.levels.first ?? []),
            "aspect ratios of each level (pred_aspect_ratios)")
        add(prototypes.hasConstant, "a constant prototype (mask_proto_bias)")
        add(
            prototypes.feedHead, "the head sees the prototypes (mask_proto_prototypes_as_features)")
        add(
            prototypes.areSplit,
            "each level has its own prototypes (mask_proto_split_prototypes_by_head)")
        if let hidden = head.hiddenChannels {
            list.append("convolutions of \(hidden) channels in the head (extra_head_net)")
        }
        add(head.hasPredictionModule, "the DSSD prediction module (use_prediction_module)")
        let extra = head.extraLayers
        add(
            extra != Head.ExtraLayers(),
            "\(extra.boxes), \(extra.classes) and \(extra.coefficients) extra layers for boxes, "
                + "classes and coefficients (extra_layers)")
        add(head.kernel != 3, "head layers of \(head.kernel) x \(head.kernel) (head_layer_params)")
        add(!head.isShared, "a head for each level (share_prediction_module = False)")
        add(head.gatesCoefficients, "gated coefficients (mask_proto_coeff_gate)")
        add(head.scoresMasks, "a predicted score of the mask (use_mask_scoring)")
        add(scoring != .softmax, "scores: \(scoring.rawValue)")
        return list
    }
}
