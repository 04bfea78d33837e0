/// The JSON header of a safetensors file, as it stands there.
struct SafetensorsHeader {
    struct Entry {
        var name: String
        var dataType: String
        var shape: [Int]
        /// Offsets relative to the end of the header.
        var begin: Int
        var end: Int
    }

    var entries: [Entry] = []
    var metadata: [String: String] = [:]
}

/// Parses the header's JSON. A general parser would not tell of names that occur twice, and would build
/// whatever nesting a hostile header has; this one accepts what the format allows and nothing else.
struct SafetensorsHeaderParser {
    private let file: MappedFile
    private let text: [UInt8]
    private let start: Int
    private var index = 0

    /// A parser of the header that lies at `range` of the file.
    init(_ file: MappedFile, range: Range<Int>) {
        self.file = file
        text = file.bytes(range)
        start = range.lowerBound
    }

    mutating func parse() throws(WeightsError) -> SafetensorsHeader {
        var header = SafetensorsHeader()
        var names: Set<String> = []
        try object { (parser, name) throws(WeightsError) in
            guard names.insert(name).inserted else {
                throw parser.error("the name \"\(name)\" occurs twice")
            }
            if name == "__metadata__" {
                try parser.object { (parser, key) throws(WeightsError) in
                    let value = try parser.string()
                    guard header.metadata.updateValue(value, forKey: key) == nil else {
                        throw parser.error("the metadata key \"\(key)\" occurs twice")
                    }
                }
            } else {
                header.entries.append(try parser.entry(name))
            }
        }
        skipSpace()
        guard index == text.count else { throw error("there is text after the header's end") }
        return header
    }

    private mutating func entry(_ name: String) throws(WeightsError) -> SafetensorsHeader.Entry {
        var dataType: String?
        var shape: [Int]?
        var offsets: [Int]?
        try object { (parser, key) throws(WeightsError) in
            switch key {
            case "dtype" where dataType == nil: dataType = try parser.string()
            case "shape" where shape == nil: shape = try parser.integers()
            case "data_offsets" where offsets == nil: offsets = try parser.integers()
            default: throw parser.error("tensor \"\(name)\" has an unexpected entry \"\(key)\"")
            }
        }
        guard let dataType, let shape, let offsets, offsets.count == 2 else {
            throw error("tensor \"\(name)\" lacks dtype, shape or two data_offsets")
        }
        return .init(
            name: name, dataType: dataType, shape: shape, begin: offsets[0], end: offsets[1])
    }

    // MARK: JSON

    private mutating func object(
        _ member: (inout SafetensorsHeaderParser, String) throws(WeightsError) -> Void
    ) throws(WeightsError) {
        try expect("{")
        if accept("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while accept(",")
        try expect("}")
    }

    private mutating func integers() throws(WeightsError) -> [Int] {
        var numbers: [Int] = []
        try expect("[")
        if accept("]") { return numbers }
        repeat { numbers.append(try integer()) } while accept(",")
        try expect("]")
        return numbers
    }

    private mutating func integer() throws(WeightsError) -> Int {
        skipSpace()
        let first = index
        while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) {
            index += 1
        }
        guard let number = Int(String(decoding: text[first..<index], as: UTF8.self)) else {
            throw error("a whole number that fits 64 bits was expected")
        }
        return number
    }

    private mutating func string() throws(WeightsError) -> String {
        try expect("\"")
        var bytes: [UInt8] = []
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\\") {
                try escape(into: &bytes)
            } else {
                bytes.append(byte)
            }
        }
        try expect("\"")
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw error("a string is not UTF-8")
        }
        return string
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(WeightsError) {
        guard index < text.count else { throw error("the header ends in a string") }
        let character = text[index]
        index += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(character)
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "u"):
            var units = [try codeUnit()]
            if UTF16.isLeadSurrogate(units[0]), index + 1 < text.count,
                text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                units.append(try codeUnit())
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw error("a \\u escape is no character")
            }
            bytes += Array(text.utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(WeightsError) -> UInt16 {
        let digits = text[index..<min(index + 4, text.count)]
        guard digits.count == 4,
            digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("a \\u escape lacks its four digits") }
        index += 4
        return unit
    }

    private mutating func skipSpace() {
        while index < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[index]) { index += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(WeightsError) {
        guard accept(character) else { throw error("\"\(character)\" was expected") }
    }

    private func error(_ detail: String) -> WeightsError {
        file.error(.corrupted, at: start + index, "the safetensors header is damaged: \(detail)")
    }
}
