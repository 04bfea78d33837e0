import Foundation
import OutputFiles

/// Writes safetensors files.
public struct SafetensorsWriter {
    /// A tensor to be written.
    public struct Tensor {
        /// Name, type and shape.
        public var description: TensorDescription
        /// Makes the little-endian bytes of the elements, row-major. Called when the tensor's turn
        /// comes, so that only one tensor at a time is in memory.
        public var bytes: () throws -> [UInt8]

        /// Creates a tensor.
        public init(_ description: TensorDescription, bytes: @escaping () throws -> [UInt8]) {
            self.description = description
            self.bytes = bytes
        }
    }

    /// Strings for the `__metadata__` of the header.
    public var metadata: [String: String]

    /// Creates a writer.
    public init(metadata: [String: String] = [:]) { self.metadata = metadata }

    /// Writes a file, first under a temporary name beside it.
    ///
    /// - Parameters:
    ///   - tensors: The tensors. They are stored by falling element size, then name, so that each is
    ///     aligned to its elements.
    ///   - path: The file to write.
    ///   - overwrite: Whether an existing file of that name is replaced; otherwise it is an error.
    /// - Throws: ``WeightsError`` if the file cannot be written; whatever a tensor's `bytes` throws.
    public func write(_ tensors: [Tensor], to path: String, overwrite: Bool = false) throws {
        let ordered = tensors.sorted {
            let (first, second) = ($0.description, $1.description)
            return (-first.dataType.byteCount, first.name) < (
                -second.dataType.byteCount, second.name
            )
        }
        let header = try header(of: ordered.map(\.description), path: path)
        do {
            let file = try OutputFile(path: path, replaces: overwrite)
            try write(ordered, header: header, to: file, path: path)
            _ = try file.publish()
        } catch let error as OutputFileError {
            throw WeightsError(error, path)
        }
    }

    private func write(
        _ tensors: [Tensor], header: [UInt8], to file: OutputFile, path: String
    ) throws {
        try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
        try header.withUnsafeBytes { try file.write($0) }
        for tensor in tensors {
            let bytes = try tensor.bytes()
            guard bytes.count == tensor.description.byteCount else {
                throw WeightsError(
                    .cannotWrite, path: path,
                    "tensor \(tensor.description.name) has \(bytes.count) bytes instead of "
                        + "\(tensor.description.byteCount)")
            }
            try bytes.withUnsafeBytes { try file.write($0) }
        }
    }

    private func header(of tensors: [TensorDescription], path: String) throws -> [UInt8] {
        var object: [String: any Encodable] = [:]
        if !metadata.isEmpty { object["__metadata__"] = metadata }
        var position = 0
        for tensor in tensors {
            guard let count = checkedElementCount(tensor.shape), object[tensor.name] == nil else {
                throw WeightsError(
                    .cannotWrite, path: path,
                    "tensor \(tensor.name) has an impossible shape or occurs twice")
            }
            let end = position + count * tensor.dataType.byteCount
            object[tensor.name] = Entry(
                dtype: tensor.dataType.rawValue, shape: tensor.shape, data_offsets: [position, end])
            position = end
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var header = [UInt8](try encoder.encode(object.mapValues(AnyEntry.init)))
        // Spaces bring the data to a multiple of eight bytes, as the format's own writer does.
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        guard header.count <= SafetensorsFile.maximumHeaderSize else {
            throw WeightsError(
                .cannotWrite, path: path, "the header would take \(header.count) bytes")
        }
        return header
    }

    private struct Entry: Encodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    private struct AnyEntry: Encodable {
        var value: any Encodable
        init(_ value: any Encodable) { self.value = value }
        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }
}

extension WeightsError {
    fileprivate init(_ error: OutputFileError, _ path: String) {
        self.init(
            .cannotWrite, path: path, "cannot \(error.operation.rawValue): \(error.reason)")
    }
}
