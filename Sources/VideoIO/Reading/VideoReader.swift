import Synchronization

/// Opens a video and gives its frames in order of presentation, upright and in one of
/// ``PixelFormat``'s formats, with the packets of the other streams between them.
///
/// ``next()`` may be called from any thread, one at a time; ``interrupt()`` at any time.
public final class VideoReader: Sendable {
    /// What to read, and how.
    public struct Options: Sendable {
        /// Seconds from the beginning of the file (its first timestamp, ``MediaInfo/startTime``) at which to
        /// start; frames before it are not given, and timestamps are shifted so that it becomes 0. The frame
        /// is exact, whatever the container. Nil reads from the beginning. At most
        /// ``VideoReader/maximumSeconds``.
        public var start: Double?
        /// Seconds to read; nil for all.
        public var duration: Double?
        /// Frames to read at most; nil for all.
        public var maximumFrames: Int?
        /// Threads of the decoder; 0 for as many as there are cores.
        public var decoderThreads = 0
        /// Pixels a frame may have; more are refused before memory is taken.
        public var maximumPixels = 16384 * 16384
        /// Seconds that opening, and each read, may take; nil waits without limit.
        public var deadline: Double? = 30
        /// Seconds that opening may take; nil for ``deadline``.
        public var openDeadline: Double?
        /// Whether the input is live. Then nothing waits in the decoder that need not, frames begin with a
        /// keyframe, timestamps are given as they come, also where they jump, and the video's falling
        /// silent for ``deadline`` ends the input even if other streams go on.
        public var isLive = false
        /// Whether video packets are held back until their timestamps make them due, as if they came
        /// from a camera now.
        public var isPaced = false
        /// Whether frames carry the decoder's motion vectors; see ``VideoFrame/motionVectors``.
        public var exportsMotion = false
        /// Whether packets of audio and other streams are given too.
        public var carriesOtherStreams = true
        /// A request to stop that works while the input is being opened too; nil for one that
        /// ``VideoReader/interrupt()`` alone makes.
        public var interruption: Interruption?
        /// What lies behind transparent pixels.
        public var background: (red: UInt8, green: UInt8, blue: UInt8) = (0, 0, 0)
        /// FFmpeg's name of the container or device; nil to find out.
        public var inputFormat: String?
        /// Options of FFmpeg's for the protocol and container; an unknown one is an error.
        public var inputOptions: [String: String] = [:]

        /// Creates the default options.
        public init() {}
    }

    /// The largest ``Options/start`` and ``Options/duration``, in seconds: beyond all videos, and small
    /// enough to be counted in any container's units.
    public static let maximumSeconds = 1e9

    /// What the container says. ``MediaInfo/selection`` tells the part that is read.
    public let info: MediaInfo

    private let flag: InterruptFlag
    private let core: Mutex<ReaderCore>
    private let progress = Mutex(Progress())

    private struct Progress {
        var statistics = ReaderStatistics()
        var endedEarly: String?
        var wasInterrupted = false
        var decoderDelay = DecoderDelay()
    }

    /// Opens an input and its video decoder.
    ///
    /// - Parameters:
    ///   - path: A file; `-` for standard input; a folder of pictures; a pattern of picture names (`%05d.jpg`,
    ///     `*.jpg`); a list for FFmpeg's concat demuxer; or any URL that FFmpeg knows. A name under which there
    ///     is a file means that file, whatever signs are in it.
    ///   - options: See ``Options``.
    /// - Throws: ``VideoError``: `.noInput` where nothing can be read, `.notDecodable` where what is
    ///   read is no video that FFmpeg can decode.
    public init(_ path: String, options: Options = Options()) throws {
        let flag = InterruptFlag(options.interruption ?? Interruption())
        let (core, info) = try ReaderCore.open(path, options: options, flag: flag)
        self.flag = flag
        self.info = info
        self.core = Mutex(core)
    }

    /// Reads what a container says about itself, also when it has no video.
    ///
    /// - Throws: ``VideoError``: `.noInput` or `.notDecodable`.
    public static func probe(_ path: String, options: Options = Options()) throws -> MediaInfo {
        try ReaderCore.probe(path, options: options)
    }

    /// The next frame or packet; nil at the end.
    ///
    /// Damaged packets are counted, not thrown. Unreadable input ends the stream: see ``endedEarly``.
    ///
    /// - Throws: ``VideoError`` when memory runs out or frames come in a format nothing can convert.
    public func next() throws -> MediaElement? {
        try core.withLock { core in
            defer {
                let now = Progress(
                    statistics: core.statistics, endedEarly: core.endedEarly,
                    wasInterrupted: core.wasInterrupted, decoderDelay: core.delay)
                progress.withLock { $0 = now }
            }
            return try core.next()
        }
    }

    /// Makes reading end as if the input ended here: a read that waits for data returns, and frames
    /// that are decoded already are still given.
    public func interrupt() { flag.interrupt() }

    /// Whether reading ended because of ``interrupt()``.
    public var wasInterrupted: Bool { progress.withLock { $0.wasInterrupted } }

    /// Why the input ended before its time: it is cut off or became unreadable. Nil where it did not.
    public var endedEarly: String? { progress.withLock { $0.endedEarly } }

    /// What the decoder keeps inside by design; known from the first frame on.
    public var decoderDelay: DecoderDelay { progress.withLock { $0.decoderDelay } }

    /// What has been met so far.
    public var statistics: ReaderStatistics { progress.withLock { $0.statistics } }
}
