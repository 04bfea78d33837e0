import Synchronization
public import VideoIO

/// The frames that arrived and were not processed: the latest ones in fixed memory, and a count for each
/// reason.
///
/// `@unchecked Sendable`: `ring` is written by the source's worker alone and read when the run has ended; the counts are atomic.
public final class DroppedFrames: @unchecked Sendable {
    private struct Drop {
        var frame: Int
        var presentationTime: Double?
        var timing: FrameTiming
        var reason: DropReason
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    private let capacity: Int
    private var ring: [Drop] = []
    private var added = 0
    private let counters = DropReason.allCases.map { _ in Counter() }

    /// Creates an empty list.
    ///
    /// - Parameter capacity: Frames that are kept.
    public init(capacity: Int = LatencyRecorder.Options().capacity) {
        self.capacity = capacity
        ring.reserveCapacity(min(capacity, 1024))
    }

    /// Adds a frame. The source's worker only.
    ///
    /// - Parameters:
    ///   - frame: Number among the frames that arrived.
    ///   - presentationTime: Presentation timestamp in seconds.
    ///   - timing: When it came in.
    ///   - reason: Why it is not processed.
    public func add(
        frame: Int, presentationTime: Double?, timing: FrameTiming, reason: DropReason
    ) {
        let drop = Drop(
            frame: frame, presentationTime: presentationTime, timing: timing, reason: reason)
        if ring.count < capacity { ring.append(drop) } else { ring[added % capacity] = drop }
        added += 1
        guard let index = DropReason.allCases.firstIndex(of: reason) else { return }
        counters[index].value.add(1, ordering: .relaxed)
    }

    /// Frames by reason so far, without reasons that did not occur. Any thread, any time.
    public var counts: [DropReason: Int] {
        let counts = zip(
            DropReason.allCases, counters.map { $0.value.load(ordering: .relaxed) })
        return Dictionary(uniqueKeysWithValues: counts.filter { $1 > 0 })
    }

    /// Frames so far, for whatever reason. Any thread, any time.
    public var count: Int { counters.reduce(0) { $0 + $1.value.load(ordering: .relaxed) } }

    var records: [FrameLatency] {
        ring.map { drop in
            var record = FrameLatency(
                frame: drop.frame, presentationTime: drop.presentationTime,
                arrival: drop.timing.arrival, visits: [])
            record.capture = drop.timing.capture
            record.packetsBehind = drop.timing.packetsBehind
            record.dropReason = drop.reason
            return record
        }
    }
}
