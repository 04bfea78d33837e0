/// The Python globals that a weights file may name. Each is given a meaning here; none is ever looked up
/// in, or run by, any Python.
enum PickleGlobal: Equatable {
    /// `collections.OrderedDict`, a dictionary.
    case orderedDictionary
    /// `collections.Counter`, which learning-rate schedulers keep beside the weights; a dictionary.
    case counter
    /// `torch.Size`, a tuple.
    case size
    /// `torch._utils._rebuild_tensor`, `_rebuild_tensor_v2`: a view of a typed storage.
    case rebuildTensor
    /// `torch._utils._rebuild_tensor_v3`: a view, of a stated type, of an untyped storage.
    case rebuildTensorOfType
    /// `torch._utils._rebuild_parameter` and `_rebuild_parameter_with_state`: a tensor.
    case rebuildParameter
    /// A storage class of `torch`; nil is the untyped storage.
    case storageType(TensorDataType?)
    /// A `torch.dtype`.
    case dataType(TensorDataType)

    /// The meaning of a global, or nil if it is not one of the list.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("collections", "Counter"): self = .counter
        case ("torch", "Size"): self = .size
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
            self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorOfType
        case ("torch._utils", "_rebuild_parameter"),
            ("torch._utils", "_rebuild_parameter_with_state"):
            self = .rebuildParameter
        case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"):
            self = .storageType(nil)
        case ("torch", let name):
            if let type = Self.storageTypes[name] {
                self = .storageType(type)
            } else if let type = Self.dataTypes[name] {
                self = .dataType(type)
            } else {
                return nil
            }
        default: return nil
        }
    }

    private static let storageTypes: [String: TensorDataType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
        "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
        "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    private static let dataTypes: [String: TensorDataType] = [
        "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
        "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64,
        "uint32": .uint32, "uint16": .uint16, "uint8": .uint8, "bool": .bool,
    ]
}
