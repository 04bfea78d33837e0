import Foundation
import Testing

@testable import Model

/// Files that PyTorch wrote (Resources/weights/make.py) read as PyTorch reads them.
@Suite struct WeightsTorchTests {
    struct Expected: Decodable {
        var dtype: String
        var shape: [Int]
        var values: [Double]
    }

    static let expected: [String: [String: Expected]] =
        (try? JSONDecoder().decode(
            [String: [String: Expected]].self,
            from: Data(WeightsTestFiles.bytes("weights/expected.json")))) ?? [:]

    static let dataTypes: [String: TensorDataType] = [
        "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
        "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8,
        "uint16": .uint16, "bool": .bool,
    ]

    @Test func expectationsAreThere() { #expect(Self.expected.count == 24) }

    @Test(arguments: expected.keys.sorted()) func readsAsPyTorchDoes(_ file: String) throws {
        let checkpoint = try Checkpoint.open(WeightsTestFiles.resource("weights/\(file)"))
        let tensors = try #require(Self.expected[file])
        #expect(checkpoint.tensors.map(\.name) == tensors.keys.sorted())
        #expect(checkpoint.format == (file.hasPrefix("zip") ? .torchZip : .torchLegacy))
        for (name, tensor) in tensors {
            let description = try #require(checkpoint.description(of: name))
            #expect(description.dataType == Self.dataTypes[tensor.dtype])
            #expect(description.shape == tensor.shape)
            let values = try checkpoint.values(of: name, shape: tensor.shape)
            #expect(values == tensor.values.map { Float($0) }, "\(file): \(name)")
        }
    }

    /// Finds a zip entry: its bytes, and where its checksum stands in the directory.
    private static func entry(
        _ suffix: String, in file: [UInt8]
    ) throws -> (data: Range<Int>, checksum: Int) {
        func number(_ at: Int, _ size: Int) -> Int {
            (0..<size).reduce(0) { $0 | Int(file[at + $1]) << (8 * $1) }
        }
        let signature: [UInt8] = [0x50, 0x4B, 1, 2]
        for start in 0..<file.count - 46 where file[start..<start + 4].elementsEqual(signature) {
            let name = String(
                decoding: file[start + 46..<start + 46 + number(start + 28, 2)], as: UTF8.self)
            guard name.hasSuffix(suffix) else { continue }
            let local = number(start + 42, 4)
            let data = local + 30 + number(local + 26, 2) + number(local + 28, 2)
            return (data..<data + number(start + 20, 4), start + 16)
        }
        throw WeightsError(.corrupted, path: suffix, "not in the file")
    }

    @Test(arguments: ["/data/0", "/data.pkl"]) func aFlippedBitIsFound(_ suffix: String) throws {
        let whole = try WeightsTestFiles.bytes("weights/zip.pth")
        let entry = try Self.entry(suffix, in: whole)
        for place in [entry.data.lowerBound, entry.data.lowerBound + entry.data.count / 2] {
            var damaged = whole
            damaged[place] ^= 0x10
            let error = try #require(try WeightsTestFiles.failure(of: damaged))
            #expect(error.kind == .corrupted)
            #expect(error.offset == entry.data.lowerBound)
            #expect(
                error.detail.contains("\(suffix) is damaged: its bytes do not have its checksum"))
        }
    }

    @Test func filesWithoutChecksumsAreRead() throws {
        var file = try WeightsTestFiles.bytes("weights/zip.pth")
        for suffix in ["/data/0", "/data.pkl"] {
            let entry = try Self.entry(suffix, in: file)
            for index in 0..<4 { file[entry.checksum + index] = 0 }
        }
        #expect(try WeightsTestFiles.failure(of: file) == nil)
    }

    @Test func namesAndShapesAreChecked() throws {
        let checkpoint = try Checkpoint.open(WeightsTestFiles.resource("weights/legacy.pth"))
        #expect(checkpoint.shapes?["conv.weight"] == [4, 3, 3, 3])
        #expect(throws: WeightsError.self) { try checkpoint.values(of: "conv.wait", shape: [4]) }
        let error = #expect(throws: WeightsError.self) {
            try checkpoint.values(of: "conv.weight", shape: [4, 27])
        }
        #expect(error?.kind == .noSuchTensor)
        #expect(error?.description.contains("[4, 3, 3, 3], not [4, 27]") == true)
    }

    @Test(arguments: [
        ("hostile_legacy.pth", "posix.system"), ("hostile_plain.pth", "posix.system"),
        ("hostile_protocol0.pth", "posix.system"), ("hostile_protocol4.pth", "posix.system"),
        ("hostile_zip.pth", "posix.system"),
    ])
    func refusesGlobals(_ file: String, _ global: String) {
        let error = WeightsTestFiles.failure(ofFile: WeightsTestFiles.resource("weights/\(file)"))
        #expect(error?.kind == .refusedGlobal(global))
        #expect(error?.description.contains("refused") == true)
        #expect(error?.description.contains(global) == true)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/yolact-video-hostile"))
    }

    @Test(arguments: [
        ("zip_big_endian.pth", "byte order"), ("legacy_big_endian.pth", "big-endian"),
        ("zip_compressed.pth", "compressed"),
    ])
    func refusesUnsupported(_ file: String, _ text: String) {
        let error = WeightsTestFiles.failure(ofFile: WeightsTestFiles.resource("weights/\(file)"))
        #expect(error?.kind == .unsupported)
        #expect(error?.description.contains(text) == true)
    }

    @Test func plainPickleIsNamed() {
        let path = WeightsTestFiles.resource("weights/plain_pickle.pth")
        let error = WeightsTestFiles.failure(ofFile: path)
        #expect(error?.kind == .notWeights)
        #expect(error?.description.contains("Python pickle") == true)
    }
}
