/// Reads little-endian numbers from a part of a file, each checked against the end of that part.
struct BinaryReader {
    let file: MappedFile
    /// Offset of the next byte, counted from the start of the file.
    private(set) var position: Int
    let end: Int

    /// A reader of `range`, cut to the file.
    init(_ file: MappedFile, _ range: Range<Int>) {
        self.file = file
        let inside = range.clamped(to: 0..<file.count)
        position = inside.lowerBound
        end = inside.upperBound
    }

    var remaining: Int { end - position }

    /// The next `count` bytes, which are skipped.
    mutating func take(_ count: Int, _ what: String) throws(WeightsError) -> Range<Int> {
        guard count >= 0 else {
            throw file.error(.corrupted, at: position, "\(what) has a negative size")
        }
        guard count <= remaining else {
            throw file.error(
                .truncated, at: position,
                "the file is truncated: \(what) needs \(count) bytes, \(remaining) are left")
        }
        defer { position += count }
        return position..<position + count
    }

    /// The next number of that type.
    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _: Number.Type, _ what: String
    ) throws(WeightsError) -> Number {
        let range = try take(MemoryLayout<Number>.size, what)
        return file.withBytes(range) { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    /// The next number of that type, as a size or offset.
    mutating func size<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: String
    ) throws(WeightsError) -> Int {
        let start = position
        let number = try integer(type, what)
        guard let size = Int(exactly: number), size >= 0 else {
            throw file.error(.corrupted, at: start, "\(what) has the impossible size \(number)")
        }
        return size
    }

    /// The next `count` bytes as UTF-8 text.
    mutating func text(_ count: Int, _ what: String) throws(WeightsError) -> String {
        let range = try take(count, what)
        guard let text = file.withBytes(range, { String(validating: $0, as: UTF8.self) }) else {
            throw file.error(.corrupted, at: range.lowerBound, "\(what) is not UTF-8 text")
        }
        return text
    }

    /// The text of at most 256 bytes up to the next line feed, which is skipped.
    mutating func line(_ what: String) throws(WeightsError) -> String {
        let window = position..<position + min(257, remaining)
        let length = file.withBytes(window) { $0.firstIndex(of: 10) }
        guard let length else {
            let isTruncated = window.upperBound == end
            throw file.error(
                isTruncated ? .truncated : .corrupted, at: position,
                (isTruncated ? "the file is truncated: " : "") + "\(what) has no end")
        }
        let text = try text(length, what)
        position += 1
        return text
    }
}
