import CFFmpeg

/// A codec tag from its four letters.
func codecTag(_ letters: String) -> UInt32 {
    letters.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
}

/// The letters of a codec tag; nil where it is something else.
func fourLetters(_ tag: UInt32) -> String? {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: tag >> ($0 * 8)) }
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
}

extension StreamInfo {
    /// The name of the coding; its tag where FFmpeg does not know it.
    var codecName: String {
        guard parameters.codecID == AV_CODEC_ID_NONE else { return codec }
        return fourLetters(parameters.raw.pointee.codec_tag) ?? codec
    }
}
