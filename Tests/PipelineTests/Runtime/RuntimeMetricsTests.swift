import Synchronization
import Testing

@testable import Pipeline

@Suite struct RuntimeMetricsTests {
    @Test func serviceTimesAreSummedAndBounded() throws {
        let fake = FakeClock()
        let pipeline = Pipeline.source(
            "source", next: numbers(4) { if $0 < 4 { fake.advance(by: 10) } }
        )
        .stage("work", workers: 2) { _ in
            fake.advance(by: 1000)
            return { number in
                fake.advance(by: UInt64(100 * (number + 1)))
                return number
            }
        }
        .sink("sink") { _ in fake.advance(by: 7) }
        let metrics = try pipeline.run(.serial, clock: fake.clock)
        let source = metrics.stages[0]
        #expect(source.service == .nanoseconds(40))
        let work = metrics.stages[1]
        #expect(work.items == 4)
        #expect(work.service == .nanoseconds(1000))
        #expect(work.shortestService == .nanoseconds(100))
        #expect(work.longestService == .nanoseconds(400))
        #expect(work.meanService == .nanoseconds(250))
        #expect(work.setup == .nanoseconds(1000))
        #expect(work.wait == .zero && work.blocked == .zero && work.starved == .zero)
        #expect(metrics.stages[2].service == .nanoseconds(28))
        #expect(metrics.wall == .nanoseconds(40 + 1000 + 1000 + 28))
        #expect(pipeline.snapshot() == PipelineSnapshot(items: [4, 4, 4], elapsed: metrics.wall))
    }

    @Test func waitIsTheTimeInTheQueue() throws {
        let fake = FakeClock()
        let isQueued = Latch()
        // The source asks for item 2 when item 1 is in the queue.
        let pipeline = Pipeline.source(
            "source", next: numbers(2) { if $0 == 2 { isQueued.open() } }
        )
        .sink("sink") { number in
            guard number == 0 else { return }
            isQueued.wait()
            fake.advance(by: 500)
        }
        let sink = try pipeline.run(clock: fake.clock).stages[1]
        #expect(sink.wait == .nanoseconds(500))
        #expect(sink.longestWait == .nanoseconds(500))
        #expect(sink.meanWait == .nanoseconds(250))
        #expect(sink.service == .nanoseconds(500))
        #expect(sink.shortestService == .zero)
    }

    @Test func blockedIsTheTimeBeforeAFullQueue() throws {
        let fake = FakeClock()
        let isHeld = Latch()
        let observer = Observer { if $0.stage == 0 && $0.sequence == 2 { isHeld.open() } }
        let pipeline = Pipeline.source("source", next: numbers(3))
            .sink("sink", capacity: 1) { number in
                guard number == 0 else { return }
                isHeld.wait()
                fake.advance(by: 700)
            }
        let metrics = try pipeline.run(observer: observer, clock: fake.clock)
        #expect(metrics.stages[0].blocked == .nanoseconds(700))
        #expect(metrics.stages[1].blocked == .zero)
    }

    @Test func starvedIsTheTimeBeforeAnEmptyQueue() throws {
        // The clock has been read three times when both the source and the sink have begun.
        let fake = FakeClock()
        let reads = Gauge()
        let bothBegan = Latch()
        let clock = PipelineClock {
            let now = fake.clock.now()
            if reads.increment() == 2 { bothBegan.open() }
            return now
        }
        let pipeline = Pipeline.source(
            "source",
            next: numbers(2) { number in
                guard number == 0 else { return }
                bothBegan.wait()
                fake.advance(by: 900)
            }
        )
        .sink("sink") { _ in }
        let metrics = try pipeline.run(clock: clock)
        #expect(metrics.stages[1].starved == .nanoseconds(900))
        #expect(metrics.stages[0].starved == .zero)
    }

    @Test(arguments: Pipeline.Mode.allCases)
    func theObserverSeesEveryItemAtEveryStageInOrder(mode: Pipeline.Mode) throws {
        let log = Log<StageRecord>()
        let count = 500
        let metrics = try Pipeline.source("source", next: numbers(count))
            .stage("work", workers: 3) { _ in { $0 } }
            .sink("sink") { _ in }
            .run(mode, observer: Observer { log.append($0) })
        let records = log.elements
        #expect(records.count == 3 * count)
        var stagesSeen: [Int: [Int]] = [:]
        for record in records {
            stagesSeen[record.sequence, default: []].append(record.stage)
            #expect(record.enqueued <= record.start && record.start <= record.end)
        }
        #expect(stagesSeen.count == count)
        #expect(stagesSeen.values.allSatisfy { $0 == [0, 1, 2] })
        for stage in 0..<3 {
            let own = records.filter { $0.stage == stage }
            let service = own.reduce(UInt64(0)) { $0 + ($1.end - $1.start) }
            #expect(metrics.stages[stage].service == Duration(nanoseconds: service))
            let wait = own.reduce(UInt64(0)) { $0 + ($1.start - $1.enqueued) }
            #expect(metrics.stages[stage].wait == Duration(nanoseconds: wait))
        }
    }

    @Test func theSnapshotCountsWhileTheRunGoesOn() throws {
        let reached = Latch()
        let looked = Latch()
        let pipeline = Pipeline.source("source", next: numbers(20))
            .sink("sink") { number in
                guard number == 10 else { return }
                reached.open()
                looked.wait()
            }
        #expect(pipeline.snapshot() == PipelineSnapshot(items: [0, 0], elapsed: .zero))
        #expect(pipeline.metrics == nil)
        let threads = Threads()
        threads.start {
            reached.wait()
            #expect(pipeline.snapshot().finished == 10)
            #expect(pipeline.snapshot().items[0] >= 11)
            #expect(pipeline.metrics == nil)
            looked.open()
        }
        try pipeline.run()
        threads.join()
        #expect(pipeline.snapshot().finished == 20)
    }

    @Test func theTableHasARowForEachStage() throws {
        let fake = FakeClock()
        let metrics = try Pipeline.source(
            "decode", next: numbers(2) { if $0 < 2 { fake.advance(by: 1_000_000) } }
        )
        .sink("encode") { _ in fake.advance(by: 3_000_000) }
        .run(.serial, clock: fake.clock)
        #expect(
            metrics.table == """
                stage   items  mean ms  max ms  busy  starved  blocked  wait ms
                decode      2      1.0     1.0   25%       0%       0%     0.00
                encode      2      3.0     3.0   75%       0%       0%     0.00
                """)
    }
}

private struct Observer: StageObserver {
    let body: @Sendable (StageRecord) -> Void

    func didServe(_ record: StageRecord) {
        body(record)
    }
}
