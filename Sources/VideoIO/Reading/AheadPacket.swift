import CFFmpeg

/// A packet that was looked at before its turn.
final class AheadPacket {
    let raw: UnsafeMutablePointer<AVPacket>
    /// What the container's reader said about damage before it.
    let complaint: String?

    /// Refers to the same data as `packet`.
    init(_ packet: UnsafePointer<AVPacket>, complaint: String?) throws {
        let raw = try allocated(av_packet_alloc(), "a packet")
        self.raw = raw
        self.complaint = complaint
        try check(.internal, path: "", "refer to a packet") { av_packet_ref(raw, packet) }
    }

    deinit {
        var raw: UnsafeMutablePointer<AVPacket>? = raw
        av_packet_free(&raw)
    }
}
