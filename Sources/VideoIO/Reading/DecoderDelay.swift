/// How many frames a decoder keeps inside before it gives one out, by design and not for lack of speed.
public struct DecoderDelay: Sendable, Hashable {
    /// Frames kept to put them into order of presentation, as the stream declares.
    public var reordering = 0
    /// Frames kept because several threads work on one each.
    public var frameThreads = 0

    /// Frames in all.
    public var frames: Int { reordering + frameThreads }

    /// Creates a delay.
    public init(reordering: Int = 0, frameThreads: Int = 0) {
        self.reordering = reordering
        self.frameThreads = frameThreads
    }
}
