import CFFmpeg
import Dispatch
import Synchronization

/// A request to stop reading, which may be made from any thread, also before there is a reader.
public final class Interruption: Sendable {
    private let requested = Atomic<Bool>(false)
    private let sleepers = Mutex<[DispatchSemaphore]>([])

    /// Creates a request that has not been made yet.
    public init() {}

    /// Makes opening and reading stop; it cannot be taken back.
    public func interrupt() {
        let sleeping = sleepers.withLock { sleepers -> [DispatchSemaphore] in
            requested.store(true, ordering: .releasing)
            defer { sleepers = [] }
            return sleepers
        }
        for semaphore in sleeping { semaphore.signal() }
    }

    /// Whether ``interrupt()`` has been called.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Sleeps until a time, or until the request is made.
    ///
    /// - Parameter time: Nanoseconds of the system's monotonic clock.
    /// - Returns: false if the request has been made.
    public func sleep(until time: UInt64) -> Bool {
        let semaphore = DispatchSemaphore(value: 0)
        let sleeps = sleepers.withLock { sleepers in
            if isRequested { return false }
            sleepers.append(semaphore)
            return true
        }
        guard sleeps else { return false }
        let outcome = semaphore.wait(timeout: DispatchTime(uptimeNanoseconds: time))
        sleepers.withLock { sleepers in sleepers.removeAll { $0 === semaphore } }
        return outcome == .timedOut && !isRequested
    }
}

/// Makes FFmpeg's blocking calls stop: because someone asked for it, or because a deadline passed.
final class InterruptFlag: Sendable {
    let interruption: Interruption
    /// Nanoseconds of the monotonic clock; 0 for none.
    private let deadline = Atomic<UInt64>(0)
    /// A time that no deadline goes beyond; 0 for none.
    private let limit = Atomic<UInt64>(0)

    init(_ interruption: Interruption = Interruption()) { self.interruption = interruption }

    /// Whether someone asked to stop.
    var isInterrupted: Bool { interruption.isRequested }

    /// Whether the deadline that is set has passed.
    var isOverdue: Bool {
        let (deadline, limit) = (
            deadline.load(ordering: .acquiring), limit.load(ordering: .acquiring)
        )
        guard deadline != 0 || limit != 0 else { return false }
        let now = MonotonicClock.now()
        return (deadline != 0 && now >= deadline) || (limit != 0 && now >= limit)
    }

    /// Makes everything end within some time from now, whatever deadlines are set later.
    func setLimit(after seconds: Double) {
        limit.store(MonotonicClock.now() + UInt64(max(0, seconds) * 1e9), ordering: .releasing)
    }

    /// Makes the blocking call that runs, and each later one, return.
    func interrupt() { interruption.interrupt() }

    /// Starts the clock for one call; nil waits without limit.
    func setDeadline(after seconds: Double?) {
        let limit = seconds.map { MonotonicClock.now() + UInt64(max(0, min($0, 1e9)) * 1e9) } ?? 0
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
}
