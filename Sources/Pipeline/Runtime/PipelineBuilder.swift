/// A pipeline under construction: everything up to a stage that puts out `Output`.
///
/// ```swift
/// let pipeline = Pipeline.source("decode") { try reader.value.next() }
///     .stage("network", workers: 1, capacity: 2) { _ in
///         let network = try Network(weights)
///         return { frame in try network.run(frame) }
///     }
///     .sink("encode", capacity: 4) { try writer.value.write($0) }
/// let metrics = try pipeline.run(.pipelined)
/// ```
public struct PipelineBuilder<Output: Sendable>: Sendable {
    let stages: [StageDescription]
    /// Starts the workers of all stages so far; the last puts its items into the queue.
    let start: @Sendable (PipelineRun, OrderedQueue<Queued<Output>>) -> Void
    /// Makes a function that takes one item through all stages so far; nil at the end.
    let makeSerial: @Sendable (SerialRun) throws -> () throws -> Served<Output>?

    /// Appends a stage that turns each item into another.
    ///
    /// - Parameters:
    ///   - name: Name for errors, metrics and thread labels.
    ///   - workers: Threads that serve the stage; the order of items is kept whatever it is.
    ///   - capacity: Items that fit into the queue before the stage, at least 1. No more than `capacity`
    ///     plus the workers' own items are ever held between the stage before and the one after.
    ///   - makeWorker: Called once for each worker, on the worker's thread, with its index; gives the
    ///     closure that thread then calls for each of its items. What the closure captures belongs to
    ///     that thread. A serial run makes worker 0 only.
    public func stage<Next: Sendable>(
        _ name: String, workers: Int = 1, capacity: Int = 2,
        makeWorker: @escaping @Sendable (_ worker: Int) throws -> (Output) throws -> Next
    ) -> PipelineBuilder<Next> {
        let stage = stages.count
        return PipelineBuilder<Next>(
            stages: appending(name, workers: workers, capacity: capacity),
            start: { [start] run, output in
                let input: OrderedQueue<Queued<Output>> = run.makeQueue(capacity: capacity)
                start(run, input)
                run.startWorkers(stage: stage) { worker in
                    let body = try worker.setUp(makeWorker)
                    while let (sequence, queued) = worker.take(from: input) {
                        let served = try worker.serve(
                            queued.item, sequence: sequence, enqueued: queued.enqueued, body)
                        guard worker.pass(served, to: output) else { return }
                    }
                    if let count = input.finalCount { output.finish(count: count) }
                }
            },
            makeSerial: { [makeSerial] run in
                let next = try makeSerial(run)
                let worker = run.makeWorker(stage: stage)
                let body = try worker.setUp(makeWorker)
                return {
                    guard let before = try next() else { return nil }
                    return try worker.serve(
                        before.item, sequence: before.sequence, enqueued: nil, body)
                }
            })
    }

    /// Appends two stages that the same threads serve, each item first in the one and then in the other.
    /// What the first puts out stays with its worker, so there is never more of it than workers.
    ///
    /// - Parameters:
    ///   - first: Name of the stage that items enter; see ``stage(_:workers:capacity:makeWorker:)``.
    ///   - second: Name of the stage that they leave.
    ///   - workers: Threads that serve both; the order of items is kept whatever it is.
    ///   - capacity: Items that fit into the queue before them, at least 1.
    ///   - makeWorker: Called once for each worker, on the worker's thread, with its index; gives the
    ///     closures of both stages.
    public func stages<Middle, Next: Sendable>(
        _ first: String, _ second: String, workers: Int = 1, capacity: Int = 2,
        makeWorker:
            @escaping @Sendable (_ worker: Int) throws -> (
                first: (Output) throws -> Middle, second: (Middle) throws -> Next
            )
    ) -> PipelineBuilder<Next> {
        let stage = stages.count
        let sharing = (stages.compactMap(\.sharing).max() ?? -1) + 1
        let descriptions =
            appending(first, workers: workers, capacity: capacity, sharing: sharing)
            + [StageDescription(name: second, workers: workers, capacity: 0, sharing: sharing)]
        return PipelineBuilder<Next>(
            stages: descriptions,
            start: { [start] run, output in
                let input: OrderedQueue<Queued<Output>> = run.makeQueue(capacity: capacity)
                start(run, input)
                run.startWorkers(stage: stage) { worker in
                    let next = StageWorker(run: run, stage: stage + 1, index: worker.index)
                    defer { run.merge(next) }
                    let bodies = try worker.setUp(makeWorker)
                    while let (sequence, queued) = worker.take(from: input) {
                        let served = try worker.serve(
                            queued.item, sequence: sequence, enqueued: queued.enqueued,
                            bodies.first)
                        let last = try next.serve(
                            served.item, sequence: sequence, enqueued: served.end, bodies.second)
                        guard next.pass(last, to: output) else { return }
                    }
                    if let count = input.finalCount { output.finish(count: count) }
                }
            },
            makeSerial: { [makeSerial] run in
                let source = try makeSerial(run)
                let worker = run.makeWorker(stage: stage)
                let next = run.makeWorker(stage: stage + 1)
                let bodies = try worker.setUp(makeWorker)
                return {
                    guard let before = try source() else { return nil }
                    let served = try worker.serve(
                        before.item, sequence: before.sequence, enqueued: nil, bodies.first)
                    return try next.serve(
                        served.item, sequence: served.sequence, enqueued: nil, bodies.second)
                }
            })
    }

    /// Ends the pipeline with a stage that uses up each item, in order, on one thread.
    ///
    /// - Parameters:
    ///   - name: Name for errors, metrics and thread labels.
    ///   - capacity: Items that fit into the queue before the stage, at least 1.
    ///   - consume: Called for each item in order.
    public func sink(
        _ name: String, capacity: Int = 2, consume: @escaping @Sendable (Output) throws -> Void
    ) -> Pipeline {
        let stage = stages.count
        return Pipeline(
            stages: appending(name, workers: 1, capacity: capacity),
            start: { [start] run in
                let input: OrderedQueue<Queued<Output>> = run.makeQueue(capacity: capacity)
                start(run, input)
                run.startWorkers(stage: stage) { worker in
                    while let (sequence, queued) = worker.take(from: input) {
                        _ = try worker.serve(
                            queued.item, sequence: sequence, enqueued: queued.enqueued, consume)
                    }
                }
            },
            makeSerial: { [makeSerial] run in
                let next = try makeSerial(run)
                let worker = run.makeWorker(stage: stage)
                return {
                    guard let before = try next() else { return false }
                    _ = try worker.serve(
                        before.item, sequence: before.sequence, enqueued: nil, consume)
                    return true
                }
            })
    }

    private func appending(
        _ name: String, workers: Int, capacity: Int, sharing: Int? = nil
    ) -> [StageDescription] {
        precondition(
            workers > 0 && capacity > 0, "stage \(name) needs a worker and room for an item")
        return stages + [
            StageDescription(name: name, workers: workers, capacity: capacity, sharing: sharing)
        ]
    }
}

/// The workers of a serial run, all on the calling thread.
final class SerialRun {
    let run: PipelineRun
    private(set) var workers: [StageWorker] = []

    init(_ run: PipelineRun) {
        self.run = run
    }

    func makeWorker(stage: Int) -> StageWorker {
        let worker = StageWorker(run: run, stage: stage, index: 0)
        workers.append(worker)
        return worker
    }
}
