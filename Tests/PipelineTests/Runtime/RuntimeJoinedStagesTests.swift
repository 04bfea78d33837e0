import Synchronization
import Testing

@testable import Pipeline

@Suite struct RuntimeJoinedStagesTests {
    private struct Broken: Error {}

    private func numbers(to last: Int) -> @Sendable () throws -> Int? {
        let next = Mutex(0)
        return {
            next.withLock { next in
                next += 1
                return next <= last ? next : nil
            }
        }
    }

    /// Both stages see every item; between them there are never more than workers.
    @Test(.timeLimit(.minutes(1)), arguments: [Pipeline.Mode.pipelined, .serial], [1, 3])
    func itemsPassBothInOrder(mode: Pipeline.Mode, workers: Int) throws {
        let between = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let received = Mutex<[Int]>([])
        let records = Mutex<[StageRecord]>([])
        struct Observer: StageObserver {
            let note: @Sendable (StageRecord) -> Void
            func didServe(_ record: StageRecord) { note(record) }
        }
        let pipeline = Pipeline.source("source", next: numbers(to: 300))
            .stages("first", "second", workers: workers) { _ in
                (
                    { (item: Int) in
                        let now = between.add(1, ordering: .sequentiallyConsistent).newValue
                        most.max(now, ordering: .sequentiallyConsistent)
                        return "\(item)"
                    },
                    { (text: String) in
                        between.subtract(1, ordering: .sequentiallyConsistent)
                        return text + "!"
                    }
                )
            }
            .sink("sink") { item in
                received.withLock { $0.append(Int(item.dropLast()) ?? -1) }
            }
        let metrics = try pipeline.run(
            mode, observer: Observer { record in records.withLock { $0.append(record) } })
        #expect(received.withLock { $0 } == Array(1...300))
        #expect((1...workers).contains(most.load(ordering: .sequentiallyConsistent)))
        #expect(metrics.stages.map(\.name) == ["source", "first", "second", "sink"])
        #expect(metrics.stages.map(\.items) == [300, 300, 300, 300])
        let count = mode == .serial ? 1 : workers
        #expect(metrics.stages.map(\.workers) == [1, count, count, 1])
        #expect(pipeline.stages.map(\.sharing) == [nil, 0, 0, nil])
        for sequence in 0..<300 {
            let own = records.withLock { $0.filter { $0.sequence == sequence } }
                .sorted { $0.stage < $1.stage }
            #expect(own.map(\.stage) == [0, 1, 2, 3])
            #expect(own[1].worker == own[2].worker)
            #expect(own[1].end <= own[2].start)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Pipeline.Mode.pipelined, .serial])
    func anErrorNamesItsStage(mode: Pipeline.Mode) throws {
        for (index, name) in ["first", "second"].enumerated() {
            let pipeline = Pipeline.source("source", next: numbers(to: 50))
                .stages("first", "second") { _ in
                    (
                        { (item: Int) in
                            if index == 0, item == 20 { throw Broken() }
                            return item
                        },
                        { (item: Int) in
                            if index == 1, item == 20 { throw Broken() }
                            return item
                        }
                    )
                }
                .sink("sink") { _ in }
            let error = try #require(throws: PipelineError.self) { try pipeline.run(mode) }
            #expect(error.stage == name)
            #expect(error.sequence == 19)
            #expect(error.underlying is Broken)
        }
    }
}
