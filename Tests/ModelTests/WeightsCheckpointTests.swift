import Foundation
import Testing

@testable import Model

/// Checkpoints: the demo model in both forms, conversion, and where a configuration comes from.
@Suite struct WeightsCheckpointTests {
    static let pth = WeightsTestFiles.resource("yolact_shapes_0_11700.pth")

    @Test func opensTheDemoModelOfPyTorch() throws {
        let checkpoint = try Checkpoint.open(Self.pth)
        #expect(checkpoint.format == .torchLegacy)
        #expect(checkpoint.configuration == .shapes)
        #expect(checkpoint.configurationOrigin == .fileName)
        let parameters = checkpoint.tensors.filter { !$0.name.hasSuffix("num_batches_tracked") }
        #expect(parameters.allSatisfy { $0.dataType == .float32 })
        #expect(
            checkpoint.description(of: "prediction_layers.0.conf_layer.weight")?.shape
                == [3 * 7, 64, 3, 3])
    }

    @Test func builtInDemoEqualsItWithinHalfPrecision() throws {
        let demo = try Checkpoint.builtInDemo()
        #expect(demo.format == .safetensors)
        #expect(demo.configuration == .shapes)
        #expect(demo.configurationOrigin == .metadata)
        let original = try Checkpoint.open(Self.pth)
        let kept = original.tensors.filter { !ParameterReader.isKnownLeftover($0.name) }
        #expect(demo.tensors.map(\.name) == kept.map(\.name))
        for tensor in kept {
            let exact = try original.values(of: tensor.name, shape: tensor.shape)
            let stored = try demo.values(of: tensor.name, shape: tensor.shape)
            if tensor.shape.count < 2 { #expect(stored == exact) }
            // 2^-11 of the value, or half the smallest number where it is too small for that.
            let isClose = zip(exact, stored).allSatisfy {
                abs($0 - $1) <= max(abs($0) * 0x1p-11, 0x1p-25)
            }
            #expect(isClose && exact.count == stored.count, "\(tensor.name)")
        }
    }

    @Test func convertsWithoutLoss() throws {
        try WeightsTestFiles.withDirectory { directory in
            let original = try Checkpoint.open(Self.pth)
            let path = "\(directory)/a.safetensors"
            try original.write(to: path)
            let copy = try Checkpoint.open(path)
            #expect(copy.configuration == .shapes)
            #expect(copy.metadata["format"] == "pt")
            #expect(!copy.tensors.contains { $0.name.hasSuffix("num_batches_tracked") })
            for tensor in copy.tensors {
                #expect(
                    try copy.values(of: tensor.name, shape: tensor.shape)
                        == original.values(of: tensor.name, shape: tensor.shape))
            }
            #expect(throws: WeightsError.self) { try original.write(to: path) }
            try copy.write(to: path, precision: .float16, overwrite: true)
            #expect(
                try Checkpoint.open(path).description(of: "proto_net.0.weight")?.dataType
                    == .float16)
            // The file that `copy` has mapped was replaced, not rewritten.
            #expect(copy.description(of: "proto_net.0.weight")?.dataType == .float32)
        }
    }

    @Test func conversionNeedsAConfigurationAndARange() throws {
        try WeightsTestFiles.withDirectory { directory in
            let unnamed = try Checkpoint.open(WeightsTestFiles.resource("weights/zip.pth"))
            #expect(unnamed.configuration == nil)
            #expect(throws: ConfigurationError.self) {
                try unnamed.write(to: "\(directory)/a.safetensors")
            }
            try unnamed.write(to: "\(directory)/a.safetensors", configuration: .resNet50)
            #expect(try Checkpoint.open("\(directory)/a.safetensors").configuration == .resNet50)
            let large = TensorDescription(name: "a", dataType: .float32, shape: [1, 1])
            let bytes = withUnsafeBytes(of: Float(70_000)) { [UInt8]($0) }
            try SafetensorsWriter().write(
                [.init(large) { bytes }], to: "\(directory)/large.safetensors")
            let error = #expect(throws: WeightsError.self) {
                try Checkpoint.open("\(directory)/large.safetensors").write(
                    to: "\(directory)/b.safetensors", configuration: .shapes, precision: .float16)
            }
            #expect(error?.description.contains("which 16 bits cannot hold") == true)
        }
    }

    // MARK: Configuration

    @Test(arguments: [
        ("a/yolact_resnet50_54_800000.pth", "yolact_resnet50"),
        ("yolact_plus_base_54_800000.pth", "yolact_plus_base"),
        ("yolact_resnet50_pascal_120_1.pth", "yolact_resnet50_pascal"),
        ("yolact_base_10_32100_interrupt.pth", "yolact_base"),
        ("yolact_im700.safetensors", "yolact_im700"),
        ("yolact_darknet53_54_800000.pt", "yolact_darknet53"),
        ("yolact_54_800000.pth", nil), ("yolact_resnet50_54_x.pth", nil), ("_.pth", nil),
        (".pth", nil),
        ("", nil), ("54_800000", nil), ("/", nil),
    ])
    func configurationOfFileName(_ path: String, _ name: String?) {
        #expect(YolactConfiguration.preset(forFile: path)?.name == name)
    }

    @Test func metadataGoBeforeTheName() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/yolact_base_1_2.safetensors"
            let writer = SafetensorsWriter(metadata: [
                Checkpoint.configurationKey: try YolactConfiguration.shapes.json()
            ])
            try writer.write([], to: path)
            #expect(try Checkpoint.open(path).configuration == .shapes)
            let broken = SafetensorsWriter(metadata: [Checkpoint.configurationKey: "{\"name\": 1}"])
            try broken.write([], to: path, overwrite: true)
            let error = #expect(throws: ConfigurationError.self) { try Checkpoint.open(path) }
            #expect(error?.description.contains("yolact_base_1_2.safetensors") == true)
        }
    }
}
