import Foundation
import Testing

@testable import Model

/// Values that are no numbers of a network end in an error that names them, wherever weights are read.
@Suite struct WeightsValueTests {
    /// A small network of every kind of layer: deformable ones, re-scoring, normalisation.
    private static let configuration = {
        var configuration = YolactConfiguration.shapes
        configuration.inputSize = 256
        configuration.backbone = .resNet(
            .init(blocks: [1, 1, 1, 1], width: 2, deformableBlocks: [[], [0], [], []]))
        configuration.featureChannels = 4
        configuration.prototypes = .init(channels: 4, count: 4)
        configuration.rescoresMasks = true
        return configuration
    }()

    /// Parameters of the formula, but for one element of one of them.
    private struct Poisoned: ParameterSource {
        let shapes: [String: [Int]]?
        let poisoned: String
        var index = 0
        var value = Float.nan
        var name: String { "poisoned.pth" }

        func values(of name: String, shape: [Int]) throws -> [Float] {
            var values = try SeededParameters().values(of: name, shape: shape)
            if name == poisoned { values[index] = value }
            return values
        }
    }

    private static func shapes() throws -> [String: [Int]] {
        try NetworkGraphs(configuration, SeededParameters()).parameterShapes
    }

    @Test func everyTensorIsLookedAt() throws {
        let shapes = try Self.shapes()
        #expect(shapes.count > 50)
        for name in shapes.keys {
            let source = Poisoned(shapes: shapes, poisoned: name)
            let error = #expect(throws: WeightsError.self) {
                try Network.check(Self.configuration, source)
            }
            #expect(error?.kind == .impossibleValue)
            #expect(
                error?.description.hasPrefix("poisoned.pth: tensor \(name) holds nan at [0") == true
            )
        }
        try Network.check(Self.configuration, Poisoned(shapes: shapes, poisoned: "none"))
    }

    /// Of the backbone, the heads and the network that re-scores masks.
    @Test(
        arguments: [
            "backbone.layers.2.0.conv2.weight", "prediction_layers.0.conf_layer.bias",
            "maskiou_net.maskiou_net.4.weight",
        ], EngineKind.allCases)
    func noNetworkIsMadeOfThem(_ name: String, _ engine: EngineKind) throws {
        let shapes = try Self.shapes()
        let error = #expect(throws: WeightsError.self) {
            try Network(
                configuration: Self.configuration,
                parameters: Poisoned(shapes: shapes, poisoned: name, value: .infinity),
                engine: engine, threadsPerWorker: 1)
        }
        #expect(error?.kind == .impossibleValue)
        #expect(error?.detail.hasPrefix("tensor \(name) holds inf at [0") == true)
    }

    static let cases: [(values: [Float], name: String, text: String?)] = [
        ([0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude], "a.weight", nil),
        ([.leastNonzeroMagnitude, -1, 3.5, 0], "a.weight", nil),
        ([0, 1, 2, .nan], "a.weight", "holds nan at [1, 1]; weights must be finite"),
        ([0, 1, .signalingNaN, 3], "a.bias", "at [1, 0]"),
        ([0, .infinity, .nan, 3], "a.bias", "holds inf at [0, 1]"),
        ([-.infinity, 1, 2, 3], "bn.running_mean", "holds -inf at [0, 0]"),
        ([0, -0.0, 1e30, 1], "bn.running_var", nil),
        ([1, 1, -0.5, 1], "bn.running_var", "holds -0.5 at [1, 0]; a variance is never negative"),
        ([1, 1, -0.5, 1], "bn.running_mean", nil),
    ]

    @Test(arguments: cases.indices) func tellsNumbersFromOthers(_ index: Int) throws {
        let (values, name, text) = Self.cases[index]
        func check() throws {
            try ParameterValues.check(values, of: name, shape: [2, 2], source: "a.pth")
        }
        guard let text else { return try check() }
        let error = #expect(throws: WeightsError.self) { try check() }
        #expect(error?.description.hasPrefix("a.pth: tensor \(name) ") == true)
        #expect(error?.description.contains(text) == true, "\(String(describing: error))")
    }

    /// What 16 bits cannot hold is an error of the weights, and leaves no file.
    @Test func halfPrecisionThatOverflows() throws {
        try WeightsTestFiles.withDirectory { directory in
            let name = "conv.weight"
            let path = "\(directory)/a.safetensors"
            try SafetensorsWriter(metadata: [
                Checkpoint.configurationKey: YolactConfiguration.shapes.json()
            ]).write(
                [
                    .init(TensorDescription(name: name, dataType: .float32, shape: [2, 2])) {
                        [Float(1), -70_000, 2, 3].withUnsafeBytes { [UInt8]($0) }
                    }
                ], to: path)
            let checkpoint = try Checkpoint.open(path)
            let error = #expect(throws: WeightsError.self) {
                try checkpoint.write(to: "\(directory)/b.safetensors", precision: .float16)
            }
            #expect(error?.kind == .impossibleValue)
            #expect(
                error?.description
                    == "\(path): tensor conv.weight holds -70000.0 at [0, 1], which 16 bits cannot "
                    + "hold; 32 bits can")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory) == ["a.safetensors"])
            try checkpoint.write(to: "\(directory)/b.safetensors")
        }
    }
}
