import Foundation
import VideoIO

/// Where cameras leave their frames and the network takes them, each camera in turn.
///
/// With newest-first delivery a camera has one place, which a newer frame takes from an older one; cameras
/// never wait. Otherwise each has a queue, and waits where it is full. At most one frame of a camera is being
/// processed at a time, so that frames come out in order however many workers there are.
///
/// `@unchecked Sendable`: all state is touched only while `condition` is held.
final class FrameExchange: @unchecked Sendable {
    /// A frame on its way to the network.
    struct Item: Sendable {
        var source: Int
        /// Number among those that the camera sent, from 0.
        var number: Int
        var frame: VideoFrame
        var arrival: UInt64
        /// When it had been decoded.
        var offered: UInt64
    }

    private struct Lane {
        var waiting: [Item] = []
        var isBusy = false
        var isClosed = false
        var counts = StreamCounts()
        /// When a frame was last taken, to let one through now and then however late it is.
        var lastTaken: UInt64 = 0
    }

    /// Frames that a camera's queue holds where none may be lost.
    static let depth = 8
    /// A camera whose frames are all late is looked at this often all the same, in nanoseconds.
    private static let probeInterval: UInt64 = 1_000_000_000

    private let condition = NSCondition()
    private let keepsAll: Bool
    private let limit: UInt64?
    private let quota: Int?
    private let clock: PipelineClock
    /// Of each camera, where frames are noted that are not processed. Guarded by `condition` too.
    private let drops: [DroppedFrames]
    private var lanes: [Lane]
    private var next = 0
    /// What processing took of late; the shortest tells what is possible.
    private var services: [UInt64] = []

    /// - Parameters:
    ///   - sources: Cameras.
    ///   - keepsAll: Whether every frame is processed.
    ///   - limit: How old a frame may be when it has been processed.
    ///   - quota: Frames after which a camera is closed.
    ///   - drops: Where each camera's frames are noted that are not processed.
    init(
        sources: Int, keepsAll: Bool, limit: Duration?, quota: Int? = nil,
        drops: [DroppedFrames] = [], clock: PipelineClock = .monotonic
    ) {
        precondition(drops.isEmpty || drops.count == sources)
        self.keepsAll = keepsAll
        self.drops = drops
        self.quota = quota
        self.limit = limit.map { UInt64(max(0, $0.seconds) * 1e9) }
        self.clock = clock
        lanes = Array(repeating: Lane(), count: sources)
    }

    private func locked<R>(_ body: () -> R) -> R {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    /// Leaves a frame; waits for room where every frame is kept.
    func offer(_ frame: VideoFrame, arrival: UInt64, from source: Int) {
        locked {
            let number = lanes[source].counts.received
            lanes[source].counts.received += 1
            let item = Item(
                source: source, number: number, frame: frame, arrival: arrival,
                offered: clock.now())
            while keepsAll, lanes[source].waiting.count >= Self.depth, !lanes[source].isClosed {
                condition.wait()
            }
            guard !lanes[source].isClosed else { return drop(item, .stopped) }
            if !keepsAll { dropWaiting(of: source, .superseded) }
            lanes[source].waiting.append(item)
            lanes[source].counts.pending = lanes[source].waiting.count
            condition.broadcast()
        }
    }

    /// Counts frames that came in but were never seen.
    func note(_ count: Int, droppedFor reason: DropReason, from source: Int) {
        guard count > 0 else { return }
        locked {
            let now = clock.now()
            for _ in 0..<count {
                let number = lanes[source].counts.received
                lanes[source].counts.received += 1
                drop(number, nil, FrameTiming(arrival: now, work: 0), reason, source)
            }
        }
    }

    /// The next frame to process; nil when there will be none. Blocks. ``finish(_:)`` has to follow.
    func take() -> Item? {
        locked {
            while true {
                if let item = pick() {
                    lanes[item.source].isBusy = true
                    lanes[item.source].counts.underWay = 1
                    condition.broadcast()
                    return item
                }
                if lanes.allSatisfy({ $0.isClosed && $0.waiting.isEmpty }) { return nil }
                condition.wait()
            }
        }
    }

    /// Tells that a frame is done with.
    ///
    /// - Parameters:
    ///   - reason: Why it was not processed; nil if it was.
    ///   - service: Nanoseconds that it took.
    /// - Returns: Whether it was the last one wanted of its camera.
    @discardableResult
    func finish(
        _ item: Item, droppedFor reason: DropReason? = nil, service: UInt64
    ) -> Bool {
        locked {
            defer { condition.broadcast() }
            lanes[item.source].isBusy = false
            lanes[item.source].counts.underWay = 0
            if let reason {
                drop(item, reason)
            } else {
                lanes[item.source].counts.processed += 1
                if services.count == 16 { services.removeFirst() }
                services.append(service)
            }
            guard let quota, lanes[item.source].counts.processed >= quota else { return false }
            lanes[item.source].isClosed = true
            dropWaiting(of: item.source, .stopped)
            return true
        }
    }

    /// Tells that a camera sends no more frames.
    ///
    /// - Parameter discardsWaiting: Whether those that wait are not processed either.
    func close(_ source: Int, discardsWaiting: Bool) {
        locked {
            lanes[source].isClosed = true
            if discardsWaiting { dropWaiting(of: source, .stopped) }
            condition.broadcast()
        }
    }

    /// What became of a camera's frames so far.
    func counts(_ source: Int) -> StreamCounts { locked { lanes[source].counts } }

    /// The first camera's frame after the one served last; frames that are too late are dropped.
    private func pick() -> Item? {
        for step in 0..<lanes.count {
            let source = (next + step) % lanes.count
            guard !lanes[source].isBusy else { continue }
            while !lanes[source].waiting.isEmpty {
                let item = lanes[source].waiting.removeFirst()
                lanes[source].counts.pending = lanes[source].waiting.count
                let now = clock.now()
                if isTooLate(item, now) {
                    drop(item, .overdue)
                    continue
                }
                lanes[source].lastTaken = now
                next = source + 1
                return item
            }
        }
        return nil
    }

    private func isTooLate(_ item: Item, _ now: UInt64) -> Bool {
        guard let limit, now > item.arrival else { return false }
        guard now - item.arrival + (services.min() ?? 0) > limit else { return false }
        let last = lanes[item.source].lastTaken
        return last != 0 && now - min(last, now) < Self.probeInterval
    }

    private func dropWaiting(of source: Int, _ reason: DropReason) {
        for item in lanes[source].waiting { drop(item, reason) }
        lanes[source].waiting.removeAll(keepingCapacity: true)
        lanes[source].counts.pending = 0
    }

    private func drop(_ item: Item, _ reason: DropReason) {
        let timing = item.frame.timing ?? FrameTiming(arrival: item.arrival, work: 0)
        drop(item.number, item.frame.presentationTime, timing, reason, item.source)
    }

    private func drop(
        _ number: Int, _ time: Double?, _ timing: FrameTiming, _ reason: DropReason, _ source: Int
    ) {
        lanes[source].counts.drops[reason, default: 0] += 1
        guard !drops.isEmpty else { return }
        drops[source].add(frame: number, presentationTime: time, timing: timing, reason: reason)
    }
}
