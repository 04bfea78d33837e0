extension PickleMachine {
    /// What calling a global of the list with these arguments means. Nothing else is called: what another
    /// global would return is as foreign as itself.
    mutating func call(
        _ function: PickleValue, _ arguments: PickleValue
    ) throws(WeightsError) -> PickleValue {
        if case .foreign = function, case .tuple = arguments { return function }
        guard case .global(let global) = function, case .tuple(let index) = arguments else {
            throw error(.corrupted, "the pickle calls something that is no function")
        }
        let arguments = heap.sequences[index]
        switch global {
        case .orderedDictionary, .counter: return try makeDictionary(arguments)
        case .size:
            guard let first = arguments.first, heap.sizes(first) != nil else {
                throw damaged("size")
            }
            return first
        case .rebuildTensor: return try rebuildTensor(arguments, dataType: nil)
        case .rebuildTensorOfType:
            guard arguments.count >= 7 else { throw damaged("tensor") }
            if case .foreign = arguments[6] { return arguments[6] }
            guard case .global(.dataType(let type)) = arguments[6] else { throw damaged("tensor") }
            return try rebuildTensor(arguments, dataType: type)
        case .rebuildParameter:
            switch arguments.first {
            case .tensor(let index): return .tensor(index)
            case .foreign(let object): return .foreign(object)
            default: throw damaged("parameter")
            }
        case .storageType, .dataType: throw damaged("type")
        }
    }

    /// `OrderedDict()`, `OrderedDict([(key, value), ...])` as Python 2 wrote it, or `Counter({...})`.
    private mutating func makeDictionary(
        _ arguments: [PickleValue]
    ) throws(WeightsError) -> PickleValue {
        guard let first = arguments.first else { return addDictionary([]) }
        if case .dictionary = first { return first }
        guard let items = heap.sequence(first) else { throw damaged("dictionary") }
        try spend(items.count)
        var entries: [(key: PickleValue, value: PickleValue)] = []
        for item in items {
            guard let pair = heap.sequence(item), pair.count == 2 else {
                throw damaged("dictionary")
            }
            entries.append((pair[0], pair[1]))
        }
        return addDictionary(entries)
    }

    /// `(storage, offset, shape, strides, ...)`.
    private mutating func rebuildTensor(
        _ arguments: [PickleValue], dataType: TensorDataType?
    ) throws(WeightsError) -> PickleValue {
        // Of elements of a type that is not known here.
        if case .foreign? = arguments.first { return arguments[0] }
        guard arguments.count >= 4, case .storage(let index) = arguments[0],
            case .integer(let offset) = arguments[1], offset >= 0,
            let shape = heap.sizes(arguments[2]), let strides = heap.sizes(arguments[3]),
            shape.count == strides.count
        else { throw damaged("tensor") }
        let storage = heap.storages[index]
        guard let type = dataType ?? storage.dataType,
            dataType == nil || storage.dataType == nil
        else { throw damaged("tensor") }
        heap.tensors.append(
            TorchTensor(
                storage: storage, dataType: type, offset: offset, shape: shape, strides: strides,
                position: reader.position))
        return .tensor(heap.tensors.count - 1)
    }

    /// The persistent identifier `("storage", type, key, location, count)` and, in the legacy format,
    /// None or the view `(key, offset, count)` of that storage.
    mutating func storage(_ identifier: PickleValue) throws(WeightsError) -> PickleValue {
        guard let parts = heap.sequence(identifier) else { throw damaged("storage") }
        // ("module", class, source file, source) stands for a class of a network that was saved whole.
        if parts.count == 4, case .string("module") = parts[0], case .foreign = parts[1] {
            return parts[1]
        }
        if parts.count > 1, case .string("storage") = parts[0], case .foreign = parts[1] {
            return parts[1]
        }
        guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0],
            case .global(.storageType(let type)) = parts[1],
            case .string(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
        else { throw damaged("storage") }
        var view = 0..<count
        if parts.count == 6, let part = heap.sequence(parts[5]) {
            guard part.count == 3, case .integer(let start) = part[1],
                case .integer(let length) = part[2], start >= 0, length >= 0,
                start <= count, length <= count - start
            else { throw damaged("storage view") }
            view = start..<start + length
        }
        heap.storages.append(
            TorchStorageReference(key: key, dataType: type, count: count, view: view))
        return .storage(heap.storages.count - 1)
    }

    private func damaged(_ what: String) -> WeightsError {
        error(.corrupted, "the description of a \(what) is damaged")
    }
}
