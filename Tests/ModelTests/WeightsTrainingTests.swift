import Foundation
import Testing

@testable import Model

/// What training programs save: other objects beside the weights, networks within larger ones, several
/// networks, whole models and programs.
@Suite struct WeightsTrainingTests {
    private static func open(_ file: String) throws -> Checkpoint {
        try Checkpoint.open(WeightsTestFiles.resource("weights/\(file)"))
    }

    static let formats = ["zip", "zip_protocol4", "legacy"]

    /// That the tensors are right is tested with those of all other files.
    @Test(arguments: formats) func objectsBesideTheTensorsAreNamedAndNotMade(_ format: String)
        throws
    {
        let checkpoint = try Self.open("\(format)_training.pth")
        #expect(checkpoint.foreignObjects.count == 8, "the first ones")
        #expect(checkpoint.foreignObjects.contains("argparse.Namespace"))
        #expect(checkpoint.foreignObjects.contains { $0.hasSuffix("multiarray.scalar") })
        #expect(checkpoint.choice == nil)
        #expect(try Self.open("zip_optimizer.pth").foreignObjects.isEmpty)
    }

    @Test(arguments: formats) func ofSeveralNetworksTheFirstIsTaken(_ format: String) throws {
        let checkpoint = try Self.open("\(format)_several.pth")
        #expect(
            checkpoint.choice
                == "the weights are those of student.weights; there are others in ema.module")
        #expect(try Self.open("\(format)_lightning.pth").choice == nil)
    }

    /// Prefixes of any kind, in every format.
    @Test(arguments: ["module.", "model.", "_orig_mod.module.", "a.b.c.d.e.f."])
    func whatNamesBeginWithIsDropped(_ prefix: String) throws {
        let names = ["backbone.conv1.weight", "prediction_layers.0.bbox_layer.weight"]
        #expect(NetworkNames.prefixes(of: names.map { prefix + $0 } + ["loss.weight"]) == [prefix])
        #expect(NetworkNames.prefixes(of: names) == [""])
        #expect(NetworkNames.prefixes(of: ["xprediction_layers.0.bbox_layer.weight"]) == [])
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.safetensors"
            try SafetensorsWriter().write(
                (names.map { prefix + $0 } + ["loss.weight"]).map { name in
                    .init(TensorDescription(name: name, dataType: .float32, shape: [2])) {
                        [UInt8](repeating: 0, count: 8)
                    }
                }, to: path)
            #expect(try Checkpoint.open(path).tensors.map(\.name) == names)
        }
    }

    /// Names that all share something and are of no network keep what is the network's own.
    @Test func sharedBeginnings() {
        #expect(NetworkNames.sharedPrefix(of: ["module.a.x", "module.b.x"]) == "module.")
        #expect(NetworkNames.sharedPrefix(of: ["a.b.x", "a.b.y"]) == "a.b.")
        #expect(NetworkNames.sharedPrefix(of: ["m.backbone.x", "m.backbone.y"]) == "m.")
        #expect(NetworkNames.sharedPrefix(of: ["weight", "bias"]) == "")
        #expect(NetworkNames.sharedPrefix(of: ["a.", "a.b"]) == "")
        #expect(NetworkNames.sharedPrefix(of: []) == "")
        #expect(NetworkNames.sharedPrefix(of: ["1.2.3.4.5.6"]) == "1.2.3.4.")
    }

    @Test(arguments: [
        (
            "zip_whole.pth", "torch.nn.modules.container.Sequential",
            "weights_only=False).state_dict()"
        ),
        (
            "zip_whole_inside.pth", "torch.nn.modules.container.Sequential",
            "weights_only=False)['my model'].state_dict()"
        ),
    ])
    func wholeModelsAreToldHowToSave(_ file: String, _ object: String, _ call: String) {
        let path = WeightsTestFiles.resource("weights/\(file)")
        let error = WeightsTestFiles.failure(ofFile: path)
        #expect(error?.kind == .refusedGlobal(object))
        #expect(
            error?.description.contains(
                "python3 -c \"import torch; torch.save(torch.load('\(path)'") == true)
        #expect(error?.description.contains(call) == true, "\(String(describing: error))")
    }

    @Test func programsAreToldHowToSave() {
        let path = WeightsTestFiles.resource("weights/script.pt")
        let error = WeightsTestFiles.failure(ofFile: path)
        #expect(error?.kind == .unsupported)
        #expect(error?.detail.hasPrefix("the file is a TorchScript archive") == true)
        #expect(
            error?.detail.contains("torch.jit.load('\(path)', map_location='cpu').state_dict()")
                == true)
    }

    /// A function is no network that anyone should be told to load.
    @Test func nobodyIsToldToRunWhatIsNoObject() {
        for file in ["hostile_legacy.pth", "hostile_zip.pth"] {
            let path = WeightsTestFiles.resource("weights/\(file)")
            let error = WeightsTestFiles.failure(ofFile: path)
            #expect(error?.description.contains("posix.system") == true)
            #expect(error?.description.contains("torch.load") == false)
        }
    }

    // MARK: Pickles made by hand

    private static func text(_ value: String) -> [UInt8] {
        [0x8C, UInt8(value.utf8.count)] + Array(value.utf8)
    }

    /// A legacy file with a tensor, and the instructions of another value beside it.
    private static func beside(_ instructions: [UInt8]) -> [UInt8] {
        var file = WeightsHostileTests.tensor(shape: [2, 2], strides: [2, 1])
        // Behind the head: `}`, then the key of the tensor.
        let place = WeightsHostileTests.legacy([]).count - 5 + 1
        file.insert(contentsOf: text("b") + instructions + [0x73], at: place)
        return file
    }

    static let foreign: [(String, [UInt8])] = [
        ("a class", Array("cos\nsystem\n".utf8)),
        ("a call", Array("cos\nsystem\n".utf8) + text("ls") + [0x85, 0x52]),
        ("an instance", Array("cx\nA\n".utf8) + [0x29, 0x81]),
        ("an instance with names", Array("cx\nA\n".utf8) + [0x29, 0x7D, 0x92]),
        ("attributes", Array("cx\nA\n".utf8) + [0x29, 0x81, 0x7D, 0x62]),
        ("items", Array("cx\nA\n".utf8) + [0x29, 0x52, 0x4B, 1, 0x4B, 2, 0x73]),
        ("many items", Array("cx\nA\n".utf8) + [0x29, 0x52, 0x28, 0x4B, 1, 0x4B, 2, 0x75]),
        ("elements", Array("cx\nA\n".utf8) + [0x29, 0x52, 0x4B, 1, 0x61]),
        ("many elements", Array("cx\nA\n".utf8) + [0x29, 0x52, 0x28, 0x4B, 1, 0x65]),
        ("a call of what a call returned", Array("cx\nA\n".utf8) + [0x29, 0x52, 0x29, 0x52]),
        ("a frozen set", [0x28, 0x4B, 1, 0x91]),
        ("bytes of Python 2", [0x55, 2, 0xFF, 0xFE]),
        ("a byte array", [0x96, 1, 0, 0, 0, 0, 0, 0, 0, 7]),
        (
            "a class with its source",
            [0x28] + text("module") + Array("cx\nA\n".utf8) + text("a.py") + text("class A: pass")
                + [0x74, 0x51, 0x29, 0x81, 0x7D, 0x62]
        ),
        ("a parameter", Array("ctorch._utils\n_rebuild_parameter\ncx\nA\n".utf8) + [0x85, 0x52]),
        ("a tensor", Array("ctorch._utils\n_rebuild_tensor_v2\ncx\nA\n".utf8) + [0x85, 0x52]),
    ]

    @Test(arguments: foreign.indices) func aForeignObjectDoesNotHinder(_ index: Int) throws {
        let (name, instructions) = Self.foreign[index]
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.pth"
            try WeightsTestFiles.write(Self.beside(instructions), to: path)
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.tensors.map(\.name) == ["a"], "\(name)")
            #expect(try checkpoint.values(of: "a", shape: [2, 2]) == [0, 0, 0, 0])
        }
    }

    /// Dictionaries in circles, very deep, or referred to again and again end the search in time.
    @Test func searchingEnds() throws {
        let circle = WeightsHostileTests.legacy(
            [0x7D, 0x71, 0] + Self.text("a") + [0x68, 0, 0x73])
        let deep = WeightsHostileTests.legacy(
            [0x7D] + WeightsHostileTests.repeated(Self.text("a") + [0x7D], 100_000)
                + WeightsHostileTests.repeated([0x73], 100_000))
        // Each holds the one before twice: 2^60 ways to the innermost.
        let doubled = WeightsHostileTests.legacy(
            [0x7D, 0x71, 0]
                + WeightsHostileTests.repeated(
                    [0x30, 0x7D] + Self.text("a") + [0x68, 0, 0x73] + Self.text("b") + [
                        0x68, 0, 0x73,
                    ]
                        + [0x71, 0], 60))
        for bytes in [circle, deep, doubled] {
            let error = try #require(try WeightsTestFiles.failure(of: bytes))
            #expect(error.description.contains("holds no tensors"), "\(error)")
        }
    }
}
