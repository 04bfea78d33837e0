/// Remembers when the latest video packets arrived, so that a frame finds its own packet's arrival when
/// the decoder gives it out, some packets later.
struct ArrivalLog {
    private var arrivals: [UInt64]
    /// Packets noted so far.
    private(set) var count = 0

    /// More packets than any decoder keeps inside.
    init(capacity: Int = 512) {
        arrivals = Array(repeating: 0, count: capacity)
    }

    /// Notes a packet's arrival and gives the number that the decoder attaches to its frame.
    mutating func note(_ arrival: UInt64) -> Int64 {
        arrivals[count % arrivals.count] = arrival
        defer { count += 1 }
        return Int64(count)
    }

    /// The arrival of a packet and how many came after it; nil for one that was never noted or that is
    /// too long ago.
    func find(_ number: Int64) -> (arrival: UInt64, behind: Int)? {
        guard number >= 0, number < count, count - Int(number) <= arrivals.count else { return nil }
        return (arrivals[Int(number) % arrivals.count], count - Int(number) - 1)
    }
}
