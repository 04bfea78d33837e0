import Foundation
import Synchronization

/// A thread that lives as long as the object and runs what it is given, one piece after the other.
///
/// OpenMP gives every calling thread a team of its own. All work of a network goes through one thread
/// with a fixed team, whichever stage of a pipeline asks for it.
public final class ComputeThread: Sendable {
    /// Threads of the team, the calling one among them.
    public let teamSize: Int

    /// Shared with the thread, which must not keep the owner alive.
    private final class Mailbox: Sendable {
        let jobs = Mutex<[any ComputeJob]>([])
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
                let job = mailbox.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                guard let job else { return }
                job.perform()
                job.done.signal()
            }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { mailbox.arrivals.signal() }

    /// Runs a job on the thread and waits for it, without taking memory. A job runs once at a time.
    func run(_ job: any ComputeJob) {
        mailbox.jobs.withLock { $0.append(job) }
        mailbox.arrivals.signal()
        job.done.wait()
    }

    /// Runs `body` on the thread and waits for it, so `body` may use what the caller owns.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @escaping () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Written before `run` returns and read afterwards; `body` runs meanwhile.
        nonisolated(unsafe) var outcome: Swift.Result<Result, Failure>?
        nonisolated(unsafe) let body = body
        run(
            ClosureJob {
                do throws(Failure) {
                    outcome = .success(try body())
                } catch {
                    outcome = .failure(error)
                }
            })
        guard let outcome else { preconditionFailure("the compute thread ended without a result") }
        return try outcome.get()
    }
}

/// Something that a ``ComputeThread`` can be asked to do again and again.
protocol ComputeJob: AnyObject, Sendable {
    /// At 0; signalled when the job is done.
    var done: DispatchSemaphore { get }
    /// Does it, on the thread.
    func perform()
}

private final class ClosureJob: ComputeJob {
    let done = DispatchSemaphore(value: 0)
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func perform() { body() }
}
