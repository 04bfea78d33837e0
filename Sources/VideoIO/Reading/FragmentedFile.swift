/// Looks at the outermost structure of a fragmented MP4 file.
///
/// Such a file is a chain of boxes, each of which states its size. FFmpeg skips a box it does not know, by
/// the size it claims; where a header is damaged that can be all the rest of the file, and not a word is
/// said about it.
enum FragmentedFile {
    /// Where the chain breaks, in bytes; nil where it does not, or where the file is no regular and
    /// fragmented MP4 file: in others the index tells where everything is, and what follows is no loss.
    static func damage(path: String) -> Int64? {
        guard let file = RegularFile(path: path) else { return nil }
        let end = file.size
        var position: Int64 = 0
        var isFragmented = false
        while position < end {
            guard let box = Box(file, at: position, end: end) else {
                return isFragmented ? position : nil
            }
            if box.type == "moof" || box.type == "moov" && hasFragments(file, box, position) {
                isFragmented = true
            }
            position += box.size
        }
        return nil
    }

    private struct Box {
        var type: String
        var size: Int64
        var headerSize: Int64

        /// Reads a header; nil if it is damaged or its box does not end inside the file.
        init?(_ file: RegularFile, at position: Int64, end: Int64) {
            var header = file.bytes(at: position, count: 16)
            guard header.count >= 8 else { return nil }
            header += [UInt8](repeating: 0, count: 16 - header.count)
            func number(_ range: Range<Int>) -> UInt64 {
                header[range].reduce(0) { $0 << 8 | UInt64($1) }
            }
            // Letters, digits, spaces and the sign that QuickTime puts in front of some.
            guard header[4..<8].allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0xA9 }) else {
                return nil
            }
            type = String(decoding: header[4..<8], as: UTF8.self)
            let short = number(0..<4)
            headerSize = short == 1 ? 16 : 8
            // 0: to the end of the file.
            let stated = short == 1 ? number(8..<16) : short == 0 ? UInt64(end - position) : short
            guard stated >= UInt64(headerSize), stated <= UInt64(end - position) else { return nil }
            size = Int64(stated)
        }
    }

    /// Whether a movie box announces fragments.
    private static func hasFragments(_ file: RegularFile, _ movie: Box, _ position: Int64) -> Bool {
        var inner = position + movie.headerSize
        let end = position + movie.size
        while inner < end, let box = Box(file, at: inner, end: end) {
            if box.type == "mvex" { return true }
            inner += box.size
        }
        return false
    }
}
