import CFFmpeg

/// Feeds a demuxer from memory.
final class MemoryInput {
    /// What the demuxer reads from.
    let context: UnsafeMutablePointer<AVIOContext>
    private let source: Source

    /// What the callback needs; FFmpeg refers to it by address.
    private final class Source {
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

    init(_ bytes: [UInt8]) throws {
        let source = Source(bytes)
        context = try makeInputContext(
            opaque: Unmanaged.passUnretained(source).toOpaque(),
            { opaque, buffer, count in
                guard let opaque, let buffer else { return YV_ERROR_EOF }
                return Unmanaged<Source>.fromOpaque(opaque).takeUnretainedValue()
                    .read(into: buffer, count: count)
            })
        self.source = source
    }

    deinit { freeInputContext(context) }
}

/// Makes what FFmpeg reads through a function of ours.
func makeInputContext(
    opaque: UnsafeMutableRawPointer,
    _ read: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, Int32) -> Int32
) throws -> UnsafeMutablePointer<AVIOContext> {
    let size = 65536
    var buffer = try allocated(av_malloc(size), "a buffer")
    let made = avio_alloc_context(
        buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 0, opaque, read, nil, nil)
    guard let made else {
        av_freep(&buffer)
        throw VideoError(
            .internal, path: "", operation: "allocate a reader", reason: "out of memory")
    }
    return made
}

/// Frees it with its buffer, which FFmpeg may have replaced.
func freeInputContext(_ context: UnsafeMutablePointer<AVIOContext>) {
    av_freep(&context.pointee.buffer)
    var context: UnsafeMutablePointer<AVIOContext>? = context
    avio_context_free(&context)
}
