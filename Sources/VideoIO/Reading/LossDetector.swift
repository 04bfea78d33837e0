/// Finds what is missing because the input was damaged.
///
/// Demuxers skip what they cannot read and go on behind it, and all that shows is a gap in the timestamps.
/// Gaps alone mean nothing: rates vary, recordings pause, films are cut. So a gap counts only where damage
/// was met between its two sides. Times are in seconds.
struct LossDetector {
    private let frameDuration: Double
    /// How far presentation may lie from the order of packets, by frames that are held back.
    private let reordering: Double
    /// Where frames may be missing.
    private var windows: [ClosedRange<Double>] = []
    /// Damage behind which no video packet has come yet: where it began.
    private var opened: Double?
    private var packetsEnd = -Double.infinity
    private var framesEnd: Double?
    private var damages = 0
    private var sounds: [Int: (end: Double, damages: Int)] = [:]

    /// Creates a detector for a stream whose frames usually last `frameDuration` and leave the decoder up
    /// to `reorderedFrames` frames out of the order of their packets.
    init(frameDuration: Double, reorderedFrames: Int) {
        self.frameDuration = frameDuration
        reordering = Double(reorderedFrames + 1) * frameDuration
    }

    /// Whether damage was met behind the last video packet.
    var hasOpenDamage: Bool { opened != nil }

    /// Notes damage between the packets that came and those to come.
    mutating func noteDamage() {
        damages += 1
        if opened == nil { opened = packetsEnd - reordering }
    }

    /// Notes a video packet, in the order of the file.
    mutating func noteVideo(time: Double, duration: Double) {
        if let start = opened {
            windows.append(start...max(start, time + reordering))
            opened = nil
        }
        packetsEnd = max(packetsEnd, time + duration)
    }

    /// Notes a packet of a stream of sound, and tells how many seconds are missing before it.
    mutating func noteSound(stream: Int, time: Double, duration: Double) -> Double {
        defer { sounds[stream] = (time + duration, damages) }
        guard let last = sounds[stream], last.damages != damages else { return 0 }
        let gap = time - last.end
        // Timestamps are rounded, but by less than a packet lasts.
        return duration > 0 && gap > duration / 2 ? gap : 0
    }

    /// Notes a decoded frame, in the order of presentation, and tells how many are missing before it.
    mutating func noteFrame(time: Double, duration: Double) -> Int {
        defer { framesEnd = time + duration }
        guard let end = framesEnd, !windows.isEmpty else { return 0 }
        windows.removeAll { $0.upperBound < end - frameDuration / 2 }
        guard time > end, windows.contains(where: { $0.overlaps(end...time) }) else { return 0 }
        return Int(min(1e9, (time - end) / max(duration, frameDuration / 2)).rounded())
    }
}
