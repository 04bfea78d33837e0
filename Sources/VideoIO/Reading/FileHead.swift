import Glibc

/// What the beginning of a file tells about what it is.
struct FileHead {
    private let bytes: [UInt8]

    /// Reads the beginning of a regular file; nil for anything else.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        self.bytes = Array(bytes.prefix(max(0, count)))
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
    var isList: Bool {
        guard isText else { return false }
        let first = text.split(whereSeparator: \.isNewline).lazy
            .map { $0.drop { $0 == " " || $0 == "\t" } }.first { !$0.isEmpty && !$0.hasPrefix("#") }
        let words = first?.split(separator: " ", omittingEmptySubsequences: true) ?? []
        guard words.count >= 2 else { return false }
        return words[0] == "ffconcat" && words[1] == "version" || words[0] == "file"
    }

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
