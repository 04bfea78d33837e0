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
        case UInt8(ascii: "X"), UInt8(ascii: "T"):  // BINUNICODE, BINSTRING
            push(.string(try reader.text(try reader.size(UInt32.self, what), "a pickled string")))
        case 0x8C, UInt8(ascii: "U"):  // SHORT_BINUNICODE, SHORT_BINSTRING
            push(.string(try reader.text(try reader.size(UInt8.self, what), "a pickled string")))
        case 0x8D:  // BINUNICODE8
            push(.string(try reader.text(try reader.size(UInt64.self, what), "a pickled string")))
        case UInt8(ascii: "C"):
            push(.bytes(try reader.take(try reader.size(UInt8.self, what), what)))
        case UInt8(ascii: "B"):
            push(.bytes(try reader.take(try reader.size(UInt32.self, what), what)))
        case 0x8E: push(.bytes(try reader.take(try reader.size(UInt64.self, what), what)))
        default: return false
        }
        return true
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
        case UInt8(ascii: "t"): push(.tuple(add(try popToMark())))
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
        default:
            throw error(
                .unsupported,
                "the pickle instruction 0x\(String(opcode, radix: 16)) is damaged or not one that "
                    + "weights files need")
        }
    }

    private mutating func append(_ values: [PickleValue]) throws(WeightsError) {
        guard case .list(let index) = try top() else {
            throw error(.corrupted, "the pickle appends to something that is no list")
        }
        heap.sequences[index] += values
    }

    private mutating func setItems(_ values: [PickleValue]) throws(WeightsError) {
        guard case .dictionary(let index) = try top(), values.count % 2 == 0 else {
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
