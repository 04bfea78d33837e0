extension YolactConfiguration {
    /// This configuration, if a network can be built from it.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is out of range. The ranges are wide: they
    ///   keep out nonsense and sizes whose network would not fit any memory.
    public func validated() throws(ConfigurationError) -> YolactConfiguration {
        var problems: [String] = []
        func check(_ isSound: Bool, _ problem: @autoclosure () -> String) {
            if !isSound { problems.append(problem()) }
        }
        func check(_ value: Int, _ range: ClosedRange<Int>, _ what: String) {
            check(
                range.contains(value),
                "\(what) is \(value), not in \(range.lowerBound)...\(range.upperBound)")
        }

        check(!name.isEmpty && name.utf8.count <= 100, "the name is empty or too long")
        check(inputSize, 32...2048, "inputSize")
        check(featureChannels, 1...2048, "featureChannels")
        check(
            !prototypes.areSplit || prototypes.count % pyramidSizes.count == 0,
            "prototypes.count is not divisible by the \(pyramidSizes.count) levels that share them")
        check(
            !prototypes.areSplit || !prototypes.hasConstant,
            "prototypes.hasConstant and prototypes.areSplit exclude each other")
        problems += prototypes.problems + backbone.problems + head.problems + anchors.problems
        // What the largest official prototypes would take at the largest input size, 1 GiB.
        let pixels = prototypeSize.multipliedReportingOverflow(by: prototypeSize)
        let values = pixels.partialValue.multipliedReportingOverflow(by: max(prototypes.count, 1))
        check(
            !problems.isEmpty
                || !pixels.overflow && !values.overflow && values.partialValue <= 1 << 28,
            "\(prototypes.count) prototypes of side \(prototypeSize) would take more than 1 GiB")
        // A quarter of the channels in its middle, four times those at its end.
        check(
            !head.hasPredictionModule || headChannels % 4 == 0,
            "head.hasPredictionModule needs a multiple of 4 channels, not \(headChannels)")
        check((1...10_000).contains(classNames.count), "classNames has \(classNames.count) names")
        check(!classNames.contains(""), "a class name is empty")
        let repeated = Dictionary(grouping: classNames) { $0 }.filter { $0.value.count > 1 }.keys
        check(
            repeated.isEmpty,
            "class names occur twice: \(repeated.sorted().joined(separator: ", "))")
        // Five 3x3 convolutions with stride 2 and no padding leave nothing of a smaller mask.
        check(
            !rescoresMasks || inputSize < 32 || prototypeSize >= 63,
            "rescoresMasks needs an inputSize of at least \(prototypes.scale == 2 ? "249" : "that for prototypes of side 63")"
        )
        guard problems.isEmpty else { throw ConfigurationError(source: name, problems: problems) }
        return self
    }
}

extension Backbone {
    fileprivate var problems: [String] {
        switch self {
        case .resNet(let shape):
            var problems = Self.problems(blocks: shape.blocks, stages: 4)
            if !(1...512).contains(shape.width) {
                problems.append("the backbone's width is \(shape.width), not in 1...512")
            }
            if shape.deformableBlocks.count != 4 {
                problems.append("deformableBlocks has \(shape.deformableBlocks.count) lists, not 4")
            }
            for (indices, count) in zip(shape.deformableBlocks, shape.blocks)
            where Set(indices).count != indices.count
                || !indices.allSatisfy((0..<max(0, count)).contains)
            {
                problems.append(
                    "deformableBlocks \(indices) do not name blocks of a stage of \(count)")
            }
            return problems
        case .darkNet(let blocks): return Self.problems(blocks: blocks, stages: 5)
        case .mobileNetV2(let shape):
            var problems = Self.problems(blocks: shape.blocks, stages: 6)
            if shape.channels.count != 7 || !shape.channels.allSatisfy((1...2048).contains) {
                problems.append(
                    "the backbone's channels are \(shape.channels), not 7 numbers in 1...2048")
            }
            if !(1...32).contains(shape.expansion) {
                problems.append("the backbone's expansion is \(shape.expansion), not in 1...32")
            }
            return problems
        }
    }

    private static func problems(blocks: [Int], stages: Int) -> [String] {
        blocks.count == stages && blocks.allSatisfy((1...100).contains)
            ? [] : ["the backbone's blocks are \(blocks); \(stages) numbers in 1...100 are needed"]
    }
}

extension YolactConfiguration.Head {
    fileprivate var problems: [String] {
        var problems: [String] = []
        let hidden = hiddenChannels ?? []
        if hidden.count > 16 || !hidden.allSatisfy((1...2048).contains) {
            problems.append(
                "head.hiddenChannels is \(hidden), not up to 16 numbers in 1...2048")
        }
        let extra = [extraLayers.boxes, extraLayers.classes, extraLayers.coefficients]
        if !extra.allSatisfy((0...16).contains) {
            problems.append("head.extraLayers are \(extra), not in 0...16")
        }
        if kernel != 1 && kernel != 3 { problems.append("head.kernel is \(kernel), not 1 or 3") }
        return problems
    }
}

extension YolactConfiguration.Anchors {
    fileprivate var problems: [String] {
        var problems: [String] = []
        if scales.count != 5 { problems.append("anchors.scales has \(scales.count) levels, not 5") }
        if Set(scales.map(\.count)).count > 1 || !scales.allSatisfy({ (1...16).contains($0.count) })
        {
            problems.append("the levels of anchors.scales must have equally many scales, 1...16")
        }
        if !scales.joined().allSatisfy({ $0 > 0 && $0 <= 10_000 }) {
            problems.append("anchors.scales has a scale outside 0...10000 pixels")
        }
        let ratios = aspectRatios.levels
        if ratios.count != 5 {
            problems.append("anchors.aspectRatios has lists for \(ratios.count) levels, not for 5")
        }
        if Set(ratios.map(\.count)).count > 1 {
            problems.append("the levels of anchors.aspectRatios must have equally many ratios")
        } else if let count = ratios.first?.count, !(1...16).contains(count) {
            problems.append("anchors.aspectRatios has \(count) ratios, not 1...16")
        }
        if !ratios.joined().allSatisfy({ $0 >= 0.01 && $0 <= 100 }) {
            problems.append("anchors.aspectRatios has a ratio outside 0.01...100")
        }
        return problems
    }
}
