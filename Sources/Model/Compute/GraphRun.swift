import Dispatch
import Synchronization

/// A compiled graph with the thread that it runs on.
///
/// `@unchecked Sendable`: what the job works on is set by the caller, with ``turn`` locked until the thread is
/// done with it; the context is touched on the thread only.
final class GraphRun: ComputeJob, @unchecked Sendable {
    let done = DispatchSemaphore(value: 0)
    private let context: any GraphContext
    private let thread: ComputeThread
    private let turn = Mutex(())
    private var inputs: [AlignedBuffer] = []
    private var outputs: [AlignedBuffer] = []
    private var failure: ComputeError?

    init(_ context: any GraphContext, _ thread: ComputeThread) {
        self.context = context
        self.thread = thread
    }

    func run(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError) {
        try turn.withLock { _ throws(ComputeError) in
            (self.inputs, self.outputs, failure) = (inputs, outputs, nil)
            thread.run(self)
            if let failure { throw failure }
        }
    }

    func perform() {
        do throws(ComputeError) {
            try context.run(inputs: inputs, outputs: outputs)
        } catch {
            failure = error
        }
    }

    func profile(inputs: [AlignedBuffer], outputs: [AlignedBuffer]) throws(ComputeError) -> [UInt64]
    {
        try thread.run { [context] () throws(ComputeError) in
            try context.profile(inputs: inputs, outputs: outputs)
        }
    }
}
