/// Finds the named tensors in what a checkpoint's pickle holds: a state dict, or dictionaries that keep one
/// beside the optimizer's state and other things, under whatever names.
struct StateDictionary {
    /// The tensors, by names without what all of them begin with.
    let tensors: [String: TorchTensor]
    /// Which of several networks they are, for people; nil if there is one.
    let choice: String?

    /// Dictionaries that dictionaries are looked for in. Deeper ones are no training program's.
    private static let maximumDepth = 4

    init(
        _ root: PickleValue, _ heap: PickleHeap, _ file: MappedFile
    ) throws(WeightsError) {
        if case .foreign(let object) = root { throw Self.refusal(of: object, key: nil, heap, file) }
        guard case .dictionary = root else {
            throw file.error(
                .unsupported, "the file holds no dictionary of tensors; a state dict is needed")
        }
        let search = DictionarySearch(root, heap, maximumDepth: Self.maximumDepth)
        let candidates = search.found.enumerated().flatMap { index, found in
            NetworkNames.prefixes(of: found.names).map { Candidate(index, $0) }
        }
        if let best = candidates.first {
            let names = search.found[best.index].names.filter { $0.hasPrefix(best.prefix) }
            tensors = Self.tensors(names, search.found[best.index], heap, dropping: best.prefix)
            let places = candidates.prefix(8).map { search.place($0.index, $0.prefix) }
            choice =
                places.count == 1
                ? nil
                : "the weights are those of \(places[0]); there are others in "
                    + places.dropFirst().joined(separator: ", ")
            return
        }
        // No network of YOLACT's; the errors about it shall name what looks most like one.
        guard
            let largest = search.found.indices.max(by: {
                (search.found[$0].names.count, -$0) < (search.found[$1].names.count, -$1)
            })
        else { throw Self.noTensors(root, heap, file) }
        let names = search.found[largest].names
        tensors = Self.tensors(
            names, search.found[largest], heap, dropping: NetworkNames.sharedPrefix(of: names))
        choice = nil
    }

    /// A dictionary with a network in it, and what the network's names begin with there.
    private struct Candidate {
        var index: Int
        var prefix: String

        init(_ index: Int, _ prefix: String) {
            self.index = index
            self.prefix = prefix
        }
    }

    private static func tensors(
        _ names: [String], _ found: DictionarySearch.Found, _ heap: PickleHeap,
        dropping prefix: String
    ) -> [String: TorchTensor] {
        var tensors: [String: TorchTensor] = [:]
        for name in names {
            if let index = found.tensors[name] {
                tensors[String(name.dropFirst(prefix.count))] = heap.tensors[index]
            }
        }
        return tensors
    }

    // MARK: Errors

    private static func noTensors(
        _ root: PickleValue, _ heap: PickleHeap, _ file: MappedFile
    ) -> WeightsError {
        let objects = (heap.dictionary(root) ?? [:]).sorted { $0.key < $1.key }.compactMap {
            key, value -> (key: String, object: ForeignObject)? in
            guard case .foreign(let object) = value else { return nil }
            return (key, object)
        }
        if let found = objects.first(where: \.object.isInstance) ?? objects.first {
            return refusal(of: found.object, key: found.key, heap, file)
        }
        return file.error(
            .unsupported, "the file's dictionary holds no tensors, nor do those inside of it")
    }

    private static func refusal(
        of object: ForeignObject, key: String?, _ heap: PickleHeap, _ file: MappedFile
    ) -> WeightsError {
        let loaded =
            "torch.load('\(file.path)', map_location='cpu', weights_only=False)"
            + (key.map { "['\($0)']" } ?? "")
        return file.error(
            .refusedGlobal(object.name),
            "refused: instead of tensors the file holds the Python object \(object.name); nothing was "
                + "run"
                + (object.isInstance
                    ? "; if it is a network and you trust the file, save its weights alone: "
                        + "python3 -c \"import torch; torch.save(\(loaded).state_dict(), "
                        + "'weights.pth')\""
                    : ""))
    }
}

/// All dictionaries with tensors that lie in a dictionary, by names, the nearest first.
private struct DictionarySearch {
    struct Found {
        /// Names of the tensors in the order of the file.
        var names: [String] = []
        /// Numbers of the tensors, by name.
        var tensors: [String: Int] = [:]
        /// The way to it.
        var step: Int
    }

    /// A dictionary, and the way to it: the step before, and the name that it has there. Paths are not put
    /// together here: names of a hostile file can be long.
    private struct Step {
        var dictionary: Int
        var parent: Int?
        var name: String
        var depth: Int
    }

    private(set) var found: [Found] = []
    private var steps: [Step] = []

    init(_ root: PickleValue, _ heap: PickleHeap, maximumDepth: Int) {
        guard case .dictionary(let index) = root else { return }
        steps = [Step(dictionary: index, parent: nil, name: "", depth: 1)]
        // Each one once, however often and in whatever circles it is referred to.
        var visited: Set = [index]
        var next = 0
        while next < steps.count {
            let step = steps[next]
            var own = Found(step: next)
            for (name, value) in Self.entries(heap.dictionaries[step.dictionary]) {
                switch value {
                case .tensor(let tensor):
                    own.names.append(name)
                    own.tensors[name] = tensor
                case .dictionary(let inner)
                where step.depth < maximumDepth && visited.insert(inner).inserted:
                    steps.append(
                        Step(dictionary: inner, parent: next, name: name, depth: step.depth + 1))
                default: break
                }
            }
            if !own.names.isEmpty { found.append(own) }
            next += 1
        }
    }

    /// Entries with a string for key, the last one of each, in the order of the file.
    private static func entries(
        _ pairs: [(key: PickleValue, value: PickleValue)]
    ) -> [(String, PickleValue)] {
        var last: [String: Int] = [:]
        for (index, pair) in pairs.enumerated() {
            if case .string(let name) = pair.key { last[name] = index }
        }
        return last.sorted { $0.value < $1.value }.map { ($0.key, pairs[$0.value].value) }
    }

    /// Where something is, as names with dots between them.
    func place(_ index: Int, _ prefix: String) -> String {
        var parts = prefix.isEmpty ? [] : [String(prefix.dropLast())]
        var step: Int? = found[index].step
        while let current = step {
            if !steps[current].name.isEmpty { parts.append(steps[current].name) }
            step = steps[current].parent
        }
        return parts.isEmpty
            ? "the file's own dictionary"
            : String(parts.reversed().joined(separator: ".").prefix(200))
    }
}
