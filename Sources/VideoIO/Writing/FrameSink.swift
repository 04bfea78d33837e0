/// Where frames go. Frames come in order of presentation; packets may come from another thread.
public protocol FrameSink: AnyObject, Sendable {
    /// Whether the pictures matter; false spares whoever would paint on them. True unless a sink says
    /// otherwise.
    var usesPictures: Bool { get }

    /// Takes a frame.
    ///
    /// - Throws: ``VideoError`` when it cannot be encoded or written.
    func write(_ frame: VideoFrame) throws

    /// Takes a packet of a stream that is copied.
    ///
    /// - Throws: ``VideoError`` when it cannot be written.
    func write(_ packet: MediaPacket) throws

    /// Frames taken that have not gone on their way: those an encoder keeps for its decisions.
    var framesHeld: Int { get }

    /// Completes the output; nothing may be written afterwards.
    ///
    /// - Throws: ``VideoError`` when the output cannot be completed; nothing of it is left then, unless
    ///   ``keepPart()`` is called.
    func finish() throws -> SinkSummary

    /// After an error: completes what there is as far as it goes, and gives it a name that says that it is a
    /// part, "out.partial.mp4". Nothing may be written afterwards.
    ///
    /// - Returns: The file that holds the part; nil where there is none that could be played. Nothing is left
    ///   then.
    func keepPart() -> String?

    /// Gives the output up and removes what there is of it. Does nothing after ``finish()``.
    func discard()
}

extension FrameSink {
    /// True: most sinks write pictures.
    public var usesPictures: Bool { true }
    /// None: each frame goes on at once.
    public var framesHeld: Int { 0 }

    /// Keeps nothing.
    public func keepPart() -> String? {
        discard()
        return nil
    }
}

/// What a sink has written.
public struct SinkSummary: Sendable, Hashable {
    /// The finished file, as it was named; nil where there is none.
    public var path: String?
    /// Frames in the output: those taken and ``framesRepeated``, without ``framesLeftOut``.
    public var framesWritten = 0
    /// Frames that were written once more, for outputs that count frames instead of telling their times.
    public var framesRepeated = 0
    /// Frames that had no place in such an output.
    public var framesLeftOut = 0
    /// Packets of other streams written.
    public var packetsCopied = 0
    /// Bytes of the finished file.
    public var bytes: Int64 = 0
    /// Name of the encoder, "libx264"; nil where nothing was encoded.
    public var encoder: String?
    /// Width of the pictures written.
    public var width = 0
    /// Height of the pictures written.
    public var height = 0
    /// Other streams of the source that are in the output, by index.
    public var copiedStreams: [Int] = []
    /// Other streams of the source that are not, with the reason.
    public var omittedStreams: [OmittedStream] = []
    /// Frames that were scaled and framed in black to the size the output began with.
    public var rescaledFrames = 0
    /// Frames whose pixel format or colour equations had to be converted for the encoder.
    public var convertedFrames = 0
    /// Timestamps that had to be moved because they did not grow.
    public var repairedTimestamps = 0
    /// Packets of other streams that the container refused.
    public var refusedPackets = 0
    /// What a user should know, in sentences: padding, lost precision.
    public var notes: [String] = []

    /// A stream that was left out.
    public struct OmittedStream: Sendable, Hashable {
        /// Index in the source.
        public var index: Int
        /// What it holds, "subtitle (subrip)".
        public var content: String
        /// Why it was left out.
        public var reason: String
    }

    /// Creates an empty summary.
    public init() {}
}
