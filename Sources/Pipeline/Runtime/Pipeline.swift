import Synchronization

/// A chain of stages that items pass through in order, each stage on threads of its own, joined by bounded
/// queues: stages overlap on different items, a slow stage holds back those before it, and the number of
/// items alive at any time is bounded by the queues and workers, whatever the number of items.
///
/// Build one with ``source(_:timing:next:)``, then ``PipelineBuilder/stage(_:workers:capacity:makeWorker:)`` and
/// ``PipelineBuilder/sink(_:capacity:consume:)``. A pipeline runs once.
public final class Pipeline: Sendable {
    /// How a pipeline runs.
    public enum Mode: String, Sendable, CaseIterable {
        /// Every worker on a thread of its own.
        case pipelined
        /// All stages on the calling thread, one item at a time; the same closures, for comparison and
        /// debugging.
        case serial
    }

    /// The stages from source to sink.
    public let stages: [StageDescription]

    private let start: @Sendable (PipelineRun) -> Void
    private let makeSerial: @Sendable (SerialRun) throws -> () throws -> Bool
    private let phase = Mutex<Phase>(.idle(inputEnded: false, cancelled: false))

    private enum Phase {
        case idle(inputEnded: Bool, cancelled: Bool)
        case running(PipelineRun)
        case finished(PipelineMetrics)
    }

    init(
        stages: [StageDescription], start: @escaping @Sendable (PipelineRun) -> Void,
        makeSerial: @escaping @Sendable (SerialRun) throws -> () throws -> Bool
    ) {
        self.stages = stages
        self.start = start
        self.makeSerial = makeSerial
    }

    /// Begins a pipeline with the stage that items come from.
    ///
    /// - Parameters:
    ///   - name: Name for errors, metrics and thread labels.
    ///   - timing: Tells of an item when it arrived and what it took to make, for sources that also
    ///     wait; nil where all the time that `next` takes is work.
    ///   - next: Gives the next item, nil at the end. Called on one thread.
    public static func source<Output: Sendable>(
        _ name: String, timing: @escaping @Sendable (Output) -> SourceTiming? = { _ in nil },
        next: @escaping @Sendable () throws -> Output?
    ) -> PipelineBuilder<Output> {
        PipelineBuilder(
            stages: [StageDescription(name: name, workers: 1, capacity: 0)],
            start: { run, output in
                run.startWorkers(stage: 0) { worker in
                    var count = 0
                    while !run.isInputEnded, let item = try worker.produce(count, timing, next) {
                        guard worker.pass(item, to: output) else { return }
                        count += 1
                    }
                    output.finish(count: count)
                }
            },
            makeSerial: { serial in
                let worker = serial.makeWorker(stage: 0)
                var count = 0
                return {
                    guard !serial.run.isInputEnded else { return nil }
                    defer { count += 1 }
                    return try worker.produce(count, timing, next)
                }
            })
    }

    /// Runs all items through all stages; returns when every worker has ended, so nothing the stages
    /// shared is touched afterwards. Blocks: call it from a thread that has nothing else to do, not from
    /// an async function's.
    ///
    /// - Parameters:
    ///   - mode: Stages side by side, or one after the other.
    ///   - observer: Gets a record for each item and stage.
    ///   - clock: Source of all times.
    /// - Returns: Where the time went; also in ``metrics`` afterwards, even after a failure.
    /// - Throws: ``PipelineError``, the first in time, whereupon items under way are dropped;
    ///   `CancellationError` after ``cancel()``.
    @discardableResult
    public func run(
        _ mode: Mode = .pipelined, observer: (any StageObserver)? = nil,
        clock: PipelineClock = .monotonic
    ) throws -> PipelineMetrics {
        let run = PipelineRun(stages: stages, clock: clock, observer: observer)
        phase.withLock { phase in
            guard case .idle(let inputEnded, let cancelled) = phase else {
                preconditionFailure("a pipeline runs once")
            }
            if cancelled { run.stop(CancellationError()) }
            if inputEnded { run.endInput() }
            phase = .running(run)
        }
        switch mode {
        case .pipelined:
            start(run)
            run.waitForWorkers()
        case .serial:
            runSerially(run)
        }
        let metrics = run.metrics()
        phase.withLock { $0 = .finished(metrics) }
        if let failure = run.failure { throw failure }
        return metrics
    }

    private func runSerially(_ run: PipelineRun) {
        let serial = SerialRun(run)
        do {
            if run.failure == nil {
                let step = try makeSerial(serial)
                while try step() {}
            }
        } catch {
            run.stop(error)
        }
        for worker in serial.workers { run.merge(worker) }
    }

    /// Ends the input: the source gives no further item, and the run ends in the normal way when those
    /// under way have left the last stage. Any thread, any time. Does not wake a source that waits inside
    /// its `next`.
    public func endInput() {
        phase.withLock { phase in
            switch phase {
            case .idle(_, let cancelled): phase = .idle(inputEnded: true, cancelled: cancelled)
            case .running(let run): run.endInput()
            case .finished: break
            }
        }
    }

    /// Stops the run without finishing the items under way; ``run(_:observer:clock:)`` throws
    /// `CancellationError` as soon as the workers are done with the items they have in hand. Any thread,
    /// any time; an error that came first is reported instead.
    public func cancel() {
        let running = phase.withLock { phase -> PipelineRun? in
            switch phase {
            case .idle(let inputEnded, _):
                phase = .idle(inputEnded: inputEnded, cancelled: true)
                return nil
            case .running(let run): return run
            case .finished: return nil
            }
        }
        running?.stop(CancellationError())
    }

    /// How far the run has come; any thread, any time.
    public func snapshot() -> PipelineSnapshot {
        switch phase.withLock({ $0 }) {
        case .idle: PipelineSnapshot(items: stages.map { _ in 0 }, elapsed: .zero)
        case .running(let run): run.snapshot()
        case .finished(let metrics):
            PipelineSnapshot(items: metrics.stages.map(\.items), elapsed: metrics.wall)
        }
    }

    /// Where the time went; nil until the run has ended, with or without an error.
    public var metrics: PipelineMetrics? {
        if case .finished(let metrics) = phase.withLock({ $0 }) { metrics } else { nil }
    }
}
