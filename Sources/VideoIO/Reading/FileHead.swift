/// What the beginning of a file tells about what it is.
package struct FileHead {
    private let bytes: [UInt8]

    /// Reads the beginning of a regular file; nil for anything else.
    package init?(path: String) {
        guard let file = RegularFile(path: path) else { return nil }
        bytes = file.bytes(at: 0, count: 4096)
    }

    /// Whether it is text, in UTF-8 or another encoding that begins like ASCII.
    var isText: Bool {
        let isControl: (UInt8) -> Bool = { $0 < 0x20 && !(0x08...0x0D).contains($0) || $0 == 0x7F }
        guard !bytes.isEmpty, !bytes.contains(where: isControl) else { return false }
        let letters = bytes.count { (0x20..<0x7F).contains($0) }
        return 2 * letters > bytes.count
    }

    /// Whether it is a page of the web.
    var isPage: Bool {
        let start = text.prefix(256).lowercased()
        return ["<!doctype html", "<html", "<head", "<body"].contains { start.hasPrefix($0) }
    }

    /// Whether it is a list of files for FFmpeg's concat demuxer.
    package var isList: Bool {
        guard isText else { return false }
        let first = text.split(whereSeparator: \.isNewline).lazy
            .map { $0.drop { $0 == " " || $0 == "\t" } }.first { !$0.isEmpty && !$0.hasPrefix("#") }
        let words = first?.split(separator: " ", omittingEmptySubsequences: true) ?? []
        guard words.count >= 2 else { return false }
        return words[0] == "ffconcat" && words[1] == "version" || words[0] == "file"
    }

    /// Whether it is an HLS playlist.
    package var isPlaylist: Bool { text.hasPrefix("#EXTM3U") }

    /// Whether it begins as QuickTime and MP4 files do: with the size and name of one of their boxes.
    var isQuickTime: Bool {
        let names = ["ftyp", "moov", "mdat", "wide", "free", "skip", "styp", "moof"]
        return bytes.count >= 8 && names.contains { bytes[4..<8].elementsEqual($0.utf8) }
    }

    /// The text without a byte order mark and what is blank before it.
    private var text: Substring {
        String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    }
}
