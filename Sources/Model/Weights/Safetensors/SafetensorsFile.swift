/// A safetensors file, opened for reading.
///
/// Opening reads the header only and checks all of it: that it and every tensor lie inside the file,
/// that sizes are those of shape and type, that tensors neither overlap nor leave gaps, and that no name
/// occurs twice. Values are read from the mapped file when asked for.
public struct SafetensorsFile: Sendable {
    /// The largest header that the format allows, in bytes.
    public static let maximumHeaderSize = 100_000_000

    /// The file.
    public let path: String
    /// The `__metadata__` of the header.
    public let metadata: [String: String]
    /// All tensors in the order of their data.
    public let tensors: [TensorDescription]

    let stored: [String: StoredTensor]

    /// Opens a file and checks its header.
    public init(path: String) throws(WeightsError) {
        try self.init(try MappedFile(path: path))
    }

    init(_ file: MappedFile) throws(WeightsError) {
        var reader = BinaryReader(file, 0..<file.count)
        let length = try reader.size(UInt64.self, "the header's length")
        guard length <= Self.maximumHeaderSize else {
            throw file.error(
                .corrupted, at: 0,
                "the header claims \(length) bytes; \(Self.maximumHeaderSize) are allowed")
        }
        let headerRange = try reader.take(length, "the safetensors header")
        var parser = SafetensorsHeaderParser(file, range: headerRange)
        let header = try parser.parse()
        let entries = header.entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }

        var stored: [String: StoredTensor] = [:]
        var position = 0
        for entry in entries {
            let tensor = try Self.tensor(entry, file: file, dataStart: headerRange.upperBound)
            guard entry.begin == position else {
                throw file.error(
                    .corrupted, at: headerRange.upperBound + entry.begin,
                    entry.begin < position
                        ? "tensor \(entry.name) overlaps the one before"
                        : "there is a gap of \(entry.begin - position) bytes before \(entry.name)")
            }
            position = entry.end
            stored[entry.name] = tensor
        }
        guard position == reader.remaining else {
            throw file.error(
                .corrupted, at: headerRange.upperBound + position,
                "\(reader.remaining - position) bytes after the last tensor belong to none")
        }
        path = file.path
        metadata = header.metadata
        tensors = entries.compactMap { stored[$0.name]?.description }
        self.stored = stored
    }

    private static func tensor(
        _ entry: SafetensorsHeader.Entry, file: MappedFile, dataStart: Int
    ) throws(WeightsError) -> StoredTensor {
        let name = entry.name
        guard let dataType = TensorDataType(rawValue: entry.dataType) else {
            throw file.error(
                .unsupported, "tensor \(name) has the unsupported type \(entry.dataType)")
        }
        guard entry.begin <= entry.end else {
            throw file.error(.corrupted, "tensor \(name) ends before it begins")
        }
        guard entry.end <= file.count - dataStart else {
            throw file.error(
                .truncated, at: dataStart,
                "the file is truncated: tensor \(name) ends \(entry.end) bytes after the header, "
                    + "\(file.count - dataStart) are there")
        }
        let count = checkedElementCount(entry.shape)
        guard let count, count * dataType.byteCount == entry.end - entry.begin else {
            throw file.error(
                .corrupted, at: dataStart + entry.begin,
                "tensor \(name) of type \(entry.dataType) and shape \(entry.shape) does not fill "
                    + "the \(entry.end - entry.begin) bytes it has")
        }
        return StoredTensor(
            TensorDescription(name: name, dataType: dataType, shape: entry.shape), file: file,
            start: dataStart + entry.begin)
    }
}

extension SafetensorsFile {
    /// The tensor of that name, if there is one.
    public func description(of name: String) -> TensorDescription? { stored[name]?.description }

    /// The elements of a tensor as 32-bit floats, row-major; every other type is converted.
    public func floats(_ name: String) throws(WeightsError) -> [Float] {
        try tensor(name).floats()
    }

    /// The elements of an F64 tensor, row-major.
    public func doubles(_ name: String) throws(WeightsError) -> [Double] {
        try tensor(name, .float64).elements(as: Double.self) { $0 }
    }

    /// The elements of an I32 tensor, row-major.
    public func int32s(_ name: String) throws(WeightsError) -> [Int32] {
        try tensor(name, .int32).elements(as: Int32.self) { $0 }
    }

    /// The elements of a U8 tensor, row-major.
    public func bytes(_ name: String) throws(WeightsError) -> [UInt8] {
        try tensor(name, .uint8).elements(as: UInt8.self) { $0 }
    }

    private func tensor(
        _ name: String, _ dataType: TensorDataType? = nil
    ) throws(WeightsError) -> StoredTensor {
        guard let tensor = stored[name] else {
            throw WeightsError(.noSuchTensor, path: path, "there is no tensor \(name)")
        }
        let found = tensor.description.dataType
        guard dataType == nil || dataType == found else {
            throw WeightsError(
                .noSuchTensor, path: path,
                "tensor \(name) is of type \(found.rawValue), not \(dataType?.rawValue ?? "")")
        }
        return tensor
    }
}
