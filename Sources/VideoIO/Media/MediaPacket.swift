import CFFmpeg

/// A coded packet of a stream that is copied, not decoded.
///
/// `@unchecked Sendable`: the packet does not change after `init`.
public final class MediaPacket: @unchecked Sendable {
    let raw: UnsafeMutablePointer<AVPacket>
    /// The stream it belongs to, an index of the source's ``MediaInfo/streams``.
    public let streamIndex: Int
    /// Seconds per unit of the timestamps.
    public let timeBase: Rational

    /// Takes over what a packet refers to, and leaves it empty.
    init(moving source: UnsafeMutablePointer<AVPacket>, timeBase: Rational) throws {
        raw = try allocated(av_packet_alloc(), "a packet")
        av_packet_move_ref(raw, source)
        streamIndex = Int(raw.pointee.stream_index)
        self.timeBase = timeBase
    }

    /// Refers to the same data as a packet of FFmpeg's.
    init(copying source: UnsafePointer<AVPacket>, timeBase: Rational) throws {
        let raw = try allocated(av_packet_alloc(), "a packet")
        self.raw = raw
        streamIndex = Int(source.pointee.stream_index)
        self.timeBase = timeBase
        try check(.internal, path: "", "copy a packet") { av_packet_ref(raw, source) }
    }

    deinit {
        var raw: UnsafeMutablePointer<AVPacket>? = raw
        av_packet_free(&raw)
    }

    /// When the content is presented, in ``timeBase`` units.
    public var presentationTimestamp: Int64? { timestamp(raw.pointee.pts) }
    /// When it is decoded, in ``timeBase`` units.
    public var decodingTimestamp: Int64? { timestamp(raw.pointee.dts) }
    /// How long it lasts, in ``timeBase`` units; 0 where unknown.
    public var duration: Int64 { raw.pointee.duration }
    /// Bytes of coded data.
    public var size: Int { Int(raw.pointee.size) }
}

/// What a reader delivers.
public enum MediaElement: Sendable {
    /// A decoded picture of the video stream.
    case frame(VideoFrame)
    /// A packet of another stream.
    case packet(MediaPacket)
}
