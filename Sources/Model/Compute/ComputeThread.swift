import Foundation
import Synchronization

/// A thread that lives as long as the object and runs what it is given, one piece after the other.
///
/// OpenMP gives every calling thread a team of its own. All work of a network goes through one thread
/// with a fixed team, whichever stage of a pipeline asks for it.
public final class ComputeThread: Sendable {
    /// Threads of the team, the calling one among them.
    public let teamSize: Int

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        /// Semaphores at 0 that nobody waits for, kept so that a job needs no new one.
        var spare: [DispatchSemaphore] = []
        var isStopped = false
    }

    /// Shared with the thread, which must not keep the owner alive.
    private final class Mailbox: Sendable {
        let state = Mutex(State())
        let arrivals = DispatchSemaphore(value: 0)
    }

    private let mailbox = Mailbox()

    /// Starts the thread.
    public init(name: String, teamSize: Int) {
        precondition(teamSize > 0)
        self.teamSize = teamSize
        let mailbox = mailbox
        let thread = Thread {
            OpenMP.setTeamSizeOfThisThread(teamSize)
            while true {
                mailbox.arrivals.wait()
                let job = mailbox.state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
                guard let job else { return }
                job()
            }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { mailbox.arrivals.signal() }

    /// Runs `body` on the thread and waits for it, so `body` may use what the caller owns.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @escaping () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let done =
            mailbox.state.withLock { $0.spare.popLast() } ?? DispatchSemaphore(value: 0)
        // Written before `done` is signalled and read after it was waited for; `body` runs meanwhile.
        nonisolated(unsafe) var outcome: Swift.Result<Result, Failure>?
        nonisolated(unsafe) let body = body
        mailbox.state.withLock {
            $0.jobs.append {
                do throws(Failure) {
                    outcome = .success(try body())
                } catch {
                    outcome = .failure(error)
                }
                done.signal()
            }
        }
        mailbox.arrivals.signal()
        done.wait()
        mailbox.state.withLock { $0.spare.append(done) }
        guard let outcome else { preconditionFailure("the compute thread ended without a result") }
        return try outcome.get()
    }
}
