import Foundation

/// Why an encoded histogram cannot be read.
public enum HistogramCodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is no base64, or ends too early.
    case truncated
    /// It begins with another number than encoded histograms do.
    case unknownFormat(cookie: UInt32)
    /// The compressed part is damaged.
    case damaged
    /// It has properties that durations never have.
    case unsupported(String)

    /// The problem in words.
    public var description: String {
        switch self {
        case .truncated: "the histogram is cut off"
        case .unknownFormat(let cookie):
            "unknown histogram format 0x\(String(cookie, radix: 16)); V2, compressed, is known"
        case .damaged: "the histogram is damaged"
        case .unsupported(let what): "the histogram has \(what)"
        }
    }
}

/// HdrHistogram's exchange format V2, compressed: a header, then counts as ZigZag LEB128 numbers in which a
/// negative one stands for that many zeros; all of that in zlib's format behind a header of its own.
/// https://github.com/HdrHistogram/HdrHistogram has it in `AbstractHistogram.encodeIntoByteBuffer`.
enum HistogramCoding {
    private static let cookie: UInt32 = 0x1c84_9303 | 0x10
    private static let compressedCookie: UInt32 = 0x1c84_9304 | 0x10
    private static let headerLength = 40
    /// More than a histogram of five digits over all of 64 bits needs.
    private static let largestPayload = 128 << 20

    /// How values map to counts.
    private struct Layout {
        let unitMagnitude: Int
        let halfMagnitude: Int

        init(digits: Int, lowest: UInt64) {
            var magnitude = 1
            var largest = 2
            for _ in 0..<digits { largest *= 10 }
            while 1 << magnitude < largest { magnitude += 1 }
            halfMagnitude = magnitude - 1
            unitMagnitude = 63 - max(lowest, 1).leadingZeroBitCount
        }

        /// The index of the count that a value belongs to.
        func index(_ value: UInt64) -> Int {
            let mask = (UInt64(2) << halfMagnitude - 1) << unitMagnitude
            let bucket = 63 - halfMagnitude - unitMagnitude - (value | mask).leadingZeroBitCount
            let sub = Int(value >> UInt64(bucket + unitMagnitude))
            return (bucket + 1) << halfMagnitude + sub - 1 << halfMagnitude
        }

        /// The largest value that belongs to the count at an index; nil beyond 63 bits.
        func value(_ index: Int) -> UInt64? {
            var bucket = index >> halfMagnitude - 1
            var sub = index & (1 << halfMagnitude - 1) + 1 << halfMagnitude
            if bucket < 0 {
                sub -= 1 << halfMagnitude
                bucket = 0
            }
            let shift = bucket + unitMagnitude
            guard shift + halfMagnitude + 1 <= 63 else { return nil }
            return (UInt64(sub) + 1) << UInt64(shift) - 1
        }
    }

    /// Encodes a histogram.
    static func encode(_ histogram: LatencyHistogram) throws(HistogramCodingError) -> [UInt8] {
        let layout = Layout(digits: LatencyHistogram.significantDigits, lowest: 1)
        var counts: [UInt8] = []
        var next = 0
        for (value, count) in histogram.values {
            let index = layout.index(value)
            if index > next { append(Int64(next - index), to: &counts) }
            append(Int64(clamping: count), to: &counts)
            next = index + 1
        }
        var plain: [UInt8] = []
        append(cookie, to: &plain)
        append(UInt32(counts.count), to: &plain)
        append(UInt32(0), to: &plain)
        append(UInt32(LatencyHistogram.significantDigits), to: &plain)
        append(UInt64(1), to: &plain)
        append(LatencyHistogram.longest, to: &plain)
        append(Double(1).bitPattern, to: &plain)
        plain += counts
        guard let packed = Zlib.compress(plain) else { throw .damaged }
        var result: [UInt8] = []
        append(compressedCookie, to: &result)
        append(UInt32(packed.count), to: &result)
        return result + packed
    }

    /// Decodes a histogram, of any precision and range.
    static func decode(_ bytes: [UInt8]) throws(HistogramCodingError) -> LatencyHistogram {
        var outer = ByteReader(bytes)
        let outerCookie: UInt32 = try outer.number()
        // The lower half of the second byte of the cookie is the word size, which V2 does not use.
        guard outerCookie & ~0xf0 == compressedCookie & ~0xf0 else {
            throw .unknownFormat(cookie: outerCookie)
        }
        let packedLength: UInt32 = try outer.number()
        let packed = try outer.take(Int(packedLength))
        // A count takes at most nine bytes; histograms in use are far smaller.
        let limit = min(largestPayload, max(1 << 20, packed.count * 1100))
        guard let plain = Zlib.decompress(packed, limit: limit) else { throw .damaged }
        var reader = ByteReader(plain)
        let innerCookie: UInt32 = try reader.number()
        guard innerCookie & ~0xf0 == cookie & ~0xf0 else {
            throw .unknownFormat(cookie: innerCookie)
        }
        let length: UInt32 = try reader.number()
        let offset: UInt32 = try reader.number()
        let digits: UInt32 = try reader.number()
        let lowest: UInt64 = try reader.number()
        let _: UInt64 = try reader.number()
        let ratio: UInt64 = try reader.number()
        guard offset == 0 else { throw .unsupported("shifted counts") }
        guard digits <= 5 else { throw .unsupported("\(digits) significant digits") }
        guard Double(bitPattern: ratio) == 1 else {
            throw .unsupported("values that are no whole numbers")
        }
        guard lowest <= LatencyHistogram.longest else { throw .unsupported("too coarse a unit") }
        var counts = ByteReader(try reader.take(Int(length)))
        return try histogram(&counts, Layout(digits: Int(digits), lowest: lowest))
    }

    private static func histogram(
        _ counts: inout ByteReader, _ layout: Layout
    ) throws(HistogramCodingError) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        var index = 0
        while !counts.isAtEnd {
            let count = try counts.zigzag()
            if count <= 0 {
                guard count > -(1 << 32), count != 0 else {
                    index += 1
                    if count == 0 { continue }
                    throw .damaged
                }
                index += Int(-count)
                continue
            }
            guard let value = layout.value(index) else { throw .damaged }
            histogram.record(value, count: UInt64(count))
            index += 1
        }
        return histogram
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// ZigZag LEB128 of at most nine bytes: the ninth has no bit for "more".
    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        for _ in 0..<8 {
            if rest < 0x80 { break }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private struct ByteReader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position >= bytes.count }

        mutating func take(_ count: Int) throws(HistogramCodingError) -> [UInt8] {
            guard count >= 0, count <= bytes.count - position else { throw .truncated }
            defer { position += count }
            return Array(bytes[position..<position + count])
        }

        mutating func number<N: FixedWidthInteger>() throws(HistogramCodingError) -> N {
            try take(MemoryLayout<N>.size).reduce(0) { $0 << 8 | N(truncatingIfNeeded: $1) }
        }

        mutating func zigzag() throws(HistogramCodingError) -> Int64 {
            var value: UInt64 = 0
            for place in 0..<9 {
                let byte = UInt64(try take(1)[0])
                value |= (place == 8 ? byte : byte & 0x7f) << UInt64(7 * place)
                if place == 8 || byte & 0x80 == 0 { break }
            }
            return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
        }
    }
}

extension LatencyHistogram {
    /// The histogram in HdrHistogram's exchange format V2, compressed, as base64; it begins with `HISTF`.
    ///
    /// - Throws: ``HistogramCodingError`` when memory runs out.
    public func encoded() throws(HistogramCodingError) -> String {
        Data(try HistogramCoding.encode(self)).base64EncodedString()
    }

    /// Decodes a histogram that any of HdrHistogram's implementations has encoded.
    ///
    /// - Throws: ``HistogramCodingError``.
    public init(encoded text: String) throws(HistogramCodingError) {
        guard let data = Data(base64Encoded: text) else { throw .truncated }
        self = try HistogramCoding.decode([UInt8](data))
    }
}
