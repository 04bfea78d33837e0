import Foundation
import Testing

@testable import Model

/// Safetensors files: the golden ones, our own, and damaged ones.
@Suite struct WeightsSafetensorsTests {
    // MARK: Reading

    @Test func readsGoldenFiles() throws {
        let path = try ResourceLocator().path(
            of: "golden/yolact_resnet50.safetensors", in: "Model")
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["size": "550", "frame": "640x360", "salt": "0"])
        #expect(file.description(of: "c3.index")?.shape == [2048])
        #expect(try file.int32s("c3.index").allSatisfy { $0 >= 0 })
        #expect(try file.doubles("c3.stats").count == 4)
        let values = try file.floats("c3.value")
        #expect(values.count == 2048 && values.allSatisfy(\.isFinite))
        #expect(try file.bytes("fast.mask").count == 6 * 360 * 80)
        #expect(throws: WeightsError.self) { try file.bytes("c3.index") }
        #expect(throws: WeightsError.self) { try file.floats("c9") }

        let frame = try SafetensorsFile(
            path: ResourceLocator().path(of: "golden/frame.safetensors", in: "Model"))
        #expect(frame.tensors.map(\.shape) == [[360, 640, 3]])
        #expect(try frame.bytes("rgb").count == 360 * 640 * 3)
    }

    @Test func pyramidAndAnchorCountsAgreeWithGoldenFiles() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: ResourceLocator().path(of: "golden", in: "Model"))
        let configurations = names.compactMap { YolactConfiguration.preset(forFile: $0) }
        #expect(configurations.count >= 5)
        for configuration in configurations {
            let file = try SafetensorsFile(
                path: ResourceLocator().path(
                    of: "golden/\(configuration.name).safetensors", in: "Model"))
            #expect(file.metadata["size"] == "\(configuration.inputSize)")
            // Indices of the flattened tensors reach close to their ends, never beyond.
            func reach(_ tensor: String) throws -> Int {
                Int(try file.int32s("\(tensor).index").max() ?? -1) + 1
            }
            let anchors = configuration.anchorCount
            for (tensor, size) in [
                ("priors", anchors * 4), ("loc", anchors * 4),
                ("conf", anchors * configuration.classCount),
                ("coef", anchors * configuration.prototypes.count),
                (
                    "proto",
                    configuration.prototypeSize * configuration.prototypeSize
                        * configuration.prototypes.count
                ),
            ] {
                let found = try reach(tensor)
                #expect(found <= size && found > size * 95 / 100, "\(configuration.name) \(tensor)")
            }
        }
    }

    // MARK: Writing

    @Test func writesWhatItReads() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.safetensors"
            let metadata = ["a \"key\"": "line\nand \\ ü 🙂", "b": "/"]
            let tensors: [(TensorDescription, [UInt8])] = [
                (.init(name: "bytes", dataType: .uint8, shape: [3]), [1, 2, 3]),
                (
                    .init(name: "ints", dataType: .int32, shape: [1, 2]),
                    [1, 0, 0, 0, 255, 255, 255, 255]
                ),
                (.init(name: "halves", dataType: .float16, shape: [2]), [0, 0x3C, 0, 0xC0]),
                (
                    .init(name: "double", dataType: .float64, shape: []),
                    [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]
                ),
                (.init(name: "none", dataType: .float32, shape: [0, 4]), []),
            ]
            let writer = SafetensorsWriter(metadata: metadata)
            try writer.write(tensors.map { pair in .init(pair.0) { pair.1 } }, to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.metadata == metadata)
            #expect(Set(file.tensors) == Set(tensors.map(\.0)))
            #expect(try file.bytes("bytes") == [1, 2, 3])
            #expect(try file.int32s("ints") == [1, -1])
            #expect(try file.floats("halves") == [1, -2])
            #expect(try file.doubles("double") == [1.5])
            #expect(try file.floats("none").isEmpty)
        }
    }

    @Test func failedWritesLeaveNothing() throws {
        try WeightsTestFiles.withDirectory { directory in
            struct Failure: Error {}
            let path = "\(directory)/a.safetensors"
            let tensor = TensorDescription(name: "a", dataType: .uint8, shape: [3])
            let writer = SafetensorsWriter()
            #expect(throws: Failure.self) {
                try writer.write([.init(tensor) { throw Failure() }], to: path)
            }
            #expect(throws: WeightsError.self) {
                try writer.write([.init(tensor) { [1, 2] }], to: path)
            }
            let contents = { try FileManager.default.contentsOfDirectory(atPath: directory) }
            #expect(try contents().isEmpty)
            try writer.write([.init(tensor) { [1, 2, 3] }], to: path)
            let error = #expect(throws: WeightsError.self) {
                try writer.write([.init(tensor) { [4, 5, 6] }], to: path)
            }
            #expect(error?.kind == .cannotWrite)
            #expect(try SafetensorsFile(path: path).bytes("a") == [1, 2, 3])
            try writer.write([.init(tensor) { [4, 5, 6] }], to: path, overwrite: true)
            #expect(try SafetensorsFile(path: path).bytes("a") == [4, 5, 6])
            #expect(try contents() == ["a.safetensors"])
            let missing = #expect(throws: WeightsError.self) {
                try writer.write([], to: "\(directory)/none/a.safetensors")
            }
            #expect(missing?.description.contains("No such file or directory") == true)
        }
    }

    // MARK: Damage

    /// A file with this header and so many zero bytes of data.
    static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let length = length ?? UInt64(header.utf8.count)
        return withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    static let damaged: [(String, [UInt8], String)] = [
        ("header beyond the file", file("{}", length: 3), "truncated"),
        ("huge header", file("{}", length: 1 << 40), "100000000 are allowed"),
        ("impossible header", file("{}", length: .max), "impossible size"),
        ("no JSON", file("hello"), "\"{\" was expected"),
        ("open object", file(#"{"a":"#), "damaged"),
        ("list", file("[]"), "damaged"),
        ("text after", file("{}x"), "text after"),
        ("deep nesting", file(#"{"a":"# + String(repeating: "[", count: 100_000)), "damaged"),
        ("no type", file(#"{"a":{"shape":[],"data_offsets":[0,0]}}"#), "lacks dtype"),
        (
            "unknown type", file(#"{"a":{"dtype":"F9","shape":[],"data_offsets":[0,0]}}"#),
            "unsupported type F9"
        ),
        (
            "extra entry", file(#"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,0],"b":1}}"#),
            "unexpected entry"
        ),
        (
            "negative shape", file(#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#),
            "whole number"
        ),
        (
            "huge number",
            file(#"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,0]}}"#),
            "whole number"
        ),
        (
            "overflowing shape",
            file(
                #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#),
            "does not fill"
        ),
        (
            "overflow hidden by zero",
            file(
                #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#),
            "does not fill"
        ),
        (
            "size of another shape",
            file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4),
            "does not fill"
        ),
        (
            "data beyond the file",
            file(#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, data: 8), "truncated"
        ),
        (
            "backwards", file(#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[2,1]}}"#, data: 2),
            "ends before it begins"
        ),
        (
            "overlap",
            file(
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
                    + #""b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, data: 6), "overlaps"
        ),
        (
            "gap",
            file(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                    + #""b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, data: 3), "gap"
        ),
        (
            "bytes left over",
            file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 3),
            "belong to none"
        ),
        (
            "name twice",
            file(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                    + #""\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: 2),
            "twice"
        ),
        ("metadata twice", file(#"{"__metadata__":{"a":"1","a":"2"}}"#), "twice"),
        ("metadata of a number", file(#"{"__metadata__":{"a":1}}"#), "damaged"),
        ("half surrogate", file(#"{"__metadata__":{"a":"\ud800"}}"#), "no character"),
        (
            "not UTF-8", file("{\"__metadata__\":{\"a\":\"b\"}}").map { $0 == 0x62 ? 0xFF : $0 },
            "UTF-8"
        ),
    ]

    @Test(arguments: damaged) func refusesDamage(_ name: String, _ bytes: [UInt8], _ text: String)
        throws
    {
        let error = try WeightsTestFiles.failure(of: bytes, name: "file.safetensors")
        let description = try #require(error, "\(name) was accepted").description
        #expect(description.contains(text), "\(name): \(description)")
    }

    @Test func everyPrefixIsAnError() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.safetensors"
            let tensor = TensorDescription(name: "a", dataType: .float32, shape: [2, 3])
            let bytes = [UInt8](repeating: 7, count: 24)
            try SafetensorsWriter(metadata: ["a": "b"]).write([.init(tensor) { bytes }], to: path)
            let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            for length in 0..<whole.count {
                #expect(
                    try WeightsTestFiles.failure(
                        of: Array(whole[..<length]), name: "b.safetensors") != nil)
            }
        }
    }
}
