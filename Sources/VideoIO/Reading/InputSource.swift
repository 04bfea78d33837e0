import CFFmpeg

/// Where a demuxer's bytes come from, if FFmpeg does not read them by itself.
protocol InputSource: AnyObject {
    /// Puts at most `count` bytes into a buffer; gives their number, or one of FFmpeg's error codes.
    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32
}

/// What FFmpeg reads a source through.
final class InputContext {
    let raw: UnsafeMutablePointer<AVIOContext>
    /// FFmpeg refers to it by address.
    private let link: Link

    private final class Link {
        let source: any InputSource

        init(_ source: any InputSource) { self.source = source }
    }

    init(_ source: any InputSource) throws {
        let link = Link(source)
        let size = 65536
        var buffer = try allocated(av_malloc(size), "a buffer")
        let made = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 0,
            Unmanaged.passUnretained(link).toOpaque(),
            { opaque, buffer, count in
                guard let opaque, let buffer else { return YV_ERROR_EOF }
                return Unmanaged<Link>.fromOpaque(opaque).takeUnretainedValue().source
                    .read(into: buffer, count: count)
            }, nil, nil)
        guard let made else {
            av_freep(&buffer)
            throw VideoError(
                .internal, path: "", operation: "allocate a reader", reason: "out of memory")
        }
        raw = made
        self.link = link
    }

    deinit {
        // FFmpeg may have replaced the buffer.
        av_freep(&raw.pointee.buffer)
        var context: UnsafeMutablePointer<AVIOContext>? = raw
        avio_context_free(&context)
    }
}
