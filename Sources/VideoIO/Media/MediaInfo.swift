/// What a container says about itself and its streams. Durations and counts are hints.
public struct MediaInfo: Sendable {
    /// The file or URL, without passwords.
    public let path: String
    /// FFmpeg's short name of the container, "mov,mp4,m4a,3gp,3g2,mj2".
    public let formatName: String
    /// The container's name in words.
    public let formatDescription: String
    /// Length in seconds.
    public let duration: Double?
    /// The first timestamp of all streams, in seconds.
    public let startTime: Double?
    /// Bits a second of all streams together.
    public let bitRate: Int64?
    /// Tags of the whole file: title, artist, creation_time.
    public let metadata: [String: String]
    /// Chapters in order.
    public let chapters: [Chapter]
    /// All streams, by index.
    public internal(set) var streams: [StreamInfo]
    /// Index of the video stream that is decoded; nil where there is none.
    public let videoStreamIndex: Int?
    /// Whether all there is to see is one picture. Known from opening a ``VideoReader`` on; before, and for live
    /// input, false.
    public internal(set) var isSinglePicture = false
    /// The part that a reader delivers, in seconds from ``startTime``; nil for all of it.
    public internal(set) var selection: Selection?
    /// What a reader adds to every timestamp, in seconds.
    public internal(set) var timestampShift = 0.0

    /// A part of a file, in seconds.
    public struct Selection: Sendable, Hashable {
        /// Where it begins.
        public let start: Double
        /// Where it ends; nil for the end of the file.
        public let end: Double?
    }

    /// A named part of a file.
    public struct Chapter: Sendable, Hashable {
        /// The container's number for it.
        public let id: Int64
        /// Where it begins, in ``timeBase`` units.
        public let start: Int64
        /// Where it ends, in ``timeBase`` units.
        public let end: Int64
        /// Seconds per unit of ``start`` and ``end``.
        public let timeBase: Rational
        /// Its tags: title.
        public let metadata: [String: String]
    }

    /// The video stream that is decoded.
    public var videoStream: StreamInfo? { videoStreamIndex.map { streams[$0] } }
}
