/// One worker's book-keeping: measures each item, counts it, tells the observer, wraps errors. Belongs to
/// the worker's thread; the run reads ``meter`` when the worker has ended.
final class StageWorker {
    let run: PipelineRun
    let stage: Int
    let index: Int
    private(set) var meter = StageMeter()

    init(run: PipelineRun, stage: Int, index: Int) {
        self.run = run
        self.stage = stage
        self.index = index
        meter.workers = 1
    }

    /// Makes the closure that does the work.
    func setUp<Body>(_ make: (Int) throws -> Body) throws(PipelineError) -> Body {
        let start = run.clock.now()
        do {
            let body = try make(index)
            meter.setup = run.clock.now() - start
            return body
        } catch {
            throw wrapped(error, sequence: nil)
        }
    }

    /// Asks the source for an item; nil at the end. What the source spent waiting counts as starved.
    func produce<Item>(
        _ sequence: Int, _ timing: (Item) -> SourceTiming?, _ next: () throws -> Item?
    ) throws(PipelineError) -> Served<Item>? {
        let asked = run.clock.now()
        do {
            guard let item = try next() else { return nil }
            let end = run.clock.now()
            guard let timing = timing(item) else {
                return finished(item, sequence: sequence, enqueued: asked, start: asked, end: end)
            }
            let arrival = min(timing.arrival, end)
            let start = max(arrival, end - min(timing.work, end - asked))
            meter.starved += (end - asked) - min(end - start, end - asked)
            return finished(item, sequence: sequence, enqueued: arrival, start: start, end: end)
        } catch {
            throw wrapped(error, sequence: sequence)
        }
    }

    /// Runs the stage's closure on one item. Without `enqueued` the item did not wait in a queue.
    func serve<Input, Output>(
        _ item: Input, sequence: Int, enqueued: UInt64?, _ body: (Input) throws -> Output
    ) throws(PipelineError) -> Served<Output> {
        let start = run.clock.now()
        do {
            let output = try body(item)
            return finished(
                output, sequence: sequence, enqueued: enqueued ?? start, start: start,
                end: run.clock.now())
        } catch {
            throw wrapped(error, sequence: sequence)
        }
    }

    /// Takes the next item out of the queue before the stage.
    func take<Item>(
        from queue: OrderedQueue<Queued<Item>>
    ) -> OrderedQueue<Queued<Item>>.Entry? {
        let start = run.clock.now()
        defer { meter.starved += run.clock.now() - start }
        return queue.pop()
    }

    /// Hands an item to the next stage; false when the run is being stopped.
    func pass<Item>(_ served: Served<Item>, to queue: OrderedQueue<Queued<Item>>) -> Bool {
        guard queue.waitForRoom(at: served.sequence) else { return false }
        let enqueued = run.clock.now()
        meter.blocked += enqueued - served.end
        return queue.push(Queued(item: served.item, enqueued: enqueued), at: served.sequence)
    }

    private func finished<Item>(
        _ item: Item, sequence: Int, enqueued: UInt64, start: UInt64, end: UInt64
    ) -> Served<Item> {
        meter.record(enqueued: enqueued, start: start, end: end)
        run.count(stage: stage)
        run.observer?.didServe(
            StageRecord(
                stage: stage, sequence: sequence, worker: index, enqueued: enqueued, start: start,
                end: end))
        return Served(item: item, sequence: sequence, end: end)
    }

    private func wrapped(_ error: any Error, sequence: Int?) -> PipelineError {
        PipelineError(stage: run.stages[stage].name, sequence: sequence, underlying: error)
    }
}

/// An item that a stage is done with.
struct Served<Item> {
    let item: Item
    let sequence: Int
    let end: UInt64
}

/// An item between two stages.
struct Queued<Item: Sendable>: Sendable {
    let item: Item
    let enqueued: UInt64
}
