import CFFmpeg
import Glibc
import Synchronization

/// Hands out frames over recycled memory. Safe to use from any thread; frames may outlive it.
final class FramePool: Sendable {
    private struct State {
        var width: Int32 = 0
        var height: Int32 = 0
        var format = AV_PIX_FMT_NONE
        /// An AVBufferPool, as a bit pattern so that it may leave the lock.
        var pool: UInt = 0
        var bytes: Int32 = 0
    }

    /// Rows start on these many bytes: what the widest vector code asks for.
    static let alignment: Int32 = 64
    /// Bytes behind the last plane that vector code may touch.
    private static let slack = 256

    private let state = Mutex(State())

    deinit {
        state.withLock { Self.release(&$0) }
    }

    /// A frame with memory of its own, its contents undefined, no properties set but the three given.
    func makeFrame(
        width: Int32, height: Int32, format: AVPixelFormat
    ) throws -> UnsafeMutablePointer<AVFrame> {
        let buffer = try takeBuffer(width: width, height: height, format: format)
        var frame: UnsafeMutablePointer<AVFrame>? = av_frame_alloc()
        guard let made = frame else {
            var unused: UnsafeMutablePointer<AVBufferRef>? = buffer
            av_buffer_unref(&unused)
            return try allocated(frame, "a frame")
        }
        made.pointee.width = width
        made.pointee.height = height
        made.pointee.format = format.rawValue
        made.pointee.buf.0 = buffer
        let status = made.withPlanePointers { data, strides in
            av_image_fill_arrays(
                data, strides, buffer.pointee.data, format, width, height, Self.alignment)
        }
        guard status >= 0 else {
            av_frame_free(&frame)
            throw VideoError(.internal, path: "", operation: "lay out a frame", code: status)
        }
        return made
    }

    private func takeBuffer(
        width: Int32, height: Int32, format: AVPixelFormat
    ) throws -> UnsafeMutablePointer<AVBufferRef> {
        let bits = state.withLock { state -> UInt in
            if state.pool == 0 || state.width != width || state.height != height
                || state.format != format
            {
                Self.release(&state)
                let bytes = av_image_get_buffer_size(format, width, height, Self.alignment)
                guard bytes > 0 else { return 0 }
                let pool = av_buffer_pool_init(Int(bytes) + Self.slack, nil)
                state = State(
                    width: width, height: height, format: format,
                    pool: UInt(bitPattern: pool), bytes: bytes)
            }
            guard let pool = OpaquePointer(bitPattern: state.pool) else { return 0 }
            return UInt(bitPattern: av_buffer_pool_get(pool))
        }
        return try allocated(
            UnsafeMutablePointer<AVBufferRef>(bitPattern: bits),
            "\(width)x\(height) pixels of \(name(of: format))")
    }

    private static func release(_ state: inout State) {
        var pool = OpaquePointer(bitPattern: state.pool)
        av_buffer_pool_uninit(&pool)
        state.pool = 0
    }
}

extension UnsafeMutablePointer<AVFrame> {
    /// The arrays of plane pointers and strides, as FFmpeg's functions take them.
    func withPlanePointers<R>(
        _ body: (
            UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int32>
        ) throws -> R
    ) rethrows -> R {
        try withUnsafeMutablePointer(to: &pointee.data) { data in
            try withUnsafeMutablePointer(to: &pointee.linesize) { strides in
                try body(
                    UnsafeMutableRawPointer(data).assumingMemoryBound(
                        to: UnsafeMutablePointer<UInt8>?.self),
                    UnsafeMutableRawPointer(strides).assumingMemoryBound(to: Int32.self))
            }
        }
    }

    /// The frame's pixel format.
    var pixelFormat: AVPixelFormat { AVPixelFormat(rawValue: pointee.format) }

    /// Start and stride of a plane.
    func plane(_ index: Int) -> (start: UnsafeMutablePointer<UInt8>?, stride: Int) {
        withPlanePointers { ($0[index], Int($1[index])) }
    }
}

/// Frees a frame and what it refers to.
func free(_ frame: UnsafeMutablePointer<AVFrame>) {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
}
