/// What a container says about one of its streams.
public struct StreamInfo: Sendable {
    /// What a stream holds.
    public enum Kind: String, Sendable, Hashable {
        /// Pictures.
        case video
        /// Sound.
        case audio
        /// Text or pictures shown over the video.
        case subtitle
        /// Anything with timestamps that is none of the others.
        case data
        /// A file inside the file, such as a font.
        case attachment
        /// Not known to FFmpeg.
        case unknown
    }

    /// Position in the container.
    public let index: Int
    /// What the stream holds.
    public let kind: Kind
    /// FFmpeg's short name of the codec, "h264".
    public let codec: String
    /// The codec's profile, "High".
    public let profile: String?
    /// Seconds per timestamp unit.
    public let timeBase: Rational
    /// First timestamp in seconds.
    public let startTime: Double?
    /// Length in seconds.
    public let duration: Double?
    /// Number of frames as the container has it; a hint.
    public let frameCount: Int64?
    /// Bits a second.
    public let bitRate: Int64?
    /// Tags: language, title, handler_name.
    public let metadata: [String: String]
    /// What the stream is for.
    public let disposition: Disposition
    /// Set for video.
    public internal(set) var video: Video?
    /// Set for audio.
    public let audio: Audio?

    /// Parameters as FFmpeg holds them, for decoding and copying.
    let parameters: StreamParameters
    /// The picture of a cover-art stream.
    let attachedPicture: MediaPacket?
    /// Whether the demuxer consumes the stream itself (QuickTime chapter tracks).
    let isConsumedByDemuxer: Bool

    /// What only video streams have.
    public struct Video: Sendable {
        /// Coded width, before turning upright.
        public let width: Int
        /// Coded height, before turning upright.
        public let height: Int
        /// FFmpeg's name of the pixel format, "yuv420p".
        public let pixelFormat: String
        /// Colour tags.
        public let colour: ColourDescription
        /// Width of a pixel over its height; 0/1 where unknown.
        public let sampleAspectRatio: Rational
        /// Frames a second, the mean of the whole stream.
        public let averageFrameRate: Rational?
        /// Frames a second, the smallest rate that represents all timestamps.
        public let frameRate: Rational?
        /// How the picture has to be turned, as the container says. What only the pictures say, as photographs
        /// do, ``VideoReader/probe(_:options:)`` finds out.
        public internal(set) var orientation: Orientation
        /// Whether the container or codec says that frames are interlaced.
        public let isInterlaced: Bool
    }

    /// What only audio streams have.
    public struct Audio: Sendable, Hashable {
        /// Samples a second.
        public let sampleRate: Int
        /// Channels.
        public let channels: Int
        /// FFmpeg's name of the layout, "stereo".
        public let channelLayout: String
    }

    /// ISO 639 code of the language, "eng".
    public var language: String? { metadata["language"] }
    /// Whether the container says that the stream is encrypted.
    public var isEncrypted: Bool { parameters.isEncrypted || metadata["enc_key_id"] != nil }
    /// Whether the stream is a cover picture, not moving video.
    public var isAttachedPicture: Bool { disposition.contains(.attachedPicture) }
}

/// What a stream is for; the bits are FFmpeg's.
public struct Disposition: OptionSet, Sendable, Hashable {
    /// FFmpeg's bits.
    public let rawValue: Int32
    /// Creates a set from FFmpeg's bits.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Played unless another stream is chosen.
    public static let `default` = Disposition(rawValue: 1)
    /// A dubbed language.
    public static let dub = Disposition(rawValue: 1 << 1)
    /// The original language.
    public static let original = Disposition(rawValue: 1 << 2)
    /// A commentary.
    public static let comment = Disposition(rawValue: 1 << 3)
    /// Subtitles shown even to those who want none.
    public static let forced = Disposition(rawValue: 1 << 6)
    /// For the hard of hearing.
    public static let hearingImpaired = Disposition(rawValue: 1 << 7)
    /// A cover picture.
    public static let attachedPicture = Disposition(rawValue: 1 << 10)

    /// FFmpeg's words for the bits that are set.
    public var names: [String] {
        (0..<31).compactMap { bit in
            rawValue & (1 << bit) == 0 ? nil : Self.name(ofBit: 1 << bit)
        }
    }
}
