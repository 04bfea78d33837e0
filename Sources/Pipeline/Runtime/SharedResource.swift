import Dispatch

/// Something that workers of different stages use in turn, such as a thread that computes for both.
///
/// A worker holds it while it serves an item. Waiting for it counts as the item's wait, not as its service,
/// so that a stage's service is its own work.
public final class SharedResource: Sendable {
    // Created at 0 and signalled: a semaphore that is freed below its initial value traps.
    private let free = DispatchSemaphore(value: 0)

    /// Creates a resource that is free.
    public init() { free.signal() }

    func acquire() { free.wait() }

    func release() { free.signal() }
}
