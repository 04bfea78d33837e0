extension PickleMachine {
    /// Executes an instruction that pushes a constant; false if `opcode` is none.
    mutating func executeConstant(_ opcode: UInt8) throws(WeightsError) -> Bool {
        let what = "a pickle"
        switch opcode {
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "J"): push(.integer(Int(try reader.integer(Int32.self, what))))
        case UInt8(ascii: "K"): push(.integer(Int(try reader.integer(UInt8.self, what))))
        case UInt8(ascii: "M"): push(.integer(Int(try reader.integer(UInt16.self, what))))
        case 0x8A: push(try long(try reader.size(UInt8.self, what)))  // LONG1
        case 0x8B: push(try long(try reader.size(Int32.self, what)))  // LONG4
        case UInt8(ascii: "G"):
            let bits = UInt64(bigEndian: try reader.integer(UInt64.self, what).littleEndian)
            push(.number(Double(bitPattern: bits)))
        case UInt8(ascii: "X"):  // BINUNICODE
            push(.string(try reader.text(try reader.size(UInt32.self, what), "a pickled string")))
        case 0x8C:  // SHORT_BINUNICODE
            push(.string(try reader.text(try reader.size(UInt8.self, what), "a pickled string")))
        case UInt8(ascii: "T"): push(try binaryString(try reader.size(UInt32.self, what)))
        case UInt8(ascii: "U"): push(try binaryString(try reader.size(UInt8.self, what)))
        case 0x8D:  // BINUNICODE8
            push(.string(try reader.text(try reader.size(UInt64.self, what), "a pickled string")))
        case UInt8(ascii: "C"):
            push(.bytes(try reader.take(try reader.size(UInt8.self, what), what)))
        case UInt8(ascii: "B"):
            push(.bytes(try reader.take(try reader.size(UInt32.self, what), what)))
        case 0x8E, 0x96:  // BINBYTES8, BYTEARRAY8
            push(.bytes(try reader.take(try reader.size(UInt64.self, what), what)))
        default: return false
        }
        return true
    }

    /// A string of Python 2, which may be text or, as in NumPy's scalars, any bytes.
    private mutating func binaryString(_ size: Int) throws(WeightsError) -> PickleValue {
        let range = try reader.take(size, "a pickled string")
        let text = reader.file.withBytes(range) { String(validating: $0, as: UTF8.self) }
        return text.map(PickleValue.string) ?? .bytes(range)
    }

    private mutating func long(_ size: Int) throws(WeightsError) -> PickleValue {
        let bytes = reader.file.bytes(try reader.take(size, "a pickled number"))
        guard size <= 8 else { return .bigInteger(bytes) }
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        var value: UInt64 = isNegative ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return .integer(Int(truncatingIfNeeded: value))
    }

    /// Executes an instruction that makes or fills a container, and refuses all that is left.
    mutating func executeContainer(_ opcode: UInt8) throws(WeightsError) {
        switch opcode {
        case UInt8(ascii: "]"), 0x8F: push(.list(add([])))  // EMPTY_LIST, EMPTY_SET
        case UInt8(ascii: ")"): push(.tuple(add([])))
        case UInt8(ascii: "}"): push(addDictionary([]))
        case UInt8(ascii: "t"), 0x91: push(.tuple(add(try popToMark())))  // TUPLE, FROZENSET
        case 0x85, 0x86, 0x87:  // TUPLE1, TUPLE2, TUPLE3
            var elements: [PickleValue] = []
            for _ in 0..<Int(opcode) - 0x84 { elements.append(try pop()) }
            push(.tuple(add(elements.reversed())))
        case UInt8(ascii: "a"):  // APPEND
            try append([try pop()])
        case UInt8(ascii: "e"), 0x90:  // APPENDS, ADDITEMS
            try append(try popToMark())
        case UInt8(ascii: "s"):  // SETITEM
            let value = try pop()
            try setItems([try pop(), value])
        case UInt8(ascii: "u"):  // SETITEMS
            try setItems(try popToMark())
        case 0x81:  // NEWOBJ: class, arguments
            _ = try pop()
            try pushInstance(opcode)
        case 0x92:  // NEWOBJ_EX: class, arguments, named arguments
            _ = try pop()
            _ = try pop()
            try pushInstance(opcode)
        default: throw unknown(opcode)
        }
    }

    /// Replaces a class by an instance, of foreign ones only: nothing that describes tensors is made so.
    private mutating func pushInstance(_ opcode: UInt8) throws(WeightsError) {
        guard case .foreign(var object) = try pop() else { throw unknown(opcode) }
        object.isInstance = true
        push(.foreign(object))
    }

    private func unknown(_ opcode: UInt8) -> WeightsError {
        error(
            .unsupported,
            "the pickle instruction 0x\(String(opcode, radix: 16)) is damaged or not one that weights "
                + "files need")
    }

    private mutating func append(_ values: [PickleValue]) throws(WeightsError) {
        switch try top() {
        case .list(let index): heap.sequences[index] += values
        case .foreign: break
        default: throw error(.corrupted, "the pickle appends to something that is no list")
        }
    }

    private mutating func setItems(_ values: [PickleValue]) throws(WeightsError) {
        let top = try top()
        if case .foreign = top { return }
        guard case .dictionary(let index) = top, values.count % 2 == 0 else {
            throw error(.corrupted, "the pickle fills something that is no dictionary")
        }
        for pair in stride(from: 0, to: values.count, by: 2) {
            heap.dictionaries[index].append((values[pair], values[pair + 1]))
        }
    }

    private mutating func add(_ elements: [PickleValue]) -> Int {
        heap.sequences.append(elements)
        return heap.sequences.count - 1
    }

    mutating func addDictionary(
        _ entries: [(key: PickleValue, value: PickleValue)]
    ) -> PickleValue {
        heap.dictionaries.append(entries)
        return .dictionary(heap.dictionaries.count - 1)
    }
}
