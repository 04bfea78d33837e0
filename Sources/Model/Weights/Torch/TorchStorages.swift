/// Finds the storages of a PyTorch file and checks that its tensors lie inside them.
struct TorchStorages {
    private let file: MappedFile

    init(_ file: MappedFile) { self.file = file }

    /// Elements that a tensor may have beyond those of its storage, by strides that read elements more
    /// than once (`expand`). What lies in a file would otherwise not bound what reading it allocates.
    static let maximumRepeatedElements = 1 << 20

    /// Where the storages of a legacy file lie: from `position` on, in the order of `keys`, each after
    /// the number of its elements.
    func locate(
        _ keys: [PickleValue]?, of heap: PickleHeap, from position: Int
    ) throws(WeightsError) -> [String: Range<Int>] {
        var references: [String: TorchStorageReference] = [:]
        for storage in heap.storages {
            let known = references[storage.key]
            guard
                known == nil || known?.dataType == storage.dataType && known?.count == storage.count
            else {
                throw file.error(.corrupted, "storage \(storage.key) is described in two ways")
            }
            references[storage.key] = storage
        }
        guard let keys else {
            throw file.error(.corrupted, at: position, "the list of storages is damaged")
        }
        var reader = BinaryReader(file, position..<file.count)
        var ranges: [String: Range<Int>] = [:]
        for key in keys {
            guard case .string(let key) = key, let storage = references[key], ranges[key] == nil
            else {
                throw file.error(
                    .corrupted, at: position, "the list of storages names one that no tensor uses")
            }
            let what = "storage \(key)"
            let start = reader.position
            let count = try reader.size(Int64.self, what)
            guard count == storage.count else {
                throw file.error(
                    .corrupted, at: start,
                    "\(what) has \(count) elements where \(storage.count) were announced")
            }
            let (size, overflow) = count.multipliedReportingOverflow(by: storage.elementSize)
            guard !overflow else { throw file.error(.corrupted, at: start, "\(what) is too large") }
            ranges[key] = try reader.take(size, what)
        }
        return ranges
    }

    /// Places the tensors in the file, given the bytes of each storage.
    func resolve(
        _ tensors: [String: TorchTensor],
        _ range: (TorchStorageReference) throws(WeightsError) -> Range<Int>?
    ) throws(WeightsError) -> [String: StoredTensor] {
        var stored: [String: StoredTensor] = [:]
        var total = 0
        // In order, so that of several faults the same one is reported each time.
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard let bytes = try range(tensor.storage) else {
                throw file.error(
                    .corrupted, at: tensor.position,
                    "storage \(tensor.storage.key) of tensor \(name) is not in the file")
            }
            let placed = try place(name, tensor, in: bytes)
            stored[name] = placed
            total += placed.description.byteCount
            // Tensors may share storages, but a file does not hold its size many times over.
            guard total / 16 <= file.count + Self.maximumRepeatedElements else {
                throw file.error(.corrupted, "the tensors claim far more bytes than the file has")
            }
        }
        return stored
    }

    private func place(
        _ name: String, _ tensor: TorchTensor, in bytes: Range<Int>
    ) throws(WeightsError) -> StoredTensor {
        func damaged(_ detail: String) -> WeightsError {
            file.error(.corrupted, at: tensor.position, "tensor \(name) \(detail)")
        }
        let storage = tensor.storage
        let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.elementSize)
        guard !overflow, size == bytes.count else {
            throw damaged(
                "is in a storage of \(storage.count) elements, but the file has "
                    + "\(bytes.count) bytes of it")
        }
        let elementSize = tensor.dataType.byteCount
        let available = storage.view.count * storage.elementSize / elementSize
        guard let count = checkedElementCount(tensor.shape) else {
            throw damaged("has the impossible shape \(tensor.shape)")
        }
        guard count <= available || count <= Self.maximumRepeatedElements else {
            throw damaged("has more elements than its storage: \(count) instead of \(available)")
        }
        if count > 0 {
            // Room for indices up to the last element; each step is bounded by the room left.
            var room = available - 1 - tensor.offset
            for (dimension, stride) in zip(tensor.shape, tensor.strides) {
                let (reach, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
                guard !overflow, reach <= room else { room = -1; break }
                room -= reach
            }
            guard room >= 0 else { throw damaged("reaches beyond its storage") }
        }
        let first = storage.view.lowerBound * storage.elementSize
        return StoredTensor(
            TensorDescription(name: name, dataType: tensor.dataType, shape: tensor.shape),
            file: file,
            start: bytes.lowerBound + first + (count > 0 ? tensor.offset : 0) * elementSize,
            strides: tensor.strides)
    }
}
