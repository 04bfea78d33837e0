extension InferenceContext {
    /// The backbone, told by the names of its first layers.
    func backbone() throws -> Backbone {
        if shapes.has("backbone._preconv.0.weight") { return try darkNet() }
        if let stem = shapes.convolution("backbone.conv1") { return try resNet(width: stem[0]) }
        if shapes.has("backbone.layers.1.0.conv.0.0.weight") { return try mobileNetV2() }
        if shapes.has("backbone.layers.0.0.weight"), shapes.has("backbone.layers.0.2.weight") {
            throw unsupported("a VGG backbone (VGGBackbone)")
        }
        throw problem("its parameters are those of no YOLACT network: there is no known backbone")
    }

    private func resNet(width: Int) throws -> Backbone {
        if shapes.has("backbone.bn1.weight"), !shapes.has("backbone.bn1.running_mean") {
            throw unsupported("group normalisation in the backbone (ResNetBackboneGN)")
        }
        let blocks = stages(4) { "backbone.layers.\($0).\($1).conv1.weight" }
        guard blocks.allSatisfy({ $0 > 0 }) else {
            throw problem("its backbone has \(blocks) blocks in four stages")
        }
        guard shapes.has("backbone.layers.0.0.conv3.weight") else {
            throw unsupported("residual blocks of two convolutions in the backbone")
        }
        if shapes.has("backbone.layers.4.0.conv1.weight") {
            throw unsupported("layers behind the backbone's stages (add_layer)")
        }
        let deformable = blocks.enumerated().map { stage, count in
            (0..<count).filter {
                shapes.has("backbone.layers.\(stage).\($0).conv2.conv_offset_mask.weight")
            }
        }
        return .resNet(
            Backbone.ResNet(blocks: blocks, width: width, deformableBlocks: deformable))
    }

    private func darkNet() throws -> Backbone {
        let blocks = (0..<5).map { stage in
            shapes.count(from: 1) { "backbone.layers.\(stage).\($0).conv1.0.weight" }
        }
        guard blocks.allSatisfy({ $0 > 0 }) else {
            throw problem("its backbone has \(blocks) blocks in five stages")
        }
        return .darkNet(blocks: blocks)
    }

    private func mobileNetV2() throws -> Backbone {
        var shape = Backbone.MobileNetV2()
        shape.blocks = (1...6).map { stage in
            shapes.count { "backbone.layers.\(stage).\($0).conv.0.0.weight" }
        }
        guard shape.blocks.allSatisfy({ $0 > 0 }) else {
            throw problem("its backbone has \(shape.blocks) blocks in six stages")
        }
        // The last convolution of a block has no expansion in front in the first stage.
        let last = (1...6).map { stage in
            shapes.convolution("backbone.layers.\(stage).0.conv.\(stage == 1 ? 1 : 2)")
        }
        guard let stem = shapes.convolution("backbone.layers.0.0"), let second = last[1],
            last.allSatisfy({ $0 != nil })
        else { throw problem("its backbone is no MobileNetV2 of the usual form") }
        shape.channels = [stem[0]] + last.compactMap { $0?[0] }
        shape.expansion = second[1] / max(1, shape.channels[1])
        return .mobileNetV2(shape)
    }

    private func stages(_ count: Int, _ name: (Int, Int) -> String) -> [Int] {
        (0..<count).map { stage in shapes.count { name(stage, $0) } }
    }
}
