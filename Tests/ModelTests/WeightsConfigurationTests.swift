import Foundation
import Testing

@testable import Model

/// Configurations: presets, loading and validation.
@Suite struct WeightsConfigurationTests {
    @Test func presetsAreSoundAndSurviveJSON() throws {
        #expect(Set(YolactConfiguration.presets.map(\.name)).count == 12)
        for preset in YolactConfiguration.presets {
            #expect(try preset.validated() == preset)
            #expect(
                try YolactConfiguration.decode(Array(preset.json().utf8), source: "a") == preset)
            #expect(try YolactConfiguration.load(preset.name) == preset)
        }
    }

    @Test func presetsAreThoseOfTheOfficialCode() {
        #expect(YolactConfiguration.base.anchorCount == 19_248)
        #expect(YolactConfiguration.plusBase.anchorCount == 57_744)
        #expect(YolactConfiguration.resNet50.pyramidSizes == [69, 35, 18, 9, 5])
        #expect(YolactConfiguration.resNet50.prototypeSize == 138)
        #expect(YolactConfiguration.im400.anchors.scales == [[17], [34], [69], [139], [279]])
        #expect(YolactConfiguration.im700.anchors.scales == [[30], [61], [122], [244], [488]])
        #expect(
            YolactConfiguration.resNet50Pascal.anchors.scales == [[32], [64], [128], [256], [512]])
        #expect(YolactConfiguration.plusResNet50.anchors.scales[1][1] == 48 * pow(2, 1.0 / 3))
        #expect(YolactConfiguration.plusResNet50.anchors.scales[4][2] == 384 * pow(2, 2.0 / 3))
        let square = YolactConfiguration.presets.filter(\.anchors.areSquare).map(\.name)
        #expect(
            square == [
                "yolact_base", "yolact_resnet50", "yolact_darknet53", "yolact_im400",
                "yolact_im700", "yolact_edge", "yolact_edge_resnet50", "yolact_edge_mobilenetv2",
            ])
        #expect(YolactConfiguration.base.classCount == 81)
        #expect(YolactConfiguration.resNet50Pascal.classCount == 21)
        #expect(ClassNames.shapes == ["circle", "square", "triangle", "star", "cross", "ring"])
    }

    static let unsound: [(String, @Sendable (inout YolactConfiguration) -> Void)] = [
        ("inputSize is 31", { $0.inputSize = 31 }), ("inputSize is 2049", { $0.inputSize = 2049 }),
        ("name is empty", { $0.name = "" }), ("featureChannels is 0", { $0.featureChannels = 0 }),
        ("prototypes.count is -1", { $0.prototypes.count = -1 }),
        ("[1000000, 3]", { $0.prototypes = .init(channels: 1_000_000) }),
        ("[256, 2]", { $0.prototypes.layers[0] = .convolution(channels: 256, kernel: 2) }),
        ("by 1, not by 2...8", { $0.prototypes.layers[0] = .interpolation(factor: 1) }),
        ("by \(Int.max)", { $0.prototypes.layers[0] = .interpolation(factor: .max) }),
        (
            "more than 16 times",
            { $0.prototypes.layers = .init(repeating: .interpolation(factor: 8), count: 2) }
        ),
        (
            "33 layers",
            { $0.prototypes.layers = .init(repeating: $0.prototypes.layers[0], count: 33) }
        ),
        (
            "more than 1 GiB",
            {
                $0.inputSize = 2048
                $0.prototypes.count = 1024
                $0.prototypes.layers.append(.interpolation(factor: 2))
            }
        ),
        ("classNames has 0", { $0.classNames = [] }), ("name is empty", { $0.classNames = [""] }),
        ("occur twice: a", { $0.classNames = ["a", "b", "a"] }),
        ("has 4 levels", { $0.anchors.scales.removeLast() }),
        ("equally many", { $0.anchors.scales[1] = [1, 2] }),
        ("equally many", { $0.anchors.scales = .init(repeating: [], count: 5) }),
        ("scale outside", { $0.anchors.scales[1] = [.nan] }),
        ("0 ratios", { $0.anchors.aspectRatios = [] }),
        ("equally many ratios", { $0.anchors.aspectRatios.levels[2] = [1] }),
        ("lists for 1 levels", { $0.anchors.aspectRatios.levels = [[1, 2]] }),
        ("ratio outside", { $0.anchors.aspectRatios = [-1] }),
        ("blocks are [1]", { $0.backbone = .resNet(.init(blocks: [1])) }),
        ("blocks are", { $0.backbone = .darkNet(blocks: [1, 2, 8, 8, 0]) }),
        ("width is 0", { $0.backbone = .resNet(.init(blocks: [3, 4, 6, 3], width: 0)) }),
        (
            "do not name blocks",
            {
                $0.backbone = .resNet(
                    .init(blocks: [3, 4, 6, 3], deformableBlocks: [[3], [], [], []]))
            }
        ),
        (
            "1 lists",
            { $0.backbone = .resNet(.init(blocks: [3, 4, 6, 3], deformableBlocks: [[]])) }
        ),
        ("hiddenChannels is [0]", { $0.head.hiddenChannels = [0] }),
        ("kernel is 5", { $0.head.kernel = 5 }),
        ("extraLayers are", { $0.head.extraLayers.classes = -1 }),
        ("not divisible", { $0.prototypes.areSplit = true }),
        (
            "multiple of 4 channels, not 42",
            {
                $0.head.hasPredictionModule = true
                $0.head.hiddenChannels = [64, 42]
            }
        ),
        (
            "multiple of 4 channels, not 2",
            {
                $0.head.hasPredictionModule = true
                $0.featureChannels = 2
            }
        ),
        (
            "multiple of 4 channels, not 290",
            {
                $0.head.hasPredictionModule = true
                $0.head.hiddenChannels = []
                $0.prototypes.feedHead = true
                $0.prototypes.count = 34
            }
        ),
        (
            "inputSize is 9223372036854775807",
            {
                $0.inputSize = .max
                $0.prototypes.areSplit = true
                $0.rescoresMasks = true
            }
        ),
        (
            "featureChannels is 9223372036854775807",
            {
                $0.featureChannels = .max
                $0.prototypes.feedHead = true
                $0.head.hiddenChannels = []
                $0.head.hasPredictionModule = true
            }
        ),
        ("blocks are", { $0.backbone = .mobileNetV2(.init(blocks: [1])) }),
        ("channels are", { $0.backbone = .mobileNetV2(.init(channels: [32])) }),
        (
            "at least 249",
            {
                $0.rescoresMasks = true
                $0.inputSize = 248
            }
        ),
    ]

    @Test(arguments: unsound.indices) func refuses(_ index: Int) throws {
        let (text, change) = Self.unsound[index]
        var configuration = YolactConfiguration.resNet50
        change(&configuration)
        let error = #expect(throws: ConfigurationError.self) { try configuration.validated() }
        #expect(error?.description.contains(text) == true, "\(text): \(String(describing: error))")
    }

    /// JSON comes from anybody, also inside of weights files.
    @Test func anyNumbersInJSONEndInAConfigurationOrAnError() throws {
        var whole = YolactConfiguration.plusResNet50
        whole.head = .init(
            hiddenChannels: [64], hasPredictionModule: true,
            extraLayers: .init(boxes: 1, classes: 1, coefficients: 1), isShared: false,
            gatesCoefficients: true, scoresMasks: true)
        whole.prototypes = .init(count: 30, feedHead: true, areSplit: true)
        let wild = [
            "0", "1", "-1", "2147483647", "4294967296", "\(Int.max)", "\(Int.min)", "1e300",
            "0.5", "null", "true", "[]", "\"\"",
        ]
        var noise = Noise(seed: 23)
        func pick(_ count: Int) -> Int { Int(noise.next() % UInt64(count)) }
        var sound = 0
        for base in [whole, .darkNet53, .edgeMobileNetV2] {
            let json = try base.json()
            for _ in 0..<1000 {
                var changed = json
                for _ in 0...pick(3) {
                    let numbers = changed.ranges(of: /-?[0-9][0-9.e+]*/)
                    changed.replaceSubrange(numbers[pick(numbers.count)], with: wild[pick(13)])
                }
                let found = try? YolactConfiguration.decode(Array(changed.utf8), source: "x")
                guard let found else { continue }
                sound += 1
                #expect(found.anchorCount > 0)
                try? Network.check(found, ZeroParameters())
            }
        }
        #expect(sound > 30)
    }

    /// Whatever stands where a field should be, the message says which one, what has to be there, and an
    /// example that would do.
    @Test(arguments: ConfigurationField.all.map(\.path))
    func everyFieldIsToldItsForm(_ path: String) throws {
        let field = try #require(ConfigurationField.at(path.split(separator: ".").map(String.init)))
        #expect(field.path == path)
        var whole = YolactConfiguration.resNet50
        if path.hasPrefix("backbone.channels") || path.hasPrefix("backbone.expansion") {
            whole = .edgeMobileNetV2
        }
        whole.head.extraLayers.boxes = 1
        let json = try JSONSerialization.jsonObject(with: Data(whole.json().utf8))
        let base = try #require(json as? [String: Any])
        func decoded(_ value: String) throws -> YolactConfiguration {
            let part = try JSONSerialization.jsonObject(
                with: Data(value.utf8), options: .fragmentsAllowed)
            let changed = Self.replacing(
                path.split(separator: ".").map(String.init), in: base, by: part)
            return try YolactConfiguration.decode(
                Array(try JSONSerialization.data(withJSONObject: changed)), source: "a.json")
        }
        let examples =
            path == "anchors.aspectRatios"
            ? field.example.split(separator: " or ").map(String.init) : [field.example]
        for example in examples {
            // Sound in form; as a whole it may be another network.
            do { _ = try decoded(example) } catch let error as ConfigurationError {
                #expect(!error.description.contains("must be \(field.form)"), "\(error)")
                #expect(!error.description.contains("lacks"), "\(error)")
            }
        }
        for wrong in ["{\"a\": [1]}", "\"x\"", "[[\"x\"]]", "0.5", "[{}]", "true"] {
            do { _ = try decoded(wrong) } catch let error as ConfigurationError {
                let text = error.description
                #expect(text.hasPrefix("a.json: ") && !text.contains("\n"))
                for word in ["decode", "Index", "Swift", "Expected", "Error"] {
                    #expect(!text.contains(word), "\(text)")
                }
            }
        }
        let isText = path == "name"
        let error = #expect(throws: ConfigurationError.self) { try decoded(isText ? "1" : "\"?\"") }
        #expect(
            error?.description == "a.json: \(path) must be \(field.form), such as \(field.example)")
    }

    private static func replacing(
        _ path: [String], in object: [String: Any], by value: Any
    ) -> [String: Any] {
        var result = object
        result[path[0]] =
            path.count == 1
            ? value
            : replacing(
                Array(path.dropFirst()), in: object[path[0]] as? [String: Any] ?? [:], by: value)
        return result
    }

    /// A field is one of the JSON form, and the JSON form has no other.
    @Test func fieldsAreThoseOfTheJSONForm() throws {
        var whole = YolactConfiguration.plusResNet50
        whole.head = .init(
            hiddenChannels: [64], hasPredictionModule: true,
            extraLayers: .init(boxes: 1, classes: 1, coefficients: 1), isShared: false,
            gatesCoefficients: true, scoresMasks: true)
        whole.scoring = .sigmoid
        whole.prototypes = .init(count: 30, hasConstant: true, feedHead: true, areSplit: true)
        var finer = whole
        finer.prototypes.layers.append(.interpolation(factor: 2))
        var mobile = whole
        mobile.backbone = YolactConfiguration.edgeMobileNetV2.backbone
        var found: Set<String> = []
        func collect(_ object: [String: Any], _ path: String) {
            for (key, value) in object {
                found.insert(path + key)
                if let inner = value as? [String: Any] { collect(inner, path + key + ".") }
            }
        }
        for configuration in [whole, finer, mobile] {
            let json = try JSONSerialization.jsonObject(with: Data(configuration.json().utf8))
            let object = try #require(json as? [String: Any])
            #expect(ConfigurationField.unknown(in: object).isEmpty)
            collect(object, "")
        }
        #expect(found == Set(ConfigurationField.all.map(\.path)))
    }

    @Test func aspectRatiosAreReadInAllForms() throws {
        func read(_ text: String) throws -> YolactConfiguration.Anchors.AspectRatios {
            try JSONDecoder().decode(
                YolactConfiguration.Anchors.AspectRatios.self, from: Data(text.utf8))
        }
        let own = [
            [0.24, 11, 46], [0.44, 1.3, 3.4], [0.6, 1.5, 3], [0.7, 1.4, 2.4], [1.2, 0.8, 1.8],
        ]
        #expect(try read("[1, 0.5, 2]") == [1, 0.5, 2])
        #expect(try read("\(own)") == .init(levels: own))
        // pred_aspect_ratios of the official code.
        #expect(try read("\(own.map { [$0] })") == .init(levels: own))
        #expect(throws: DecodingError.self) { try read("[[[1], [2]]]") }
        for ratios in [[1, 0.5, 2], .init(levels: own)]
            as [YolactConfiguration.Anchors.AspectRatios]
        {
            let written = String(decoding: try JSONEncoder().encode(ratios), as: UTF8.self)
            #expect(try read(written) == ratios)
        }
        let same: YolactConfiguration.Anchors.AspectRatios = [1, 2]
        #expect(String(decoding: try JSONEncoder().encode(same), as: UTF8.self) == "[1,2]")
    }

    @Test func allProblemsAreListed() {
        var configuration = YolactConfiguration.resNet50
        configuration.inputSize = 0
        configuration.classNames = []
        configuration.anchors.scales = []
        let error = #expect(throws: ConfigurationError.self) { try configuration.validated() }
        #expect(error?.problems.count == 3)
    }

    @Test func loadsFiles() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/own.json"
            func write(_ text: String) throws {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
            var own = YolactConfiguration.shapes
            own.name = "own"
            try write(own.json())
            #expect(try YolactConfiguration.load(path) == own)
            for (text, problem) in [
                ("{}", "lacks \"name\""), ("hello", "not a configuration in JSON"),
                (
                    try own.json().replacing("256", with: "\"large\""),
                    "inputSize must be a whole number of pixels, such as 550"
                ),
                (try own.json().replacing("256", with: "9999"), "inputSize is 9999"),
                (try own.json().replacing("resNet", with: "resnext"), "backbone.kind must be"),
            ] {
                try write(text)
                let error = #expect(throws: ConfigurationError.self) {
                    try YolactConfiguration.load(path)
                }
                let description = error?.description ?? ""
                #expect(
                    description.hasPrefix(path) && description.contains(problem), "\(description)")
            }
            let error = #expect(throws: ConfigurationError.self) {
                try YolactConfiguration.load("yolact_resnet51")
            }
            #expect(error?.description.contains("yolact_plus_resnet50") == true)
            #expect(throws: ConfigurationError.self) { try YolactConfiguration.load(directory) }
        }
    }
}
