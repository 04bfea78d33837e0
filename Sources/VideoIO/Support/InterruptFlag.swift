import CFFmpeg
import Glibc
import Synchronization

/// Makes FFmpeg's blocking calls stop: because someone asked for it, or because a deadline passed.
final class InterruptFlag: Sendable {
    private let requested = Atomic<Bool>(false)
    /// Nanoseconds of the monotonic clock; 0 for none.
    private let deadline = Atomic<UInt64>(0)

    /// Whether ``interrupt()`` has been called.
    var isInterrupted: Bool { requested.load(ordering: .acquiring) }

    /// Whether the deadline that is set has passed.
    var isOverdue: Bool {
        let limit = deadline.load(ordering: .acquiring)
        return limit != 0 && Self.now() >= limit
    }

    /// Makes the blocking call that runs, and each later one, return.
    func interrupt() { requested.store(true, ordering: .releasing) }

    /// Starts the clock for one call; nil waits without limit.
    func setDeadline(after seconds: Double?) {
        let limit = seconds.map { Self.now() + UInt64(max(0, min($0, 1e9)) * 1e9) } ?? 0
        deadline.store(limit, ordering: .releasing)
    }

    /// The callback for FFmpeg. It borrows this object, which has to outlive its user.
    var callback: AVIOInterruptCB {
        AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                let flag = Unmanaged<InterruptFlag>.fromOpaque(opaque).takeUnretainedValue()
                return flag.isInterrupted || flag.isOverdue ? 1 : 0
            }, opaque: Unmanaged.passUnretained(self).toOpaque())
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
