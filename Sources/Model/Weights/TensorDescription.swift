/// The element types that weights files store, by their names in safetensors.
public enum TensorDataType: String, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary64.
    case float64 = "F64"
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// The upper half of a binary32.
    case bfloat16 = "BF16"
    /// Signed, 64 bits.
    case int64 = "I64"
    /// Signed, 32 bits.
    case int32 = "I32"
    /// Signed, 16 bits.
    case int16 = "I16"
    /// Signed, 8 bits.
    case int8 = "I8"
    /// Unsigned, 64 bits.
    case uint64 = "U64"
    /// Unsigned, 32 bits.
    case uint32 = "U32"
    /// Unsigned, 16 bits.
    case uint16 = "U16"
    /// Unsigned, 8 bits.
    case uint8 = "U8"
    /// One byte, 0 or 1.
    case bool = "BOOL"

    /// Bytes an element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }
}

/// Name, element type and shape of a tensor in a weights file.
public struct TensorDescription: Sendable, Hashable {
    /// The name, such as `backbone.layers.0.0.conv1.weight`.
    public var name: String
    /// How the file stores the elements.
    public var dataType: TensorDataType
    /// Sizes of the dimensions, outermost first; empty for a scalar.
    public var shape: [Int]

    /// Creates a description.
    public init(name: String, dataType: TensorDataType, shape: [Int]) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
    }

    /// Number of elements.
    public var elementCount: Int { shape.reduce(1, *) }
    /// Bytes that the elements take when stored densely.
    public var byteCount: Int { elementCount * dataType.byteCount }
}

/// The number of elements of a shape, or nil if a dimension is negative or the number of bytes of
/// 8-byte elements would not fit an integer.
func checkedElementCount(_ shape: [Int]) -> Int? {
    var count = 1
    // A zero elsewhere must not hide a product that overflows: multiply what is not zero.
    for dimension in shape where dimension != 0 {
        let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
        guard dimension > 0, !overflow, product <= Int.max / 8 else { return nil }
        count = product
    }
    return shape.contains(0) ? 0 : count
}
