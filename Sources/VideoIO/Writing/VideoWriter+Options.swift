extension VideoWriter {
    /// How to encode, and what to do with a file that exists.
    public struct Options: Sendable {
        /// Name of an FFmpeg encoder, "libx265"; nil for H.264 where the container holds it, else for
        /// the container's own default.
        public var codec: String?
        /// Quality of encoders that have a constant rate factor, lower is better; nil for 20 with
        /// libx264, else the encoder's default.
        public var crf: Double?
        /// Preset of encoders that have one; nil for "veryfast" with libx264.
        public var preset: String?
        /// FFmpeg's name of the pixel format that is encoded, "yuv420p"; nil for the source's where the encoder
        /// has it, but 4:2:0 with 8 bits for RGB, palettes, grey and JPEG in codecs for players.
        public var pixelFormat: String?
        /// Threads of the encoder; 0 for the encoder's choice.
        public var threads = 0
        /// Whether a file of the output's name is replaced.
        public var overwrite = false
        /// Whether ``VideoWriter/keepPart()`` keeps anything; false for files that nobody asked for.
        public var keepsPart = true
        /// Whether other streams of the source are copied.
        public var copiesOtherStreams = true
        /// More options of FFmpeg's for the encoder; an unknown one is an error.
        public var encoderOptions: [String: String] = [:]

        /// Creates the default options.
        public init() {}
    }
}
