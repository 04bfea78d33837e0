/// Compares the size that the outermost structure of a file states with what is there.
///
/// A file that was cut off between two packets looks whole to FFmpeg's demuxers of AVI and Matroska.
enum StatedSize {
    /// The sizes, in bytes, of a regular AVI or Matroska file that is shorter than it says; nil for any other,
    /// and for one that does not say.
    static func ofCutFile(path: String) -> (stated: Int64, isThere: Int64)? {
        guard let file = RegularFile(path: path), let end = endOfChunks(file) ?? endOfSegment(file),
            end > file.size
        else { return nil }
        return (end, file.size)
    }

    /// Where the chain of RIFF chunks ends, of which a long AVI file has several; nil for another file.
    private static func endOfChunks(_ file: RegularFile) -> Int64? {
        var position: Int64 = 0
        while position < file.size {
            let header = file.bytes(at: position, count: 8)
            guard header.count == 8, header.prefix(4).elementsEqual("RIFF".utf8) else { break }
            let stated = header[4...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            // Who writes into a pipe cannot come back to fill it in.
            guard stated != 0, stated < UInt32.max - 8 else { break }
            position += 8 + Int64(stated)
        }
        return position > 0 ? position : nil
    }

    /// Where the segment of a Matroska file ends; nil for another file, and for a live recording, which leaves it
    /// open.
    private static func endOfSegment(_ file: RegularFile) -> Int64? {
        let head = file.bytes(at: 0, count: 4096)
        guard head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]),
            let header = number(head[4...]), let length = header.value
        else { return nil }
        let start = 4 + header.length + Int(min(length, 4096))
        guard start < head.count, head[start...].starts(with: [0x18, 0x53, 0x80, 0x67]),
            let size = number(head[(start + 4)...]), let value = size.value, value < 1 << 60
        else { return nil }
        return Int64(start + 4 + size.length) + Int64(value)
    }

    /// A number of variable length, RFC 8794; all ones in its place stand for "unknown".
    private static func number(_ bytes: ArraySlice<UInt8>) -> (value: UInt64?, length: Int)? {
        guard let first = bytes.first, first != 0 else { return nil }
        let length = first.leadingZeroBitCount + 1
        guard bytes.count >= length else { return nil }
        let mask = UInt64(1) << (7 * UInt64(length)) - 1
        let value = bytes.prefix(length).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & mask
        return (value == mask ? nil : value, length)
    }
}
