/// Finds the named tensors in what a checkpoint's pickle holds: a state dict, or a dictionary that keeps
/// one beside the optimizer's state and other things.
struct StateDictionary {
    let tensors: [String: TorchTensor]

    /// Names under which training programs keep the state dict.
    static let wrappers = ["state_dict", "model_state_dict", "model", "net"]

    init(
        _ root: PickleValue, _ heap: PickleHeap, _ file: MappedFile
    ) throws(WeightsError) {
        guard case .dictionary = root else {
            throw file.error(
                .unsupported, "the file holds no dictionary of tensors; a state dict is needed")
        }
        guard var found = Self.find(root, heap, depth: 3) else {
            throw file.error(
                .unsupported,
                "the file's dictionary holds no tensors, neither by itself nor under "
                    + Self.wrappers.joined(separator: ", "))
        }
        let prefix = "module."
        // Twice at most: wrappers nest no deeper, and names of a hostile file can be long.
        for _ in 0..<2 where found.keys.allSatisfy({ $0.hasPrefix(prefix) && $0 != prefix }) {
            let stripped = found.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
            found = Dictionary(stripped) { first, _ in first }
        }
        tensors = found
    }

    private static func find(
        _ value: PickleValue, _ heap: PickleHeap, depth: Int
    ) -> [String: TorchTensor]? {
        guard depth > 0, let entries = heap.dictionary(value) else { return nil }
        for name in wrappers {
            if let inner = entries[name], let tensors = find(inner, heap, depth: depth - 1) {
                return tensors
            }
        }
        let tensors = entries.compactMapValues { value -> TorchTensor? in
            guard case .tensor(let index) = value else { return nil }
            return heap.tensors[index]
        }
        return tensors.isEmpty ? nil : tensors
    }
}
