/// Remembers when the latest video packets arrived, and when their pictures were taken where that is known, so
/// that a frame finds its own packet's times when the decoder gives it out, some packets later.
struct ArrivalLog {
    /// What is known of a packet.
    struct Entry {
        var arrival: UInt64 = 0
        var capture: FrameTiming.Capture?
    }

    private var entries: [Entry]
    /// Packets noted so far.
    private(set) var count = 0

    /// More packets than any decoder keeps inside.
    init(capacity: Int = 512) {
        entries = Array(repeating: Entry(), count: capacity)
    }

    /// Notes a packet's times and gives the number that the decoder attaches to its frame.
    mutating func note(_ arrival: UInt64, capture: FrameTiming.Capture? = nil) -> Int64 {
        entries[count % entries.count] = Entry(arrival: arrival, capture: capture)
        defer { count += 1 }
        return Int64(count)
    }

    /// A packet's times and how many packets came after it; nil for one that was never noted or that is
    /// too long ago.
    func find(_ number: Int64) -> (entry: Entry, behind: Int)? {
        guard number >= 0, number < count, count - Int(number) <= entries.count else { return nil }
        return (entries[Int(number) % entries.count], count - Int(number) - 1)
    }
}
