/// Everything that was measured of one way of showing a video.
public struct StabilityFigures: Sendable, Codable, Hashable {
    /// Frames.
    public var frames: Int
    /// All tracks together.
    public var all: StabilityMeasures
    /// The tracks of each class together, by the class they had most often.
    public var classes: [Class]
    /// Each track.
    public var tracks: [Track]
    /// What stability must not be bought with.
    public var coverage: Coverage
    /// Where the motion came from.
    public var motion: Motion

    /// The tracks of a class.
    public struct Class: Sendable, Codable, Hashable {
        /// The class.
        public var category: String
        /// Its tracks together.
        public var measures: StabilityMeasures
    }

    /// A track.
    public struct Track: Sendable, Codable, Hashable {
        /// The identity.
        public var id: Int
        /// The class it had most often.
        public var category: String
        /// The frame in which it was seen first.
        public var firstFrame: Int
        /// The frame in which it was seen last.
        public var lastFrame: Int
        /// Its measures.
        public var measures: StabilityMeasures
    }

    /// How much is shown. An empty picture is steady.
    public struct Coverage: Sendable, Codable, Hashable {
        /// The mean part of the picture that masks cover, 0...1.
        public var coverage: Double
        /// The mean number of instances in a frame.
        public var instances: Double
        /// Panoptic quality of what is shown, with what the network found in the same frame for the truth,
        /// whatever the classes: 1 where both are the same. Nil where nothing was found or shown.
        public var agreement: Double?
    }

    /// Where the motion came from.
    public struct Motion: Sendable, Codable, Hashable {
        /// The mean part of blocks for which a vector of the decoder's was the best; nil for a single frame.
        public var decoderShare: Double?
        /// The mean part of pixels without a source in the frame before.
        public var occludedShare: Double?
    }
}
