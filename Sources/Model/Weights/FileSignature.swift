/// What a file looks like by its first bytes.
enum FileSignature: Equatable {
    case safetensors
    case zip
    case pickle
    /// A pickle of protocol 0 or 1, which has no signature: a guess.
    case textPickle
    case webPage
    case tar
    case gzip
    case gitLFSPointer
    case text
    case unknown

    /// Bytes from a file's start that are enough to tell.
    static let length = 512

    init(_ head: [UInt8]) {
        let text = Self.text(head)
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .zip
        } else if head.starts(with: [0x80]), head.count > 1, (1...5).contains(head[1]),
            !Self.isSafetensors(head)
        {
            self = .pickle
        } else if head.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if head.count >= 262, head[257..<262].elementsEqual("ustar".utf8) {
            self = .tar
        } else if Self.isSafetensors(head) {
            self = .safetensors
        } else if let text, text.hasPrefix("<") {
            self = .webPage
        } else if let text, text.hasPrefix("version https://git-lfs") {
            self = .gitLFSPointer
        } else if let first = head.first, "c(]})".utf8.contains(first) {
            self = .textPickle
        } else {
            self = text == nil ? .unknown : .text
        }
    }

    /// Eight bytes of length, then the header's brace.
    private static func isSafetensors(_ head: [UInt8]) -> Bool {
        head.count > 8 && head[8] == UInt8(ascii: "{") && head[4..<8].allSatisfy { $0 == 0 }
    }

    /// The bytes as trimmed text, or nil if they are none.
    private static func text(_ head: [UInt8]) -> String? {
        var bytes = head[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        let isText = bytes.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
        guard isText else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return String(text.drop(while: \.isWhitespace))
    }
}
