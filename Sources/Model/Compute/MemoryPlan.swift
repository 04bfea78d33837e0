/// Where each value of a graph lives: in a buffer of the caller or at an offset of one arena, which
/// values that are never alive together share.
struct MemoryPlan {
    enum Place: Hashable {
        /// Index into the graph's inputs.
        case input(Int)
        /// Index into the graph's outputs.
        case output(Int)
        /// Byte offset in the arena.
        case arena(Int)
    }

    private(set) var places: [Place] = []
    private(set) var arenaSize = 0

    /// Plans a graph.
    ///
    /// - Parameters:
    ///   - byteCount: Size of a value in the engine's layout.
    ///   - isDirect: Whether the engine can write the value of an output straight into the caller's
    ///     buffer; otherwise the value gets arena memory and the engine copies it as soon as it is there.
    init(
        _ graph: NetworkGraph, byteCount: (NetworkGraph.Value) -> Int,
        isDirect: (NetworkGraph.Output) -> Bool
    ) throws(ComputeError) {
        let nodes = graph.nodes
        // A residual sum is made in place, so it shares the storage of the value it is added to.
        var storage = Array(nodes.indices)
        var lastUse = Array(nodes.indices)
        for (index, node) in nodes.enumerated() {
            for operand in node.operation.operands {
                lastUse[operand.index] = max(lastUse[operand.index], index)
            }
            if let residual = node.operation.residual { storage[index] = storage[residual.index] }
        }
        for (index, node) in nodes.enumerated() {
            if let residual = node.operation.residual, lastUse[residual.index] > index {
                throw .invalidGraph("\(node.name) overwrites a value that is read later")
            }
        }
        var external: [Int: Place] = [:]
        for (index, output) in graph.outputs.enumerated() where isDirect(output) {
            let root = storage[output.value.index]
            guard external.updateValue(.output(index), forKey: root) == nil else {
                throw .invalidGraph("output \(output.name) shares its memory with another")
            }
        }
        for (index, input) in graph.inputs.enumerated() {
            guard external.updateValue(.input(index), forKey: input.value.index) == nil else {
                throw .invalidGraph("an input is written in place")
            }
        }
        place(nodes.count, storage, lastUse, external, byteCount: byteCount)
    }

    private mutating func place(
        _ count: Int, _ storage: [Int], _ lastUse: [Int], _ external: [Int: Place],
        byteCount: (NetworkGraph.Value) -> Int
    ) {
        struct Block {
            var root: Int
            var size: Int
            var last: Int
            var offset = 0
        }
        var blocks: [Int: Block] = [:]
        for index in 0..<count where external[storage[index]] == nil {
            let size = byteCount(NetworkGraph.Value(index: index))
            let root = storage[index]
            var block = blocks[root] ?? Block(root: root, size: 0, last: 0)
            block.size = max(block.size, size)
            block.last = max(block.last, lastUse[index])
            blocks[root] = block
        }
        // Largest first, each at the lowest offset that is free through its whole life.
        var placed: [Block] = []
        for block in blocks.values.sorted(by: { ($0.size, $1.root) > ($1.size, $0.root) }) {
            var block = block
            let rivals = placed.filter { $0.root <= block.last && block.root <= $0.last }
                .sorted { $0.offset < $1.offset }
            for rival in rivals where block.offset + block.size > rival.offset {
                block.offset = max(block.offset, AlignedBuffer.aligned(rival.offset + rival.size))
            }
            arenaSize = max(arenaSize, block.offset + block.size)
            placed.append(block)
        }
        let offsets = Dictionary(uniqueKeysWithValues: placed.map { ($0.root, $0.offset) })
        places = (0..<count).map { external[storage[$0]] ?? .arena(offsets[storage[$0]] ?? 0) }
    }
}
