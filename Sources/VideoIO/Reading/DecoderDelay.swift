/// How many frames a decoder keeps inside before it gives one out, by design and not for lack of speed.
public struct DecoderDelay: Sendable, Hashable {
    /// Frames kept to put them into order of presentation, as the stream declares.
    public var reordering = 0
    /// Frames kept because several threads work on one each.
    public var frameThreads = 0
    /// Frames kept before the decoder because the end of one shows only when the next begins.
    public var parsing = 0

    /// Frames in all.
    public var frames: Int { reordering + frameThreads + parsing }

    /// Creates a delay.
    public init(reordering: Int = 0, frameThreads: Int = 0, parsing: Int = 0) {
        self.reordering = reordering
        self.frameThreads = frameThreads
        self.parsing = parsing
    }

    /// What FFmpeg keeps of a source before decoding.
    ///
    /// RTP marks the last packet of a picture (RFC 6184, section 5.1), but FFmpeg's depacketisers of H.264 and
    /// HEVC hand out pieces, which a parser puts together when it sees the next picture.
    public init(reading info: MediaInfo) {
        let isRTP = ["rtsp", "rtp", "sdp"].contains(info.formatName)
        let codec = info.videoStream?.codec
        parsing = isRTP && (codec == "h264" || codec == "hevc") ? 1 : 0
    }
}
