import Foundation
import Testing

@testable import Model

/// Configurations read off names and shapes.
@Suite struct ConfigurationInferenceTests {
    private func shapes(_ configuration: YolactConfiguration) throws -> [String: [Int]] {
        try NetworkGraphs(configuration, ZeroParameters()).parameterShapes
    }

    /// What no weights tell.
    private func changes(_ configuration: YolactConfiguration) -> ConfigurationChanges {
        ConfigurationChanges(
            name: configuration.name, inputSize: configuration.inputSize,
            anchors: .init(
                scales: configuration.anchors.scales,
                aspectRatios: configuration.anchors.aspectRatios,
                areSquare: configuration.anchors.areSquare),
            classNames: configuration.classNames, scoring: configuration.scoring)
    }

    static let all: [YolactConfiguration] = {
        let variants = (try? VerificationTests.variants.get().map(\.configuration)) ?? []
        return YolactConfiguration.presets + variants
    }()

    @Test(arguments: all)
    func everythingElseIsReadOffTheWeights(configuration: YolactConfiguration) throws {
        let found = try YolactConfiguration.inferred(
            from: shapes(configuration), name: "x", changes: changes(configuration))
        #expect(found.configuration == configuration)
        let isOfficial = configuration.prototypes.officialChannels != nil
        #expect(found.assumptions.isEmpty == isOfficial)
    }

    /// Where layers without parameters lie shows in the numbers of those around them; what they do does not.
    @Test func prototypeLayersAreReadOffTheGaps() throws {
        typealias Layer = YolactConfiguration.Prototypes.Layer
        func convolution(_ channels: Int, _ kernel: Int = 3) -> Layer {
            .convolution(channels: channels, kernel: kernel)
        }
        let twice = Layer.interpolation(factor: 2)
        let all: [[Layer]] = [
            [
                convolution(256), convolution(256), convolution(256), twice, convolution(256),
                twice, convolution(256),
            ],
            [], [twice, convolution(8, 1)], [convolution(64, 5), twice, twice, convolution(16)],
            [convolution(32), convolution(32)],
        ]
        for layers in all {
            var configuration = YolactConfiguration.resNet50
            configuration.prototypes = .init(layers: layers, count: 24)
            let found = try YolactConfiguration.inferred(
                from: shapes(configuration), name: "x", changes: changes(configuration))
            #expect(found.configuration == configuration)
            let gaps = layers.count { $0 == twice }
            #expect(
                found.assumptions.map(\.what)
                    == (gaps == 0
                        ? []
                        : ["twice the size at each of \(gaps) interpolations of the prototypes"]))
            #expect(configuration.prototypeSize == 69 << gaps)
        }
    }

    @Test func whatIsUsualIsAssumedAndSaid() throws {
        let official: [YolactConfiguration] = [
            .base, .resNet50, .darkNet53, .plusBase, .plusResNet50, .resNet50Pascal,
            .edgeMobileNetV2,
        ]
        for configuration in official {
            let found = try YolactConfiguration.inferred(
                from: shapes(configuration), name: configuration.name)
            #expect(found.configuration == configuration)
            let text = found.assumptions.map(\.what).joined(separator: "; ")
            #expect(text.contains("550 x 550"))
            #expect(text.contains("square"))
            #expect(text.contains(configuration.classNames.count == 80 ? "COCO" : "Pascal"))
        }
    }

    /// What a name says is an assumption like any other.
    @Test func theFileNameTellsWhatIsLeft() throws {
        let same = try YolactConfiguration.inferred(
            from: shapes(.im400), name: "x", basis: .im400)
        #expect(same.configuration == .im400 && same.contradiction == nil)
        #expect(
            same.assumptions.map(\.what) == [
                "input of 400 x 400 pixels, anchors and class names of yolact_im400, as the name says"
            ])
        #expect(
            same.assumptions.map(\.remedy) == [
                "--size N, \"anchors\" in --config or --class-names FILE"
            ])
        let told = try YolactConfiguration.inferred(
            from: shapes(.im400), name: "x", basis: .im400, changes: changes(.im400))
        #expect(told.assumptions.isEmpty)
        let partly = try YolactConfiguration.inferred(
            from: shapes(.im400), name: "x", basis: .im400,
            changes: .init(inputSize: 300, classNames: ClassNames.coco))
        #expect(partly.configuration.anchors.scales == [[13], [26], [52], [104], [209]])
        #expect(partly.assumptions.map(\.what) == ["anchors of yolact_im400, as the name says"])

        var edited = YolactConfiguration.im400
        edited.prototypes.count = 64
        let found = try YolactConfiguration.inferred(
            from: shapes(edited), name: "yolact_im400_5_1000", basis: .im400)
        #expect(found.configuration.inputSize == 400)
        #expect(found.configuration.anchors == YolactConfiguration.im400.anchors)
        #expect(found.configuration.prototypes.count == 64)
        #expect(found.configuration.name == "yolact_im400 (changed)")
        #expect(found.assumptions == same.assumptions)
    }

    /// A name that the tensors contradict is not believed at all, whichever it is.
    @Test func aNameOfAnotherNetworkTellsNothing() throws {
        for basis in YolactConfiguration.presets {
            for configuration in [YolactConfiguration.shapes, .im400, .resNet50Pascal, .plusBase]
            where configuration.backbone != basis.backbone
                || configuration.classNames.count != basis.classNames.count
            {
                let shapes = try shapes(configuration)
                let alone = try YolactConfiguration.inferred(from: shapes, name: "x")
                let named = try YolactConfiguration.inferred(from: shapes, name: "x", basis: basis)
                #expect(named.configuration == alone.configuration)
                #expect(named.assumptions == alone.assumptions)
                #expect(alone.contradiction == nil)
                let text = named.contradiction ?? ""
                #expect(text.hasPrefix("the name says \(basis.name) (\(basis.backbone), "))
                #expect(text.contains("the tensors say \(configuration.backbone), "))
                #expect(text.contains("--size") == (basis.inputSize != 550))
            }
        }
    }

    @Test func contradictionsAreNamed() throws {
        let shapes = try shapes(.resNet50)
        func problem(_ changes: ConfigurationChanges) -> String {
            let error = #expect(throws: ConfigurationError.self) {
                try YolactConfiguration.inferred(from: shapes, name: "x", changes: changes)
            }
            return error?.description ?? ""
        }
        #expect(problem(.init(classNames: ["a"])).contains("1 class names were given, but"))
        #expect(
            problem(.init(anchors: .init(aspectRatios: [1, 2]))).contains("3 anchors a position"))
        #expect(
            problem(.init(anchors: .init(scales: [[1, 2], [1, 2], [1, 2], [1, 2], [1, 2]])))
                .contains("3 anchors a position"))
    }

    static let unsupported: [(String, @Sendable (inout [String: [Int]]) -> Void)] = [
        (
            "mask_type.direct",
            { shapes in shapes = shapes.filter { !$0.key.hasPrefix("proto_net") } }
        ),
        ("mask_proto_use_grid", { $0["proto_net.0.weight"] = [256, 262, 3, 3] }),
        ("mask_proto_net", { $0["proto_net.8.weight"] = [256, 256, 2, 2] }),
        ("mask_proto_net", { $0["proto_net.9.weight"] = [256, 256, 3, 3] }),
        ("mask_proto_net", { $0["proto_net.10.weight"] = [32, 256, 3, 3] }),
        ("fpn", { shapes in shapes = shapes.filter { !$0.key.hasPrefix("fpn") } }),
        ("selected_layers", { $0["fpn.lat_layers.0.weight"] = [256, 1024, 1, 1] }),
        ("use_conv_downsample", { $0["fpn.downsample_layers.1.weight"] = nil }),
        ("ResNetBackboneGN", { $0["backbone.bn1.running_mean"] = nil }),
        ("add_layer", { $0["backbone.layers.4.0.conv1.weight"] = [256, 2048, 1, 1] }),
        (
            "VGGBackbone",
            {
                $0["backbone.conv1.weight"] = nil
                $0["backbone.layers.0.0.weight"] = [64, 3, 3, 3]
                $0["backbone.layers.0.2.weight"] = [64, 64, 3, 3]
            }
        ),
        ("maskiou_net", { $0["maskiou_net.maskiou_net.0.weight"] = [4, 1, 3, 3] }),
        (
            "extra_head_net",
            { $0["prediction_layers.0.upfeature.0.weight"] = [256, 256, 1, 1] }
        ),
    ]

    @Test(arguments: unsupported.indices)
    func switchesThatDoNotRunAreNamed(index: Int) throws {
        let (text, change) = Self.unsupported[index]
        var shapes = try shapes(.resNet50)
        change(&shapes)
        let error = #expect(throws: UnsupportedConfiguration.self) {
            try YolactConfiguration.inferred(from: shapes, name: "x")
        }
        #expect(error?.description.contains(text) == true, "\(String(describing: error))")
    }

    /// Shapes come from files that anybody may have made.
    @Test func anyShapesEndInAConfigurationOrAnError() throws {
        let wild = [0, 1, 2, 3, 5, 1 << 20, 1 << 40, .max, .max / 2, -1, .min]
        for base in [YolactConfiguration.plusResNet50, .darkNet53, .edgeMobileNetV2] {
            let whole = try shapes(base)
            let names = whole.keys.sorted()
            var noise = Noise(seed: 41)
            func pick(_ count: Int) -> Int { Int(noise.next() % UInt64(count)) }
            var sound = 0
            for _ in 0..<1500 {
                var changed = whole
                for _ in 0...pick(3) {
                    let name = names[pick(names.count)]
                    switch pick(3) {
                    case 0: changed[name] = nil
                    case 1: changed[name] = (0..<pick(6)).map { _ in wild[pick(wild.count)] }
                    default:
                        guard var shape = changed[name], !shape.isEmpty else { continue }
                        shape[pick(shape.count)] = wild[pick(wild.count)]
                        changed[name] = shape
                    }
                }
                if let found = try? YolactConfiguration.inferred(from: changed, name: "x") {
                    sound += 1
                    _ = try found.configuration.validated()
                }
            }
            #expect(sound > 0)
        }
    }

    @Test func otherFilesAreNoNetworks() throws {
        for shapes in [[:], ["backbone.conv1.weight": [64, 3, 7, 7]], ["a": [1]]] {
            #expect(throws: ConfigurationError.self) {
                try YolactConfiguration.inferred(from: shapes, name: "x")
            }
        }
        var broken = try shapes(.resNet50)
        broken["prediction_layers.0.bbox_layer.weight"] = [13, 256, 3, 3]
        #expect(throws: ConfigurationError.self) {
            try YolactConfiguration.inferred(from: broken, name: "x")
        }
        broken["prediction_layers.0.bbox_layer.weight"] = [0, 256, 3, 3]
        #expect(throws: ConfigurationError.self) {
            try YolactConfiguration.inferred(from: broken, name: "x")
        }
    }

    // MARK: Files

    @Test func aRenamedFileIsReadAlike() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/mine.pth"
            try FileManager.default.copyItem(
                atPath: WeightsTestFiles.resource("yolact_shapes_0_11700.pth"), toPath: path)
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.configurationOrigin == .tensors)
            #expect(checkpoint.configuration?.backbone == YolactConfiguration.shapes.backbone)
            #expect(checkpoint.assumptions.count == 4)
            // As does one that is called after another network.
            let misnamed = "\(directory)/yolact_base_1_2.pth"
            try FileManager.default.moveItem(atPath: path, toPath: misnamed)
            let other = try Checkpoint.open(misnamed)
            #expect(other.configurationOrigin == .tensors)
            #expect(other.assumptions == checkpoint.assumptions)
            #expect(
                try other.configuration(with: ConfigurationChanges()).contradiction?.contains(
                    "ResNet-26 of width 16, 6 classes") == true)
            let known = try checkpoint.configuration(with: changes(.shapes))
            #expect(known.configuration == .shapes && known.assumptions.isEmpty)
        }
    }

    /// The pyramid in two halves and the flow branch of YolactEdge.
    @Test func filesOfYolactEdgeHoldAPlainNetwork() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/yolact_edge_resnet50_54_800000.safetensors"
            var shapes: [String: [Int]] = [:]
            for (name, shape) in try self.shapes(.edgeResNet50) {
                var name = name
                if name.hasPrefix("fpn.lat_layers") {
                    name = "fpn_phase_1." + name.dropFirst(4)
                } else if name.hasPrefix("fpn.") {
                    name = "fpn_phase_2." + name.dropFirst(4)
                }
                // One number each, as if views of a scalar: the test needs no 120 MB.
                shapes[name] = shape
            }
            shapes["flow_net.conv.weight"] = [2, 2]
            shapes["spa.refine_convs.0.0.weight"] = [3]
            shapes["flow_net_pre_convs.convs.0.weight"] = [1]
            let keep = shapes.filter { $0.value.reduce(1, *) < 40_000 }
            try SafetensorsWriter().write(
                keep.map { name, shape in
                    .init(TensorDescription(name: name, dataType: .float32, shape: shape)) {
                        [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
                    }
                }.sorted { $0.description.name < $1.description.name }, to: path)
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.configuration == .edgeResNet50)
            #expect(checkpoint.unusedBranch?.contains("optical flow") == true)
            let error = #expect(throws: ParameterMismatch.self) {
                try Network.check(.edgeResNet50, checkpoint)
            }
            #expect(error?.unused == [] && error?.misshaped == [])
            #expect(error?.missing.contains("fpn.lat_layers.0.bias") == false)
            // Large ones were left out above.
            #expect(error?.missing.contains("fpn.lat_layers.0.weight") == true)
        }
    }

    @Test func filesHoldingOnlyWhatWeightsDoNotTellAreLoaded() throws {
        try WeightsTestFiles.withDirectory { directory throws in
            let path = "\(directory)/own.json"
            func load(_ text: String) throws -> ConfigurationInput {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                return try ConfigurationInput.load(path)
            }
            #expect(
                try load(#"{"inputSize": 400, "anchors": {"areSquare": false}}"#)
                    == .changes(.init(inputSize: 400, anchors: .init(areSquare: false))))
            #expect(try load(YolactConfiguration.shapes.json()) == .whole(.shapes))
            #expect(try ConfigurationInput.load("yolact_base") == .whole(.base))
            #expect(
                try load(#"{"preserve_aspect_ratio": false}"#) == .changes(ConfigurationChanges()))
            for name in [
                "preserve_aspect_ratio", "use_yolo_regressors", "use_coeff_nms",
                "mask_proto_use_grid",
            ] {
                let error = #expect(throws: UnsupportedConfiguration.self) {
                    try load("{\"\(name)\": true}")
                }
                #expect(error?.feature == name)
            }
            for (text, problem) in [
                (#"{"imputSize": 400}"#, "unknown fields: imputSize"),
                (#"{"featureChannels": 64}"#, "featureChannels only together with backbone"),
                (#"{"anchors": {"aspect_ratios": [1]}}"#, "unknown fields: anchors.aspect_ratios"),
                (
                    #"{"anchors": {"scales": [16, 32, 64, 128, 256]}}"#,
                    "anchors.scales must be a list of lists of numbers"
                ),
                (#"{"classNames": "ring"}"#, #"such as ["bottle", "can"]"#),
                (#"{"inputSize": "x"}"#, "inputSize must be a whole number"),
                ("[1]", "must be an object"),
                ("nothing", "not a configuration in JSON"),
            ] {
                let error = #expect(throws: ConfigurationError.self) { try load(text) }
                #expect(
                    error?.description.contains(problem) == true, "\(String(describing: error))")
            }
        }
    }

    @Test func classNamesAreReadFromLines() throws {
        try WeightsTestFiles.withDirectory { directory throws in
            let path = "\(directory)/names.txt"
            try Data("\u{FEFF}red fox\r\n\n  owl \n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try ClassNames.load(path) == ["red fox", "owl"])
            try Data("\u{FEFF} [\"red fox\",\r\n \"owl, grey\"]\n".utf8).write(
                to: URL(fileURLWithPath: path))
            #expect(try ClassNames.load(path) == ["red fox", "owl, grey"])
            try Data("[other]\nowl".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try ClassNames.load(path) == ["[other]", "owl"])
            for text in [#"{"0": "owl"}"#, #"["owl", 1]"#, #"["owl""#] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: ConfigurationError.self) { try ClassNames.load(path) }
                #expect(
                    error?.description.contains("one a line, or a list of texts in JSON") == true)
            }
            let missing = #expect(throws: ConfigurationError.self) {
                try ClassNames.load("\(directory)/none")
            }
            #expect(missing?.problems == ["cannot read: No such file or directory"])
            try Data(" \n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: ConfigurationError.self) { try ClassNames.load(path) }
            try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
            #expect(throws: ConfigurationError.self) { try ClassNames.load(path) }
            #expect(throws: ConfigurationError.self) { try ClassNames.load(directory) }
        }
    }

    // MARK: Sizes

    @Test func anchorsFollowTheSizeAsInThePaper() throws {
        func resized(_ from: YolactConfiguration, _ size: Int) throws -> [[Double]] {
            try from.applying(ConfigurationChanges(inputSize: size)).anchors.scales
        }
        for from in [YolactConfiguration.base, .im700, .im400] {
            #expect(try resized(from, 400) == YolactConfiguration.im400.anchors.scales)
            #expect(try resized(from, 700) == YolactConfiguration.im700.anchors.scales)
            #expect(try resized(from, 550) == YolactConfiguration.base.anchors.scales)
        }
        #expect(try resized(.base, 300) == [[13], [26], [52], [104], [209]])
        // 30.24 and 38.1 pixels at 550.
        #expect(try resized(.plusBase, 400)[0] == [17, 21, 27])
        #expect(
            try resized(.base.applying(.init(inputSize: 400)), 550) == [
                [24], [48], [96], [192], [384],
            ])
        for size in [300, 511, 1100] {
            let configuration = try YolactConfiguration.plusResNet50.applying(
                ConfigurationChanges(inputSize: size))
            #expect(configuration.inputSize == size)
            try Network.check(configuration, ZeroParameters())
        }
        #expect(throws: ConfigurationError.self) {
            try YolactConfiguration.plusResNet50.applying(ConfigurationChanges(inputSize: 200))
        }
    }
}
