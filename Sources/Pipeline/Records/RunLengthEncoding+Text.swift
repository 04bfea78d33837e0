extension RunLengthEncoding {
    /// Reads COCO's compressed counts.
    ///
    /// Counts from the fourth on are differences from the count two before. Each is written in
    /// two's complement in groups of five bits, the lowest first; bit 5 of a character, less 48, says
    /// that another follows, bit 4 of the last is the sign.
    ///
    /// - Throws: ``RunLengthError`` for text that does not encode exactly `width * height` pixels.
    public init(
        width: Int, height: Int, compressedCounts text: some StringProtocol
    ) throws(RunLengthError) {
        try self.init(width: width, height: height, compressedBytes: text.utf8)
    }

    /// Reads COCO's compressed counts from the bytes of the text.
    init(
        width: Int, height: Int, compressedBytes text: some Collection<UInt8>
    ) throws(RunLengthError) {
        var counts: [UInt32] = []
        var value: Int64 = 0
        var shift: Int64 = 0
        var length = 0
        for byte in text {
            guard (48..<112).contains(byte) else {
                throw .invalidCharacter(byte: byte, offset: length)
            }
            let bits = Int64(byte) - 48
            // Seven groups hold more than any count or difference of counts.
            guard shift < 35 else { throw .invalidCount(index: counts.count) }
            value |= (bits & 0x1F) << shift
            shift += 5
            length += 1
            guard bits & 0x20 == 0 else { continue }
            if bits & 0x10 != 0 { value |= -1 << shift }
            if counts.count > 2 { value += Int64(counts[counts.count - 2]) }
            guard value >= 0, value <= Int64(Self.maximumPixels) else {
                throw .invalidCount(index: counts.count)
            }
            counts.append(UInt32(value))
            value = 0
            shift = 0
        }
        guard shift == 0 else { throw .truncated(length: length) }
        try self.init(width: width, height: height, counts: counts)
    }

    /// The counts as COCO's tools compress them, ASCII only. May contain a backslash.
    public var compressedCounts: String {
        var bytes: [UInt8] = []
        appendCompressedCounts(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends ``compressedCounts``; backslashes, the only character of it that JSON quotes, are
    /// doubled if wanted.
    func appendCompressedCounts(to bytes: inout [UInt8], doublesBackslashes: Bool = false) {
        for (index, count) in counts.enumerated() {
            var value = Int64(count)
            if index > 2 { value -= Int64(counts[index - 2]) }
            var isLast = false
            while !isLast {
                var bits = UInt8(truncatingIfNeeded: value & 0x1F)
                value >>= 5
                isLast = bits & 0x10 != 0 ? value == -1 : value == 0
                if !isLast { bits |= 0x20 }
                let character = bits + 48
                bytes.append(character)
                if doublesBackslashes && character == UInt8(ascii: "\\") {
                    bytes.append(character)
                }
            }
        }
    }
}
