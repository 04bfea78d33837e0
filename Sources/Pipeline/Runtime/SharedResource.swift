import Dispatch
import Synchronization

/// Something that workers of different stages use in turn, such as a thread that computes for both.
///
/// A worker holds it while it serves an item. Waiting for it counts as the item's wait, not as its service,
/// so that a stage's service is its own work. Of several waiting workers the one of the latest stage is
/// next: items that are further on their way go first, which keeps few of them in between.
public final class SharedResource: Sendable {
    private struct State {
        var isHeld = false
        var waiters: [(stage: Int, turn: DispatchSemaphore)] = []
    }

    private let state = Mutex(State())

    /// Creates a resource that is free.
    public init() {}

    /// Workers that wait for it now.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    func acquire(for stage: Int) {
        let turn = state.withLock { state -> DispatchSemaphore? in
            guard state.isHeld else {
                state.isHeld = true
                return nil
            }
            let turn = DispatchSemaphore(value: 0)
            state.waiters.append((stage, turn))
            return turn
        }
        turn?.wait()
    }

    func release() {
        let next = state.withLock { state -> DispatchSemaphore? in
            guard
                let best = state.waiters.indices.max(by: {
                    (state.waiters[$0].stage, $1) < (state.waiters[$1].stage, $0)
                })
            else {
                state.isHeld = false
                return nil
            }
            // Handed over: it stays held.
            return state.waiters.remove(at: best).turn
        }
        next?.signal()
    }
}
