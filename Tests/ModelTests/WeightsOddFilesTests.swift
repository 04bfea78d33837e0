import Foundation
import Testing

@testable import Model

/// Sound files that look unusual.
@Suite struct WeightsOddFilesTests {
    /// Writes the tensors of the demo model under other names or types, and more beside them.
    private func write(
        _ path: String, as type: TensorDataType = .float32, extra: [String: [Int]] = [:],
        renaming: (String) -> String = { $0 }
    ) throws {
        let demo = try Checkpoint.open(
            WeightsTestFiles.resource("yolact_shapes_0_11700.pth"))
        var tensors: [SafetensorsWriter.Tensor] = demo.tensors.map { tensor in
            .init(
                TensorDescription(
                    name: renaming(tensor.name), dataType: type, shape: tensor.shape)
            ) {
                let values = try demo.values(of: tensor.name, shape: tensor.shape)
                return switch type {
                case .float64: values.flatMap { Self.bytes(Double($0)) }
                case .float16: values.flatMap { Self.bytes(Float16($0)) }
                case .bfloat16: values.flatMap { Self.bytes(UInt16($0.bitPattern >> 16)) }
                default: values.flatMap { Self.bytes($0) }
                }
            }
        }
        tensors += extra.map { name, shape in
            .init(TensorDescription(name: name, dataType: .float32, shape: shape)) {
                [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
            }
        }
        try SafetensorsWriter().write(
            tensors.sorted { $0.description.name < $1.description.name }, to: path)
    }

    private static func bytes(_ value: some BitwiseCopyable) -> [UInt8] {
        withUnsafeBytes(of: value) { [UInt8]($0) }
    }

    private let demoChanges = ConfigurationChanges(
        inputSize: 256,
        anchors: .init(scales: YolactConfiguration.shapes.anchors.scales, areSquare: false),
        classNames: YolactConfiguration.shapes.classNames)

    @Test func leftoversOfOldFilesAreNotUsed() throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/old.safetensors"
            // Official files of early versions hold all of these.
            try write(
                path,
                extra: [
                    "fpn.downsample_layers.2.weight": [64, 64, 3, 3],
                    "fpn.downsample_layers.2.bias": [64],
                    "backbone.layer1.0.conv1.weight": [16, 16, 1, 1],
                    "backbone.layer1.0.bn1.running_mean": [16],
                    "backbone.layer4.1.conv3.weight": [512, 128, 1, 1],
                ])
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.description(of: "fpn.downsample_layers.2.bias") != nil)
            let found = try checkpoint.configuration(with: demoChanges)
            #expect(found.configuration.backbone == YolactConfiguration.shapes.backbone)
            try Network.check(found.configuration, checkpoint)

            // One more of the kind that is used is no leftover.
            let other = "\(directory)/other.safetensors"
            try write(other, extra: ["backbone.layers.0.7.conv1.weight": [16, 64, 1, 1]])
            let error = #expect(throws: ParameterMismatch.self) {
                try Network.check(.shapes, Checkpoint.open(other))
            }
            #expect(error?.unused == ["backbone.layers.0.7.conv1.weight"])
        }
    }

    @Test(arguments: [TensorDataType.float64, .float16, .bfloat16])
    func otherFloatsMakeTheSameNetwork(_ type: TensorDataType) throws {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/mine.safetensors"
            try write(path, as: type)
            let checkpoint = try Checkpoint.open(path)
            let demo = try Checkpoint.open(
                WeightsTestFiles.resource("yolact_shapes_0_11700.pth"))
            try Network.check(.shapes, checkpoint)
            for tensor in demo.tensors {
                let exact = try demo.values(of: tensor.name, shape: tensor.shape)
                let read = try checkpoint.values(of: tensor.name, shape: tensor.shape)
                let expected = exact.map { value -> Float in
                    switch type {
                    case .float16: Float(Float16(value))
                    case .bfloat16: Float(bitPattern: value.bitPattern & 0xFFFF_0000)
                    default: value
                    }
                }
                #expect(read == expected, "\(tensor.name)")
            }
        }
    }

    /// Where an entry of the zip format begins is nobody's promise.
    @Test(arguments: 0..<8, ["zip_types.pth", "zip_views.pth"])
    func entriesMayBeginAnywhere(_ shift: Int, _ file: String) throws {
        let bytes = Self.repacked(try WeightsTestFiles.bytes("weights/\(file)"), shift: shift)
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/a.pth"
            try WeightsTestFiles.write(bytes, to: path)
            let checkpoint = try Checkpoint.open(path)
            let expected = try #require(WeightsTorchTests.expected[file])
            #expect(checkpoint.tensors.count == expected.count)
            for (name, tensor) in expected {
                let values = try checkpoint.values(of: name, shape: tensor.shape)
                #expect(values == tensor.values.map { Float($0) }, "\(name) at \(shift)")
            }
        }
    }

    /// Any number of entries over the same bytes would take any time to check.
    @Test func entriesMustBeApart() throws {
        var bytes = Self.repacked(try WeightsTestFiles.bytes("weights/zip_views.pth"), shift: 0)
        #expect(try WeightsTestFiles.failure(of: bytes) == nil)
        func entry(_ suffix: String) throws -> Int {
            let name = try #require(bytes.lastRange(of: Array(suffix.utf8)))
            return try #require(
                bytes[..<name.lowerBound].lastRange(of: [0x50, 0x4B, 1, 2])
            ).lowerBound
        }
        let (first, second) = (try entry("/data/0"), try entry("/data/1"))
        // Sizes and place.
        for field in [20..<28, 42..<46] {
            for index in field { bytes[second + index] = bytes[first + index] }
        }
        let error = try #require(try WeightsTestFiles.failure(of: bytes))
        #expect(error.description.contains("overlaps another"))
    }

    /// A zip archive with the same entries and no checksums, each entry's bytes `shift` behind a multiple
    /// of 64.
    static func repacked(_ archive: [UInt8], shift: Int) -> [UInt8] {
        func number(_ at: Int, _ size: Int) -> Int {
            (0..<size).reduce(0) { $0 | Int(archive[at + $1]) << (8 * $1) }
        }
        func field(_ value: Int, _ size: Int) -> [UInt8] {
            (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let end = archive.count - 22
        var position = number(end + 16, 4)
        var output: [UInt8] = []
        var directory: [UInt8] = []
        for _ in 0..<number(end + 10, 2) {
            let size = number(position + 20, 4)
            let name = Array(archive[position + 46..<position + 46 + number(position + 28, 2)])
            let local = number(position + 42, 4)
            let data = local + 30 + number(local + 26, 2) + number(local + 28, 2)
            let start = output.count
            let padding = (128 + shift - (start + 30 + name.count) % 64) % 64
            let head = field(20, 2) + field(0, 6) + field(33, 2) + field(0, 4)
            output += field(0x0403_4B50, 4) + head + field(size, 4) + field(size, 4)
            output += field(name.count, 2) + field(padding, 2) + name
            output += [UInt8](repeating: 0, count: padding) + archive[data..<data + size]
            directory += field(0x0201_4B50, 4) + field(20, 2) + head + field(size, 4)
            directory += field(size, 4) + field(name.count, 2) + field(0, 12) + field(start, 4)
            directory += name
            position += 46 + name.count + number(position + 30, 2) + number(position + 32, 2)
        }
        let count = field(number(end + 10, 2), 2)
        return output + directory + field(0x0605_4B50, 4) + field(0, 4) + count + count
            + field(directory.count, 4) + field(output.count, 4) + field(0, 2)
    }
}

extension RandomAccessCollection where Element: Equatable {
    /// The last place where a sequence of elements stands.
    fileprivate func lastRange(of pattern: [Element]) -> Range<Index>? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].starts(with: pattern) {
                return start..<index(start, offsetBy: pattern.count)
            }
        }
        return nil
    }
}
