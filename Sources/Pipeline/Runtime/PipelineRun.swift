import Dispatch
import Synchronization

/// What the workers of one run share: how to report failure, when to stop, where to leave their sums.
final class PipelineRun: Sendable {
    let stages: [StageDescription]
    let clock: PipelineClock
    let observer: (any StageObserver)?
    let started: UInt64

    private let counters: [Counter]
    private let workers = DispatchGroup()
    private let inputEnded = Atomic(false)
    private let state: Mutex<State>

    private final class Counter: Sendable {
        let items = Atomic(0)
    }

    private struct State {
        var failure: (any Error)?
        var cancelQueues: [@Sendable () -> Void] = []
        var meters: [StageMeter]
    }

    init(stages: [StageDescription], clock: PipelineClock, observer: (any StageObserver)?) {
        self.stages = stages
        self.clock = clock
        self.observer = observer
        started = clock.now()
        counters = stages.map { _ in Counter() }
        state = Mutex(State(meters: stages.map { _ in StageMeter() }))
    }

    /// Makes a queue that a failure will cancel, even one that has already happened.
    func makeQueue<Element>(capacity: Int) -> OrderedQueue<Element> {
        let queue = OrderedQueue<Element>(capacity: capacity)
        let isStopped = state.withLock { state in
            state.cancelQueues.append { queue.cancel() }
            return state.failure != nil
        }
        if isStopped { queue.cancel() }
        return queue
    }

    /// Starts the stage's workers, each as one block on a queue of its own that lasts until the run ends:
    /// thread identity is stable, which OpenMP's teams depend on.
    func startWorkers(stage: Int, _ body: @escaping @Sendable (StageWorker) throws -> Void) {
        let description = stages[stage]
        for index in 0..<description.workers {
            let label = description.workers == 1 ? description.name : "\(description.name).\(index)"
            DispatchQueue(label: label, qos: .userInitiated).async(group: workers) { [self] in
                let worker = StageWorker(run: self, stage: stage, index: index)
                do {
                    try body(worker)
                } catch {
                    stop(error)
                }
                merge(worker)
            }
        }
    }

    func waitForWorkers() {
        workers.wait()
    }

    /// Ends the run: the first error given is the one reported, and all queues are cancelled.
    func stop(_ error: any Error) {
        inputEnded.store(true, ordering: .releasing)
        let queues = state.withLock { state -> [@Sendable () -> Void] in
            guard state.failure == nil else { return [] }
            state.failure = error
            return state.cancelQueues
        }
        for cancel in queues { cancel() }
    }

    /// Makes the source stop before its next item; what is under way is finished.
    func endInput() {
        inputEnded.store(true, ordering: .releasing)
    }

    var isInputEnded: Bool { inputEnded.load(ordering: .acquiring) }

    var failure: (any Error)? { state.withLock { $0.failure } }

    func count(stage: Int) {
        counters[stage].items.add(1, ordering: .relaxed)
    }

    func merge(_ worker: StageWorker) {
        state.withLock { $0.meters[worker.stage].merge(worker.meter) }
    }

    func snapshot() -> PipelineSnapshot {
        PipelineSnapshot(
            items: counters.map { $0.items.load(ordering: .relaxed) },
            elapsed: Duration(nanoseconds: clock.now() - started))
    }

    /// To be called when all workers have ended.
    func metrics() -> PipelineMetrics {
        let wall = Duration(nanoseconds: clock.now() - started)
        let meters = state.withLock { $0.meters }
        return PipelineMetrics(
            stages: zip(stages, meters).map { $1.metrics(name: $0.name) }, wall: wall)
    }
}
