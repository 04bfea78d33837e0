import CFFmpeg
import Glibc

/// When pictures were taken, by the clock of an RTP sender, which its RTCP sender reports tell (RFC 3550,
/// section 6.4.1).
///
/// The sender's clock is taken as it is: nothing tells how far it is off. But no picture arrives before it is
/// taken, so an offset adds no more than the smallest age met so far, which is what
/// ``FrameTiming/Capture/uncertainty`` says.
struct SenderClock {
    /// Ages above this, in nanoseconds, come from clocks that were never set, or from FFmpeg's after a
    /// timestamp has wrapped.
    private static let largestAge: Int64 = 60_000_000_000
    /// Two synchronised clocks still differ by this, in nanoseconds.
    private static let tolerance: Int64 = 50_000_000

    private var smallestAge = Int64.max
    /// Where a parser waits for the next packet, it passes that packet's time on with the one before.
    private let isBehind: Bool
    private var next: Int64?

    /// - Parameter isBehind: Whether a packet comes with the time of the one after it.
    init(isBehind: Bool = false) { self.isBehind = isBehind }

    /// When a packet's picture was taken; nil where no report has told, or it cannot be true.
    ///
    /// - Parameters:
    ///   - packet: The packet as the demuxer gave it.
    ///   - arrival: Now, in nanoseconds of the monotonic clock.
    mutating func capture(
        of packet: UnsafePointer<AVPacket>, arrival: UInt64
    ) -> FrameTiming.Capture? {
        let told = Self.wallClock(of: packet)
        let taken = isBehind ? next : told
        next = told
        guard let taken else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let wall = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        return capture(age: wall.subtractingReportingOverflow(taken).partialValue, arrival: arrival)
    }

    /// Nanoseconds since 1970.
    private static func wallClock(of packet: UnsafePointer<AVPacket>) -> Int64? {
        var size = 0
        guard let data = av_packet_get_side_data(packet, AV_PKT_DATA_PRFT, &size),
            size >= MemoryLayout<AVProducerReferenceTime>.size
        else { return nil }
        let reference = UnsafeRawPointer(data).loadUnaligned(as: AVProducerReferenceTime.self)
        let (time, overflow) = reference.wallclock.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : time
    }

    /// When a picture of that age was taken.
    mutating func capture(age: Int64, arrival: UInt64) -> FrameTiming.Capture? {
        guard (-Self.tolerance...Self.largestAge).contains(age) else { return nil }
        let age = max(0, age)
        smallestAge = min(smallestAge, age)
        guard arrival > UInt64(age) else { return nil }
        return FrameTiming.Capture(
            time: arrival - UInt64(age), source: .rtcp, uncertainty: UInt64(smallestAge))
    }
}
