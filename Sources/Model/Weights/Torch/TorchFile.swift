/// A PyTorch weights file (`.pth`), opened for reading: the legacy format of PyTorch before 1.6, in
/// which the official YOLACT weights are, and the zip format since.
///
/// Opening reads the description of the tensors with ``PickleMachine``, which runs nothing, and checks
/// that all elements of all tensors lie inside the file. Values are read when asked for.
struct TorchFile: Sendable {
    enum Format: Sendable { case legacy, zip }

    let format: Format
    /// The tensors of the state dict by name, without what training programs put in front.
    let tensors: [String: StoredTensor]
    /// Which of several networks in the file this is, for people; nil if there is one.
    let choice: String?
    /// The first Python objects that the file asks for and that are no tensors. None of them was made.
    let foreignObjects: [String]

    /// Reads a file of the zip format.
    init(zip file: MappedFile) throws(WeightsError) {
        let archive = try ZipArchive(file)
        let suffix = "data.pkl"
        if archive.names.contains(where: { $0 == "constants.pkl" || $0.hasSuffix("/constants.pkl") }
        ) {
            throw file.error(
                .unsupported,
                "the file is a TorchScript archive, which holds a program; save its weights alone: "
                    + "python3 -c \"import torch; torch.save(torch.jit.load('\(file.path)', "
                    + "map_location='cpu').state_dict(), 'weights.pth')\"")
        }
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
        var machine = PickleMachine(BinaryReader(file, range), toleratesForeignObjects: true)
        let root = try machine.run()
        let state = try StateDictionary(root, machine.heap, file)
        // Tensors may share a storage, which need not be looked at more than once.
        var ranges: [String: Range<Int>] = [:]
        tensors = try TorchStorages(file).resolve(state.tensors) {
            (storage) throws(WeightsError) in
            if let known = ranges[storage.key] { return known }
            let range = try archive.range(of: prefix + "data/" + storage.key)
            ranges[storage.key] = range
            return range
        }
        format = .zip
        choice = state.choice
        foreignObjects = machine.heap.foreignNames
    }

    /// Reads a file of the legacy format: five pickles (magic number, protocol, system, the object, the
    /// keys of the storages), then the storages, each after its number of elements.
    init(legacy file: MappedFile) throws(WeightsError) {
        var position = 0
        func next(
            isObject: Bool = false
        ) throws(WeightsError) -> (value: PickleValue, heap: PickleHeap) {
            var machine = PickleMachine(
                BinaryReader(file, position..<file.count), toleratesForeignObjects: isObject)
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
        let root = try next(isObject: true)
        let state = try StateDictionary(root.value, root.heap, file)
        let keys = try next()
        let storages = TorchStorages(file)
        let ranges = try storages.locate(
            keys.heap.sequence(keys.value), of: root.heap, from: position)
        tensors = try storages.resolve(state.tensors) { ranges[$0.key] }
        format = .legacy
        choice = state.choice
        foreignObjects = root.heap.foreignNames
    }

    /// 0x1950a86a20f9469cfc6c.
    private static let magic: [UInt8] = [
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
}
