/// A PyTorch weights file (`.pth`), opened for reading: the legacy format of PyTorch before 1.6, in
/// which the official YOLACT weights are, and the zip format since.
///
/// Opening reads the description of the tensors with ``PickleMachine``, which runs nothing, and checks
/// that all elements of all tensors lie inside the file. Values are read when asked for.
struct TorchFile: Sendable {
    enum Format: Sendable { case legacy, zip }

    let format: Format
    /// The tensors of the state dict by name, without the `module.` that data-parallel training adds.
    let tensors: [String: StoredTensor]

    /// Reads a file of the zip format.
    init(zip file: MappedFile) throws(WeightsError) {
        let archive = try ZipArchive(file)
        let suffix = "data.pkl"
        let pickles = archive.names.filter { $0 == suffix || $0.hasSuffix("/" + suffix) }
        guard let name = pickles.min(by: { ($0.count, $0) < ($1.count, $1) }),
            let range = try archive.range(of: name)
        else {
            throw file.error(
                .notWeights, "the file is a zip archive, but not of PyTorch: it has no data.pkl")
        }
        let prefix = String(name.dropLast(suffix.count))
        if let order = try archive.range(of: prefix + "byteorder") {
            let text = String(decoding: file.bytes(order.prefix(16)), as: UTF8.self)
            guard text == "little" else {
                throw file.error(
                    .unsupported, at: order.lowerBound,
                    "the file's numbers are in the byte order \"\(text)\"; little is supported")
            }
        }
        var machine = PickleMachine(BinaryReader(file, range))
        let root = try machine.run()
        let tensors = try StateDictionary(root, machine.heap, file).tensors
        // Tensors may share a storage, which need not be looked at more than once.
        var ranges: [String: Range<Int>] = [:]
        self.tensors = try TorchStorages(file).resolve(tensors) {
            (storage) throws(WeightsError) in
            if let known = ranges[storage.key] { return known }
            let range = try archive.range(of: prefix + "data/" + storage.key)
            ranges[storage.key] = range
            return range
        }
        format = .zip
    }

    /// Reads a file of the legacy format: five pickles (magic number, protocol, system, the object, the
    /// keys of the storages), then the storages, each after its number of elements.
    init(legacy file: MappedFile) throws(WeightsError) {
        var position = 0
        func next() throws(WeightsError) -> (value: PickleValue, heap: PickleHeap) {
            var machine = PickleMachine(BinaryReader(file, position..<file.count))
            let value = try machine.run()
            position = machine.reader.position
            return (value, machine.heap)
        }

        guard case .bigInteger(Self.magic) = try next().value else {
            throw file.error(
                .notWeights, "the file is a Python pickle, but not a PyTorch weights file")
        }
        guard case .integer(1001) = try next().value else {
            throw file.error(.unsupported, "the file has an unknown PyTorch protocol version")
        }
        let system = try next()
        if case .bool(false)? = system.heap.dictionary(system.value)?["little_endian"] {
            throw file.error(.unsupported, "the file was written on a big-endian machine")
        }
        let root = try next()
        let tensors = try StateDictionary(root.value, root.heap, file).tensors
        let keys = try next()
        let storages = TorchStorages(file)
        let ranges = try storages.locate(
            keys.heap.sequence(keys.value), of: root.heap, from: position)
        self.tensors = try storages.resolve(tensors) { ranges[$0.key] }
        format = .legacy
    }

    /// 0x1950a86a20f9469cfc6c.
    private static let magic: [UInt8] = [
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
}
