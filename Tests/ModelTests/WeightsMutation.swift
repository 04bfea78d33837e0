import Foundation

@testable import Model

/// Damages weights files in the ways that disks, networks and attackers do.
struct WeightsMutation {
    /// A file to damage.
    struct Sample: Sendable {
        var name: String
        var bytes: [UInt8]
        /// Whether it is a zip archive, whose checksums may be taken out.
        var isZip: Bool
    }

    private let samples: [Sample]
    private var generator: SplitMix

    init(_ samples: [Sample], seed: UInt64) {
        self.samples = samples
        generator = SplitMix(state: seed)
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// The file of a number, with one to six damages.
    mutating func next(_ number: Int) -> (sample: Sample, bytes: [UInt8]) {
        let sample = samples[number % samples.count]
        var bytes = sample.bytes
        // With checksums nearly all damage would end there.
        if sample.isZip && pick(8) > 0 { Self.removeChecksums(&bytes) }
        for _ in 0...pick(6) { damage(&bytes) }
        return (sample, bytes)
    }

    private mutating func pick(_ count: Int) -> Int {
        Int(generator.next() % UInt64(max(1, count)))
    }

    /// Descriptions lie at one end or the other, numbers in between: ends are hit more often.
    private mutating func place(_ bytes: [UInt8]) -> Int {
        switch pick(3) {
        case 0: pick(min(bytes.count, 1024))
        case 1: bytes.count - 1 - pick(min(bytes.count, 1024))
        default: pick(bytes.count)
        }
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = place(bytes)
        let end = min(bytes.count, place + 1 + pick(64))
        switch pick(12) {
        case 0, 1, 2: bytes[place] ^= 1 << UInt8(pick(8))
        case 3: bytes[place] = UInt8(pick(256))
        case 4: bytes[place] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][pick(6)]
        case 5, 6: overwrite(&bytes, at: place)
        case 7: bytes.removeSubrange(place..<end)
        case 8: bytes.insert(contentsOf: bytes[place..<end], at: self.place(bytes))
        case 9:
            // Another file's bytes, instructions and numbers among them.
            let other = samples[pick(samples.count)].bytes
            let start = pick(other.count)
            let part = other[start..<min(other.count, start + 1 + pick(64))]
            bytes.replaceSubrange(place..<min(bytes.count, place + part.count), with: part)
        case 10: for index in place..<end { bytes[index] = UInt8(pick(256)) }
        default: if pick(4) == 0 { bytes.removeLast(bytes.count - place) }
        }
    }

    /// A number at the edge of its range in place of what is there.
    private mutating func overwrite(_ bytes: inout [UInt8], at place: Int) {
        let size = [2, 4, 8][pick(3)]
        let length = UInt64(bytes.count)
        let value = [
            0, 1, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, 1 << 62,
            UInt64(Int64.max), .max, .max - 7, length, length - 1, length + 1, length / 4,
        ][pick(16)]
        for index in 0..<size where place + index < bytes.count {
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    /// Sets the checksums in a zip directory to 0, which stands for none.
    static func removeChecksums(_ bytes: inout [UInt8]) {
        for start in 0..<max(0, bytes.count - 46)
        where bytes[start] == 0x50 && bytes[start + 1] == 0x4B && bytes[start + 2] == 1
            && bytes[start + 3] == 2
        {
            for index in 16..<20 { bytes[start + index] = 0 }
        }
    }
}

extension WeightsMutation {
    /// Files of every format; legacy and zip ones of PyTorch, and safetensors.
    static func samples() throws -> [Sample] {
        let names = [
            "legacy.pth", "legacy_cuda.pth", "legacy_module.pth", "legacy_optimizer.pth",
            "legacy_storage_views.pth", "legacy_types.pth", "legacy_views.pth", "zip.pth",
            "zip64.pth", "zip_optimizer.pth", "zip_parameters.pth", "zip_protocol4.pth",
            "zip_types.pth", "zip_untyped_storage.pth", "zip_views.pth", "zip_training.pth",
            "legacy_training.pth", "zip_several.pth",
        ]
        let torch = try names.map { name in
            Sample(
                name: name, bytes: try WeightsTestFiles.bytes("weights/\(name)"),
                isZip: name.hasPrefix("zip"))
        }
        return try torch + [
            safetensors("small.safetensors", metadata: ["format": "pt"]),
            safetensors(
                "configured.safetensors",
                metadata: [Checkpoint.configurationKey: YolactConfiguration.shapes.json()]),
            // As often as the other two formats.
            safetensors("plain.safetensors", metadata: [:]),
            safetensors("text.safetensors", metadata: ["ü \"\\": "\u{1F600}\n"]),
            Sample(
                name: "variant.safetensors",
                bytes: try WeightsTestFiles.bytes("variants/constant.safetensors"), isZip: false),
        ]
    }

    /// A file with tensors of all types.
    private static func safetensors(
        _ name: String, metadata: [String: String]
    ) throws -> Sample {
        try WeightsTestFiles.withDirectory { directory in
            let path = "\(directory)/\(name)"
            try SafetensorsWriter(metadata: metadata).write(
                TensorDataType.allCases.enumerated().map { index, type in
                    .init(
                        TensorDescription(
                            name: "backbone.layers.\(index).weight", dataType: type, shape: [2, 3])
                    ) { [UInt8](repeating: 7, count: 6 * type.byteCount) }
                }, to: path)
            return Sample(
                name: name, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))),
                isZip: false)
        }
    }
}
