import Foundation

extension JSONCursor {
    /// A string.
    mutating func string() throws(JSONFault) -> String {
        let (range, isEscaped) = try rawString()
        guard isEscaped else {
            return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
        return String(decoding: try unescaped(range), as: UTF8.self)
    }

    /// Calls `body` with the bytes of a string, escapes resolved; most are read where they lie.
    mutating func withStringBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(JSONFault) -> Result
    ) throws(JSONFault) -> Result {
        let (range, isEscaped) = try rawString()
        guard isEscaped else { return try body(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        let copy = try unescaped(range)
        var result: Swift.Result<Result, JSONFault>?
        copy.withUnsafeBytes { bytes in
            do throws(JSONFault) {
                result = .success(try body(bytes))
            } catch {
                result = .failure(error)
            }
        }
        return try result!.get()
    }

    /// Takes a string; the range is without quotes.
    private mutating func rawString() throws(JSONFault) -> (Range<Int>, isEscaped: Bool) {
        guard peek() == UInt8(ascii: "\"") else { throw fault("expected a string") }
        let start = offset + 1
        var end = start
        var isEscaped = false
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") {
                advance(to: end + 1)
                return (start..<end, isEscaped)
            }
            guard byte >= 32 else {
                advance(to: end)
                throw fault("byte \(byte) within a string")
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                end += 1
            }
            end += 1
        }
        throw fault("a string without end")
    }

    private mutating func advance(to offset: Int) {
        self = JSONCursor(bytes, at: offset)
    }

    private func unescaped(_ range: Range<Int>) throws(JSONFault) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard index + 1 < range.upperBound else {
                throw JSONFault(offset: index, reason: "an escape without end")
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                var (scalar, next) = try codeUnit(at: index, end: range.upperBound)
                if (0xD800..<0xDC00).contains(scalar),
                    let (low, behind) = try? codeUnit(at: next, end: range.upperBound),
                    (0xDC00..<0xE000).contains(low)
                {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    next = behind
                }
                // Half of a pair stands for no character.
                result.append(contentsOf: String(UnicodeScalar(scalar) ?? "\u{FFFD}").utf8)
                index = next
                continue
            case let byte where "\"\\/".utf8.contains(byte): result.append(byte)
            default: throw JSONFault(offset: index, reason: "an unknown escape")
            }
            index += 2
        }
        return result
    }

    /// The four hexadecimal digits behind `\u` at an index, and the index behind them.
    private func codeUnit(at index: Int, end: Int) throws(JSONFault) -> (UInt32, Int) {
        guard index + 6 <= end, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"),
            bytes[index + 2..<index + 6].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let value = UInt32(
                String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
        else { throw JSONFault(offset: index, reason: "an escape without four digits") }
        return (value, index + 6)
    }

    /// Takes any value without looking at it.
    mutating func skip(depth: Int = 0) throws(JSONFault) {
        guard depth < Self.maximumDepth else { throw fault("nested too deeply") }
        switch peek() {
        case UInt8(ascii: "{"):
            try forEachMember { (cursor, _) throws(JSONFault) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try forEachElement { (cursor, _) throws(JSONFault) in
                try cursor.skip(depth: depth + 1)
            }
        case UInt8(ascii: "\""): _ = try rawString()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try flag()
        case UInt8(ascii: "n"):
            guard takeNull() else { throw fault("expected a value") }
        default: _ = try number()
        }
    }
}
