/// Holds video packets back until they are due, so that a file comes in as from a camera.
///
/// A packet is due at the first one's time plus the distance of their decoding timestamps. Deadlines do
/// not depend on when the reader asks: one that falls behind gets packets that are overdue, at once.
struct PacketPacer {
    private var origin: (due: UInt64, time: Int64)?
    private var lastDue: UInt64 = 0

    /// When a packet is due.
    ///
    /// - Parameters:
    ///   - time: The packet's decoding timestamp; nil for one that is due with the packet before it.
    ///   - unit: Seconds per unit of it.
    ///   - now: The present time, which the first packet is due at.
    mutating func due(_ time: Int64?, unit: Rational, now: UInt64) -> UInt64 {
        guard let time else {
            lastDue = max(lastDue, origin?.due ?? now)
            return lastDue
        }
        guard let origin else {
            self.origin = (now, time)
            lastDue = now
            return now
        }
        let seconds = Double(time &- origin.time) * unit.doubleValue
        guard seconds >= 0, seconds < 1e9 else { return lastDue }
        // Packets come in file order: one behind the other, whatever their timestamps say.
        lastDue = max(lastDue, origin.due + UInt64(seconds * 1e9))
        return lastDue
    }
}
