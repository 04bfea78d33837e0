import Foundation
import Synchronization
import Testing
import VideoIO

@testable import Pipeline

/// Recorders in real pipelines.
@Suite struct LatencyPipelineTests {
    /// A delay of known distribution is reported as it is, at the stage where it occurs.
    @Test func injectedDelaysAreReported() throws {
        let clock = FakeClock()
        // A long tail, as machines have it: most take 3 to 5 ms, one in fifty up to 80.
        let delays: [UInt64] = (0..<2000).map { index in
            let base = 3_000_000 + UInt64(index * 7919 % 2000) * 1000
            return index % 50 == 17 ? base + UInt64(index % 7) * 11_000_000 : base
        }
        let count = delays.count
        let recorder = LatencyRecorder(stages: 3)
        let pipeline = Pipeline.source("source", next: numbers(count)).stage("slow") { _ in
            { (item: Int) in
                clock.advance(by: delays[item])
                return item
            }
        }.sink("sink") { item in
            clock.advance(by: 10_000)
            recorder.describe(item, .init(number: item))
        }
        try pipeline.run(.serial, observer: recorder, clock: clock.clock)
        let (measures, records) = recorder.finish(count: count)
        #expect(records.count == count)
        for (percentile, precision) in [(50.0, 0.02), (99, 0.05), (99.9, 0.05)] {
            let exact = Double(LatencyTestRuns.exact(delays, percentile))
            let told = Double(measures.service[1].value(atPercentile: percentile))
            #expect(abs(told - exact) <= precision * exact)
        }
        #expect(measures.service[1].maximum == delays.max())
        #expect(measures.service[0].maximum == 0)
        #expect(measures.service[2].maximum == 10_000)
        #expect(measures.wait[1].maximum == 0)
    }

    /// A stall shows as waiting before the stages that are held up and in nobody's service but its own.
    @Test func aStallIsWaitingForTheOthers() throws {
        let clock = FakeClock()
        let latch = Latch()
        let stalled = Latch()
        let recorder = LatencyRecorder(stages: 4)
        let pipeline = Pipeline.source("source", next: numbers(12)).stage("first") { _ in
            { (item: Int) in item }
        }.stage("second") { _ in
            { (item: Int) in
                if item == 3 {
                    stalled.open()
                    latch.wait()
                }
                return item
            }
        }.sink("sink") { recorder.describe($0, .init(number: $0)) }
        let threads = Threads()
        threads.start { _ = try? pipeline.run(observer: recorder, clock: clock.clock) }
        stalled.wait()
        // 3 is being served, 4 and 5 are in the queue, 6 waits for room; 7 and 8 in the queue before, 9
        // waits for room.
        yieldUntil { pipeline.snapshot().items[0] == 10 && pipeline.snapshot().items[1] == 7 }
        let stall: UInt64 = 500_000_000
        clock.advance(by: stall)
        latch.open()
        threads.join()
        let (measures, records) = recorder.finish(count: 12)
        #expect(records.count == 12)
        #expect(measures.service[2].maximum == stall)
        #expect(measures.service[0].maximum == 0)
        #expect(measures.service[1].maximum == 0)
        #expect(measures.service[3].maximum == 0)
        #expect(records[3].visits[2].service == stall)
        for frame in [4, 5, 6] { #expect(records[frame].wait(beforeStage: 2) == stall) }
        #expect(records[6].heldBack(beforeStage: 2) == stall)
        for frame in [7, 8, 9] { #expect(records[frame].wait(beforeStage: 1) == stall) }
        #expect(records[9].heldBack(beforeStage: 1) == stall)
        for record in records {
            let sum = record.visits.indices.reduce(UInt64(0)) {
                $0 + record.wait(beforeStage: $1) + record.visits[$1].service
            }
            #expect(sum == record.arrivalToWrite)
        }
    }

    @Test func aSourceTellsWhenItsItemsArrived() throws {
        struct Item: Sendable { var arrival: UInt64 }
        let clock = FakeClock()
        clock.advance(by: 1000)
        let next = Gauge()
        let pipeline = Pipeline.source(
            "source", timing: { (item: Item) in SourceTiming(arrival: item.arrival, work: 30) },
            next: {
                guard next.increment() < 2 else { return nil }
                // 70 waiting, 30 working; the item was there 50 ago.
                clock.advance(by: 100)
                return Item(arrival: clock.clock.now() - 50)
            }
        ).sink("sink") { _ in }
        let records = Log<StageRecord>()
        struct Observer: StageObserver {
            let records: Log<StageRecord>
            func didServe(_ record: StageRecord) { records.append(record) }
        }
        let metrics = try pipeline.run(
            .serial, observer: Observer(records: records), clock: clock.clock)
        let first = try #require(records.elements.first)
        #expect((first.enqueued, first.start, first.end) == (1050, 1070, 1100))
        #expect(metrics.stages[0].service == .nanoseconds(60))
        #expect(metrics.stages[0].starved == .nanoseconds(140))
    }

    @Test func stagesThatShareThreadsAreKnown() {
        let pipeline = Pipeline.source("a", next: numbers(0)).stages("b", "c") { _ in
            ({ (item: Int) in item }, { (item: Int) in item })
        }.stage("d") { _ in { (item: Int) in item } }.sink("e") { _ in }
        #expect(pipeline.stages.map(\.sharing) == [nil, 0, 0, nil, nil])
    }
}
