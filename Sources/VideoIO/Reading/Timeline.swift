import CFFmpeg

/// Brings the timestamps of all streams onto one line that starts near zero and never jumps.
///
/// Broadcast containers count from anywhere, and start anew where recordings were joined. Each start
/// anew is an epoch with an offset of its own. Streams cross into it at different packets, so every
/// stream keeps its own epoch, and one that crosses takes the offset another has already found: that
/// keeps them in sync.
struct Timeline {
    /// A jump ahead up to this is a gap in the recording, not a new epoch.
    private static let largestGap = 10.0
    /// A step back up to this is bad muxing, not a new epoch.
    private static let largestStepBack = 0.1

    /// Seconds to add, by epoch.
    private var offsets: [Double]
    private var epochs: [Int: Int] = [:]
    private var expected: [Int: Double] = [:]
    private let followsJumps: Bool

    /// Creates a timeline that adds `shift` seconds, and more after each jump if it follows jumps.
    init(shift: Double, followsJumps: Bool) {
        offsets = [shift]
        self.followsJumps = followsJumps
    }

    /// How many times the source started anew.
    var discontinuities: Int { offsets.count - 1 }

    /// Beyond this a timestamp is damage, and sums of them would not fit 64 bits: 36 years in nanoseconds.
    private static let largestTimestamp = Int64(1) << 60

    /// Takes away timestamps that no video has.
    static func dropImpossibleTimestamps(_ packet: UnsafeMutablePointer<AVPacket>) {
        func isImpossible(_ value: Int64) -> Bool {
            value.magnitude > largestTimestamp.magnitude
        }
        if isImpossible(packet.pointee.pts) { packet.pointee.pts = YV_NOPTS_VALUE }
        if isImpossible(packet.pointee.dts) { packet.pointee.dts = YV_NOPTS_VALUE }
        if isImpossible(packet.pointee.duration) { packet.pointee.duration = 0 }
    }

    /// Shifts a packet's timestamps, which stay in the stream's own units.
    mutating func place(
        _ packet: UnsafeMutablePointer<AVPacket>, timeBase: Rational, isContinuous: Bool
    ) {
        let stream = Int(packet.pointee.stream_index)
        let unit = timeBase.doubleValue
        if followsJumps, isContinuous, let dts = timestamp(packet.pointee.dts) {
            let time = Double(dts) * unit
            if let next = expected[stream] { findEpoch(of: stream, time: time, expected: next) }
            expected[stream] =
                time + offsets[epochs[stream] ?? 0] + Double(packet.pointee.duration) * unit
        }
        let epoch = isContinuous ? epochs[stream] ?? 0 : offsets.count - 1
        guard unit > 0 else { return }
        // Streams whose clocks lie that far apart have none.
        let limit = Double(Self.largestTimestamp)
        let ticks = Int64(min(limit, max(-limit, (offsets[epoch] / unit).rounded())))
        if packet.pointee.pts != YV_NOPTS_VALUE { packet.pointee.pts += ticks }
        if packet.pointee.dts != YV_NOPTS_VALUE { packet.pointee.dts += ticks }
    }

    private mutating func findEpoch(of stream: Int, time: Double, expected: Double) {
        func fits(_ epoch: Int) -> Bool {
            let jump = time + offsets[epoch] - expected
            return jump >= -Self.largestStepBack && jump <= Self.largestGap
        }
        let current = epochs[stream] ?? 0
        if fits(current) { return }
        if let known = (current + 1..<offsets.count).first(where: fits) {
            epochs[stream] = known
        } else {
            offsets.append(expected - time)
            epochs[stream] = offsets.count - 1
        }
    }
}
