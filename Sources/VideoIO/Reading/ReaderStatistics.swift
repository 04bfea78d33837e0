/// What a reader has met so far.
public struct ReaderStatistics: Sendable, Hashable {
    /// Frames given out.
    public var framesDelivered = 0
    /// Packets of other streams given out.
    public var packetsDelivered = 0
    /// Frames decoded and thrown away because they lie before the start.
    public var framesBeforeStart = 0
    /// Video packets that were incomplete, or that the decoder rejected.
    public var damagedPackets = 0
    /// Frames in which the decoder found and hid errors.
    public var framesWithErrors = 0
    /// Frames marked as damaged by the decoder.
    public var corruptedFrames = 0
    /// Errors that the decoder has told of in its log alone, or there as well.
    public var decoderErrors = 0
    /// FFmpeg's words for the latest of them.
    public var latestDecoderError: String?
    /// Frames delivered after damage and before the next keyframe: they may look wrong although the
    /// decoder found nothing.
    public var suspectFrames = 0
    /// Frames that are probably missing: gaps in the timestamps where the container is damaged, counted
    /// in frames.
    public var missingFrames = 0
    /// Seconds of sound that are probably missing, of all streams together.
    public var missingSound = 0.0
    /// Where the first of these gaps begins, in seconds of the output's timestamps.
    public var firstLoss: Double?
    /// Times that the network was seen to lose packets.
    public var losses = 0
    /// Video packets before the first keyframe, which cannot be shown.
    public var packetsBeforeKeyframe = 0
    /// Timestamps that were missing or did not grow, and were replaced.
    public var repairedTimestamps = 0
    /// Times the source's clock started anew.
    public var discontinuities = 0
    /// Times the picture's size or pixel format changed.
    public var formatChanges = 0
    /// Frames whose pixel format had to be converted.
    public var convertedFrames = 0
    /// Whether the video is transparent in places, and that could not be decoded.
    public var ignoresTransparency = false
    /// Interlaced frames.
    public var interlacedFrames = 0

    /// Whether anything was damaged.
    public var hasDamage: Bool {
        damagedPackets + framesWithErrors + corruptedFrames + decoderErrors + missingFrames > 0
            || missingSound > 0
    }
}
