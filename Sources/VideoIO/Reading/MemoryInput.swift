import CFFmpeg

/// Feeds a demuxer from memory.
final class MemoryInput: InputSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32 {
        let part = rest.prefix(Int(count))
        guard !part.isEmpty else { return YV_ERROR_EOF }
        rest = rest.dropFirst(part.count)
        part.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { buffer.update(from: start, count: bytes.count) }
        }
        return Int32(part.count)
    }
}
