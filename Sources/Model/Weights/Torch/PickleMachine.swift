/// Reads one pickle of a PyTorch file. It builds values and runs nothing: of a global that is not in
/// ``PickleGlobal``, and of all that is made with it, the name is all that is kept, if anything.
///
/// Every instruction takes at least a byte of the file and adds at most one value besides those it
/// takes off the stack, so memory is bounded by the number of instructions, which is bounded as well.
struct PickleMachine {
    /// Instructions that a pickle may have; a checkpoint of ResNet-101 with its optimizer has some
    /// hundred thousand.
    static let maximumInstructions = 2_000_000

    var reader: BinaryReader
    var heap = PickleHeap()
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var instruction = 0
    private var budget = PickleMachine.maximumInstructions
    private let toleratesForeignObjects: Bool

    /// - Parameter toleratesForeignObjects: Whether objects that mean nothing here may stand beside the
    ///   tensors, as in what training programs save; otherwise they are an error.
    init(_ reader: BinaryReader, toleratesForeignObjects: Bool) {
        self.reader = reader
        self.toleratesForeignObjects = toleratesForeignObjects
    }

    /// Reads up to and including the STOP instruction.
    mutating func run() throws(WeightsError) -> PickleValue {
        while true {
            instruction = reader.position
            try spend(1)
            let opcode = try reader.integer(UInt8.self, "a pickle")
            if opcode == UInt8(ascii: ".") { return try pop() }
            try execute(opcode)
        }
    }

    /// Counts instructions, and values that an instruction copies from a list: one list can be copied
    /// by any number of instructions.
    mutating func spend(_ count: Int) throws(WeightsError) {
        budget -= count
        guard budget >= 0 else {
            throw error(.unsupported, "a pickle has more than \(Self.maximumInstructions) values")
        }
    }

    private mutating func execute(_ opcode: UInt8) throws(WeightsError) {
        switch opcode {
        case 0x80:  // PROTO
            let version = try reader.integer(UInt8.self, "a pickle")
            guard version <= 5 else { throw error(.unsupported, "pickle protocol \(version)") }
        case 0x95: _ = try reader.size(UInt64.self, "a pickle frame")  // FRAME
        case UInt8(ascii: "("): marks.append(stack.count)  // MARK
        case UInt8(ascii: "0"): _ = try pop()  // POP
        case UInt8(ascii: "1"): _ = try popToMark()  // POP_MARK
        case UInt8(ascii: "2"): stack.append(try top())  // DUP
        case UInt8(ascii: "q"): memo[Int(try reader.integer(UInt8.self, "a pickle"))] = try top()
        case UInt8(ascii: "r"): memo[Int(try reader.integer(UInt32.self, "a pickle"))] = try top()
        case 0x94: memo[memo.count] = try top()  // MEMOIZE
        case UInt8(ascii: "h"): try recall(Int(try reader.integer(UInt8.self, "a pickle")))
        case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self, "a pickle")))
        case UInt8(ascii: "c"):  // GLOBAL
            let module = try reader.line("a global's module")
            try pushGlobal(module: module, name: try reader.line("a global's name"))
        case 0x93:  // STACK_GLOBAL
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw error(.corrupted, "a global's name is not text")
            }
            try pushGlobal(module: module, name: name)
        case UInt8(ascii: "R"):  // REDUCE
            let arguments = try pop()
            stack.append(try call(try pop(), arguments))
        case UInt8(ascii: "Q"): stack.append(try storage(try pop()))  // BINPERSID
        case UInt8(ascii: "b"):  // BUILD
            // The attributes of a dictionary (`_metadata` of a state dict) describe no tensor.
            _ = try pop()
            switch try top() {
            case .dictionary, .foreign: break
            default: throw error(.unsupported, "the pickle sets attributes of something unknown")
            }
        default:
            if try executeConstant(opcode) { return }
            try executeContainer(opcode)
        }
    }

    private mutating func pushGlobal(module: String, name: String) throws(WeightsError) {
        if let global = PickleGlobal(module: module, name: name) {
            stack.append(.global(global))
            return
        }
        let name = "\(module).\(name)"
        guard toleratesForeignObjects else {
            throw error(
                .refusedGlobal(name),
                "refused: the file asks for the Python object \(name), which no weights file needs "
                    + "there; nothing was run")
        }
        heap.noteForeign(name)
        stack.append(.foreign(ForeignObject(name: name)))
    }

    private mutating func recall(_ index: Int) throws(WeightsError) {
        guard let value = memo[index] else {
            throw error(.corrupted, "the pickle refers to value \(index), which it never stored")
        }
        stack.append(value)
    }

    // MARK: The stack

    mutating func push(_ value: PickleValue) { stack.append(value) }

    mutating func pop() throws(WeightsError) -> PickleValue {
        guard stack.count > (marks.last ?? 0) else { throw underflow }
        return stack.removeLast()
    }

    func top() throws(WeightsError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw underflow }
        return value
    }

    mutating func popToMark() throws(WeightsError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw underflow }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private var underflow: WeightsError {
        error(.corrupted, "the pickle takes a value that it never made")
    }

    func error(_ kind: WeightsError.Kind, _ detail: String) -> WeightsError {
        reader.file.error(kind, at: instruction, detail)
    }
}
