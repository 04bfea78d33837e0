import CFFmpeg
import Glibc
import Synchronization

/// A request to stop reading, which may be made from any thread, also before there is a reader.
public final class Interruption: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Creates a request that has not been made yet.
    public init() {}

    /// Makes opening and reading stop; it cannot be taken back.
    public func interrupt() { requested.store(true, ordering: .releasing) }

    /// Whether ``interrupt()`` has been called.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }
}

/// Makes FFmpeg's blocking calls stop: because someone asked for it, or because a deadline passed.
final class InterruptFlag: Sendable {
    private let interruption: Interruption
    /// Nanoseconds of the monotonic clock; 0 for none.
    private let deadline = Atomic<UInt64>(0)

    init(_ interruption: Interruption = Interruption()) { self.interruption = interruption }

    /// Whether someone asked to stop.
    var isInterrupted: Bool { interruption.isRequested }

    /// Whether the deadline that is set has passed.
    var isOverdue: Bool {
        let limit = deadline.load(ordering: .acquiring)
        return limit != 0 && Self.now() >= limit
    }

    /// Makes the blocking call that runs, and each later one, return.
    func interrupt() { interruption.interrupt() }

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
