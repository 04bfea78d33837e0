import Foundation
import Testing

@testable import Model

/// Damaged and hostile files end in an error, never in a crash or a huge allocation.
@Suite struct WeightsHostileTests {
    // MARK: Files of another kind

    static let kinds: [(String, [UInt8], WeightsError.Kind, String)] = [
        ("empty", [], .empty, "empty"),
        ("HTML", Array("\u{FEFF} \n<!DOCTYPE html><html>".utf8), .webPage, "HTML page"),
        ("HTML in capitals", Array("<HTML>\n".utf8), .webPage, "failed download"),
        ("text", Array("{\"error\": \"no such model\"}".utf8), .notWeights, "text"),
        (
            "git-lfs pointer", Array("version https://git-lfs.github.com/spec/v1\n".utf8),
            .notWeights,
            "git lfs pull"
        ),
        ("gzip", [0x1F, 0x8B, 8, 0], .unsupported, "gzip"),
        (
            "tar", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8), .unsupported,
            "tar archive"
        ),
        ("JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2, 3, 4, 5], .notWeights, "neither"),
        (
            "start of a zip", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60), .truncated,
            "zip"
        ),
        ("start of a pickle", [0x80, 2], .truncated, "truncated"),
    ]

    @Test(arguments: kinds) func namesTheKind(
        _ name: String, _ bytes: [UInt8], _ kind: WeightsError.Kind, _ text: String
    ) throws {
        let error = try #require(try WeightsTestFiles.failure(of: bytes))
        #expect(error.kind == kind, "\(name): \(error)")
        #expect(error.description.contains(text))
        #expect(error.description.hasPrefix(error.path + ": "))
        #expect(!error.description.contains("\n"))
    }

    @Test func operatingSystemErrorsAreTold() throws {
        try WeightsTestFiles.withDirectory { directory in
            let missing = WeightsTestFiles.failure(ofFile: "\(directory)/a.pth")
            #expect(missing?.kind == .cannotRead)
            #expect(missing?.description.contains("No such file or directory") == true)
            let folder = WeightsTestFiles.failure(ofFile: directory)
            #expect(folder?.description.contains("directory") == true)
            let device = WeightsTestFiles.failure(ofFile: "/dev/zero")
            #expect(device?.description.contains("not a regular file") == true)
        }
    }

    // MARK: Truncated and damaged files

    static let samples = [
        "legacy.pth", "zip.pth", "zip64.pth", "legacy_optimizer.pth", "legacy_views.pth",
        "zip_protocol4.pth", "legacy_storage_views.pth",
    ]

    @Test(arguments: samples) func everyPrefixIsAnError(_ file: String) throws {
        let whole = try WeightsTestFiles.bytes("weights/\(file)")
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.pth"
            for length in 0..<whole.count {
                try WeightsTestFiles.write(whole[..<length], to: path)
                let error = WeightsTestFiles.failure(ofFile: path)
                #expect(error != nil, "\(length) of \(whole.count) bytes were accepted")
            }
        }
        #expect(try WeightsTestFiles.failure(of: whole) == nil)
    }

    // MARK: Pickles made by hand

    /// A legacy file around the instructions of a pickle that leave a value on the stack.
    static func legacy(_ object: [UInt8]) -> [UInt8] {
        let head: [UInt8] = [
            0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
            0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E, 0x80, 2,
        ]
        return head + object + [0x2E, 0x80, 2, 0x5D, 0x2E]
    }

    static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in bytes }
    }

    static let pickles: [(String, [UInt8], String)] = [
        ("nothing on the stack", legacy([]), "never made"),
        ("pop below a mark", legacy([0x4E, 0x28, 0x30]), "never made"),
        ("tuple without a mark", legacy([0x74]), "never made"),
        ("memo never stored", legacy([0x68, 9]), "never stored"),
        ("unknown instruction", legacy([0xF0]), "0xf0"),
        ("a class made directly", legacy([0x29, 0x29, 0x81]), "0x81"),
        ("string beyond the file", legacy([0x58, 0xFF, 0xFF, 0xFF, 0xFF]), "truncated"),
        (
            "string of 64-bit size", legacy([0x8D] + [UInt8](repeating: 0xFF, count: 8)),
            "impossible"
        ),
        ("negative number size", legacy([0x8B, 0xFF, 0xFF, 0xFF, 0xFF]), "impossible"),
        ("not UTF-8", legacy([0x58, 1, 0, 0, 0, 0xFF]), "UTF-8"),
        ("append to a number", legacy([0x4B, 1, 0x4B, 1, 0x61]), "no list"),
        ("odd number of items", legacy([0x7D, 0x28, 0x4B, 1, 0x75]), "no dictionary"),
        ("call of a number", legacy([0x4B, 1, 0x29, 0x52]), "no function"),
        ("attributes of a number", legacy([0x4B, 1, 0x7D, 0x62]), "attributes"),
        ("storage from a number", legacy([0x4B, 1, 0x51]), "storage is damaged"),
        ("a number as the object", legacy([0x4B, 1]), "no dictionary"),
        ("a dictionary without tensors", legacy([0x7D]), "no tensors"),
        (
            "tensor from nothing", legacy(Array("ctorch._utils\n_rebuild_tensor_v2\n)R".utf8)),
            "tensor is damaged"
        ),
        ("call of a type", legacy(Array("ctorch\nFloatStorage\n)R".utf8)), "type is damaged"),
        ("escape sequences", legacy(Array("c\u{1B}[2J\nevil\n".utf8)), "refused"),
        ("endless name", legacy(Array("c".utf8) + repeated([0x61], 300)), "no end"),
        // Nesting and circles must not overflow the stack of this program when they are freed.
        ("nested lists", legacy(repeated([0x5D], 400_000) + repeated([0x61], 399_999)), "no dict"),
        ("nested tuples", legacy([0x29] + repeated([0x85], 400_000)), "no dictionary"),
        ("a list that holds itself", legacy([0x5D, 0x71, 0, 0x68, 0, 0x61]), "no dictionary"),
        ("too many instructions", legacy(repeated([0x4E, 0x30], 1_000_001)), "more than"),
        (
            // A list of 60,000 pairs, turned into a dictionary many times.
            "a list copied again and again",
            legacy(
                Array("]q\0ccollections\nOrderedDict\nq\u{1}0h\0(".utf8)
                    + repeated([0x4E, 0x4E, 0x86], 60_000) + [0x65]
                    + repeated([0x68, 1, 0x68, 0, 0x85, 0x52, 0x30], 1000)), "more than"
        ),
    ]

    // Arguments by index: the testing library encodes and prints arguments, here of megabytes.
    @Test(arguments: pickles.indices) func refusesPickle(_ index: Int) throws {
        let (name, bytes, text) = Self.pickles[index]
        let error = try #require(try WeightsTestFiles.failure(of: bytes), "\(name) was accepted")
        #expect(error.description.contains(text), "\(name): \(error)")
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    // MARK: Tensors that reach beyond their storage

    /// A legacy file with one float storage of four elements and one tensor on it.
    static func tensor(
        claimed: UInt32 = 4, offset: UInt32 = 0, shape: [UInt32], strides: [UInt32],
        count: UInt64 = 4, view: [UInt8] = [0x4E]
    ) -> [UInt8] {
        func integer(_ value: UInt32) -> [UInt8] {
            // BININT is signed; LONG1 of five bytes is not.
            [0x8A, 5] + withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } + [0]
        }
        func text(_ value: String) -> [UInt8] {
            [0x8C, UInt8(value.utf8.count)] + Array(value.utf8)
        }
        var object: [UInt8] = [0x7D] + text("a")
        object += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
        object += text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu")
        object += integer(claimed) + view + [0x74, 0x51] + integer(offset)
        object += [0x28] + shape.flatMap(integer) + [0x74, 0x28] + strides.flatMap(integer)
        object += [0x74, 0x89, 0x4E, 0x74, 0x52, 0x73]
        var file = legacy(object)
        file.removeLast()
        file += text("0") + [0x61, 0x2E]
        return file + withUnsafeBytes(of: count.littleEndian) { [UInt8]($0) }
            + [UInt8](repeating: 0, count: 16)
    }

    @Test func soundTensorsPass() throws {
        let sound = [
            Self.tensor(shape: [2, 2], strides: [2, 1]), Self.tensor(shape: [], strides: []),
            Self.tensor(offset: 1, shape: [3], strides: [1]),
            Self.tensor(shape: [1000], strides: [0]),
            Self.tensor(offset: 99, shape: [0, 7], strides: [1, 1]),
            Self.tensor(shape: [3, 2], strides: [1, 1]),
        ]
        for bytes in sound { #expect(try WeightsTestFiles.failure(of: bytes) == nil) }
    }

    static let tensors: [(String, [UInt8], String)] = [
        ("too long", tensor(shape: [5], strides: [1]), "beyond its storage"),
        ("offset", tensor(offset: 2, shape: [3], strides: [1]), "beyond its storage"),
        ("offset of a scalar", tensor(offset: 4, shape: [], strides: []), "beyond its storage"),
        ("stride", tensor(shape: [2], strides: [4]), "beyond its storage"),
        (
            "strides that overflow",
            tensor(shape: [2, 2], strides: [.max, .max]), "beyond its storage"
        ),
        ("repeated too often", tensor(shape: [4_000_000], strides: [0]), "more elements"),
        (
            "shape that overflows", tensor(shape: [.max, .max, .max], strides: [0, 0, 0]),
            "impossible shape"
        ),
        ("ranks that differ", tensor(shape: [2], strides: [1, 1]), "tensor is damaged"),
        (
            "rank",
            tensor(
                shape: .init(repeating: 1, count: 17), strides: .init(repeating: 1, count: 17)),
            "tensor is damaged"
        ),
        (
            "storage larger than the file",
            tensor(claimed: .max, shape: [4], strides: [1], count: UInt64(UInt32.max)), "truncated"
        ),
        ("counts that differ", tensor(shape: [4], strides: [1], count: 3), "announced"),
        ("negative count", tensor(shape: [4], strides: [1], count: .max), "impossible size"),
        (
            "view beyond the storage",
            tensor(shape: [1], strides: [1], view: [0x4E, 0x4B, 3, 0x4B, 2, 0x87]),
            "storage view is damaged"
        ),
    ]

    @Test(arguments: tensors) func refusesTensor(_ name: String, _ bytes: [UInt8], _ text: String)
        throws
    {
        let error = try #require(try WeightsTestFiles.failure(of: bytes), "\(name) was accepted")
        #expect(error.description.contains(text), "\(name): \(error)")
    }
}
