/// What a pickle of a weights file can hold.
///
/// Containers are numbers of entries in a ``PickleHeap``, not references: however deep or circular a
/// hostile pickle nests them, nothing recurses when they are freed, and nothing leaks.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    /// A whole number of more than 64 bits, little-endian two's complement.
    case bigInteger([UInt8])
    case number(Double)
    case string(String)
    case bytes(Range<Int>)
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    case foreign(ForeignObject)
}

/// A Python object that describes no tensor: a NumPy scalar, an optimizer's settings, a class of the training
/// program's own. It is never made; what would be its contents is dropped as it is read.
struct ForeignObject: Equatable {
    /// The global that it is made with.
    var name: String
    /// Whether that is a class that it is an instance of, and not a function that returned it.
    var isInstance = false
}

/// The contents of the containers of one pickle.
struct PickleHeap {
    /// Lists, sets and tuples.
    var sequences: [[PickleValue]] = []
    /// Dictionaries as pairs in order; a later pair replaces an earlier one of the same key.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [TorchStorageReference] = []
    var tensors: [TorchTensor] = []
    /// The first globals that mean nothing here, in the order of the file.
    private(set) var foreignNames: [String] = []

    /// Names that are kept for people.
    private static let maximumForeignNames = 8

    mutating func noteForeign(_ name: String) {
        guard foreignNames.count < Self.maximumForeignNames, !foreignNames.contains(name) else {
            return
        }
        foreignNames.append(name)
    }

    /// More dimensions than any tensor of a network has.
    static let maximumRank = 16

    /// The elements of a list or tuple.
    func sequence(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let index), .tuple(let index): sequences[index]
        default: nil
        }
    }

    /// The entries of a dictionary that have a string for key, the last one of each.
    func dictionary(_ value: PickleValue) -> [String: PickleValue]? {
        guard case .dictionary(let index) = value else { return nil }
        var entries: [String: PickleValue] = [:]
        for (key, value) in dictionaries[index] {
            if case .string(let name) = key { entries[name] = value }
        }
        return entries
    }

    /// The elements of a list or tuple of sizes, at most ``maximumRank``: these are copied, and a pickle
    /// can refer to one long list many times.
    func sizes(_ value: PickleValue) -> [Int]? {
        guard let elements = sequence(value), elements.count <= Self.maximumRank else { return nil }
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}

/// A reference to a storage, the one-dimensional array of elements that PyTorch tensors are views of.
struct TorchStorageReference: Equatable, Sendable {
    /// Identifies the storage within the file.
    var key: String
    /// Type of its elements; nil for an untyped storage, whose elements are bytes.
    var dataType: TensorDataType?
    /// Its elements.
    var count: Int
    /// The part of it that is meant, in elements: storages of the legacy format may be views.
    var view: Range<Int>

    /// Bytes an element.
    var elementSize: Int { dataType?.byteCount ?? 1 }
}

/// A tensor as the pickle describes it; not yet checked against its storage.
struct TorchTensor {
    var storage: TorchStorageReference
    var dataType: TensorDataType
    /// The first element's place in the storage, in elements.
    var offset: Int
    var shape: [Int]
    var strides: [Int]
    /// Where in the file it is described, for errors.
    var position: Int
}
