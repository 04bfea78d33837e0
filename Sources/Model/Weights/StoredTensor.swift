/// Where the elements of a tensor lie in a mapped file. Whoever creates one has checked that every
/// element lies inside the file.
struct StoredTensor: Sendable {
    let description: TensorDescription
    let file: MappedFile
    /// Offset of the first element in bytes.
    let start: Int
    /// Distances between neighbours of each dimension in elements; nil if stored densely, row by row.
    let strides: [Int]?

    init(_ description: TensorDescription, file: MappedFile, start: Int, strides: [Int]? = nil) {
        self.description = description
        self.file = file
        self.start = start
        self.strides = strides.flatMap {
            Self.isDense(description.shape, strides: $0) ? nil : $0
        }
    }

    /// The same values under another name.
    func named(_ name: String) -> StoredTensor {
        let renamed = TensorDescription(
            name: name, dataType: description.dataType, shape: description.shape)
        return StoredTensor(renamed, file: file, start: start, strides: strides)
    }

    private static func isDense(_ shape: [Int], strides: [Int]) -> Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// All elements as 32-bit floats, row-major; wider numbers are rounded to nearest.
    ///
    /// The pages that they were read from are given back: a network copies each tensor once, and its
    /// weights would be in memory twice.
    func floats() -> [Float] {
        defer {
            if strides == nil {
                file.forget(start..<start + description.byteCount)
            }
        }
        return convertedElements()
    }

    private func convertedElements() -> [Float] {
        switch description.dataType {
        case .float64: elements(as: Double.self) { Float($0) }
        case .float32: elements(as: Float.self) { $0 }
        case .float16: elements(as: Float16.self) { Float($0) }
        case .bfloat16: elements(as: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: elements(as: Int64.self) { Float($0) }
        case .int32: elements(as: Int32.self) { Float($0) }
        case .int16: elements(as: Int16.self) { Float($0) }
        case .int8: elements(as: Int8.self) { Float($0) }
        case .uint64: elements(as: UInt64.self) { Float($0) }
        case .uint32: elements(as: UInt32.self) { Float($0) }
        case .uint16: elements(as: UInt16.self) { Float($0) }
        case .uint8, .bool: elements(as: UInt8.self) { Float($0) }
        }
    }

    /// All elements, row-major, read as `Element` and passed through `convert`.
    @inline(__always)
    func elements<Element: BitwiseCopyable, Result>(
        as _: Element.Type, _ convert: (Element) -> Result
    ) -> [Result] {
        let count = description.elementCount
        guard count > 0 else { return [] }
        let size = MemoryLayout<Element>.size
        let shape = description.shape
        let strides = self.strides
        let span = strides.map { zip(shape, $0).reduce(1) { $0 + ($1.0 - 1) * $1.1 } } ?? count
        return file.withBytes(start..<start + span * size) { bytes in
            [Result](unsafeUninitializedCapacity: count) { output, written in
                let target = output.baseAddress!
                func copyRow(_ length: Int, from first: Int, stride: Int, to row: Int) {
                    for column in 0..<length {
                        let offset = (first + column * stride) * size
                        (target + row + column).initialize(
                            to: convert(
                                bytes.loadUnaligned(fromByteOffset: offset, as: Element.self)))
                    }
                }
                if let strides {
                    let rowLength = shape[shape.count - 1]
                    var index = [Int](repeating: 0, count: shape.count - 1)
                    for row in stride(from: 0, to: count, by: rowLength) {
                        let first = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
                        copyRow(rowLength, from: first, stride: strides[index.count], to: row)
                        var dimension = index.count - 1
                        while dimension >= 0 {
                            index[dimension] += 1
                            if index[dimension] < shape[dimension] { break }
                            index[dimension] = 0
                            dimension -= 1
                        }
                    }
                } else {
                    copyRow(count, from: 0, stride: 1, to: 0)
                }
                written = count
            }
        }
    }
}
