import Foundation

/// What is wrong with a piece of JSON; the place is put together as the error travels up.
struct JSONFault: Error {
    var offset: Int
    var place = ""
    var reason: String

    /// The place without a leading dot.
    var trimmedPlace: String { place.hasPrefix(".") ? String(place.dropFirst()) : place }
}

/// Walks through JSON from front to back without building a tree.
///
/// Annotation and results files have hundreds of megabytes, of which a few numbers at a time are wanted:
/// a tree of them takes many times their size, and a decoder many times as long. The bytes must outlive
/// the cursor.
struct JSONCursor {
    let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte.
    private(set) var offset: Int

    /// Depth of nesting that is accepted in values that are skipped.
    static let maximumDepth = 128

    /// - Parameters:
    ///   - bytes: The text.
    ///   - offset: Where to begin; at 0 a byte order mark is stepped over.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        let hasMark = offset == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF])
        self.offset = hasMark ? 3 : offset
    }

    func fault(_ reason: String) -> JSONFault { JSONFault(offset: offset, reason: reason) }

    /// The next byte that is no space, without taking it; nil at the end.
    @inline(__always)
    mutating func peek() -> UInt8? {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return byte }
            offset += 1
        }
        return nil
    }

    /// Takes the next byte if it is this one.
    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    private func named(_ byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        return (33..<127).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    /// Fails unless nothing but space follows.
    mutating func expectEnd() throws(JSONFault) {
        if let byte = peek() { throw fault("\(named(byte)) behind the end of the JSON text") }
    }

    /// Calls `body` for each member of an object; it must take the value.
    @inline(__always)
    mutating func forEachMember(
        _ body: (inout JSONCursor, String) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard take(UInt8(ascii: "{")) else {
            throw fault("expected an object, not \(named(peek()))")
        }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw fault("expected ':', not \(named(peek()))") }
            do throws(JSONFault) {
                try body(&self, key)
            } catch {
                var fault = error
                fault.place = ".\(key)\(fault.place)"
                throw fault
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else {
            throw fault("expected ',' or '}', not \(named(peek()))")
        }
    }

    /// Calls `body` for each element of an array; it must take the value.
    @inline(__always)
    mutating func forEachElement(
        _ body: (inout JSONCursor, Int) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard take(UInt8(ascii: "[")) else {
            throw fault("expected an array, not \(named(peek()))")
        }
        if take(UInt8(ascii: "]")) { return }
        var index = 0
        repeat {
            do throws(JSONFault) {
                try body(&self, index)
            } catch {
                var fault = error
                fault.place = "[\(index)]\(fault.place)"
                throw fault
            }
            index += 1
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else {
            throw fault("expected ',' or ']', not \(named(peek()))")
        }
    }

    /// Takes `null` if it comes next.
    mutating func takeNull() -> Bool { takeWord("null") }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        guard peek() != nil, bytes.count - offset >= word.utf8CodeUnitCount,
            memcmp(bytes.baseAddress! + offset, word.utf8Start, word.utf8CodeUnitCount) == 0
        else { return false }
        offset += word.utf8CodeUnitCount
        return true
    }

    /// A flag: true, false, or a number that is 0 or not.
    mutating func flag() throws(JSONFault) -> Bool {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        return try number() != 0
    }

    /// A whole number; `3.0` is one too.
    mutating func integer() throws(JSONFault) -> Int {
        let start = offset
        let value = try number()
        guard let integer = Int(exactly: value) else {
            offset = start
            throw fault("\(value) is no whole number")
        }
        return integer
    }

    /// A number, correctly rounded.
    mutating func number() throws(JSONFault) -> Double {
        guard let first = peek(), first == 45 || (48..<58).contains(first) else {
            throw fault("expected a number, not \(named(peek()))")
        }
        let start = offset
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        var isPlain = true
        if first == 45 { offset += 1 }
        scan: while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case 48..<58:
                // Beyond 18 digits the fast path is not taken, so that an overflow does no harm.
                mantissa = mantissa &* 10 &+ UInt64(byte - 48)
                digits += 1
                if decimals > 0 { decimals += 1 }
            case UInt8(ascii: "."):
                guard decimals == 0 else { break scan }
                decimals = 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                isPlain = false
            default:
                break scan
            }
            offset += 1
        }
        // A whole number below 2^53 over a power of ten up to 10^22 is one correctly rounded division.
        if isPlain, (1...18).contains(digits), mantissa < 1 << 53 {
            let value = Double(mantissa) / Self.powersOfTen[max(decimals - 1, 0)]
            return first == 45 ? -value : value
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            offset = start
            throw fault("'\(text.prefix(40))' is no number")
        }
        return value
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18,
    ]

    /// A list of numbers.
    mutating func numbers() throws(JSONFault) -> [Double] {
        var values: [Double] = []
        try forEachElement { (cursor, _) throws(JSONFault) in values.append(try cursor.number()) }
        return values
    }
}
