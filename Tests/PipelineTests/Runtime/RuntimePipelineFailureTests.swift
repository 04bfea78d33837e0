import Dispatch
import Testing

@testable import Pipeline

@Suite struct RuntimePipelineFailureTests {
    enum Place: String, CaseIterable, Sendable { case source, early, late, sink }

    /// A pipeline that refuses item 7 at the given place.
    private func pipeline(refusingAt place: Place, delivered: Log<Int>) -> Pipeline {
        @Sendable func check(_ here: Place, _ number: Int) throws -> Int {
            if here == place && number == 7 { throw Refusal(name: here.rawValue) }
            return number
        }
        return Pipeline.source("source", next: numbers(10_000) { _ = try check(.source, $0) })
            .stage("early", workers: 3, capacity: 1) { _ in { try check(.early, $0) } }
            .stage("late", workers: 1, capacity: 2) { _ in { try check(.late, $0) } }
            .sink("sink", capacity: 1) { delivered.append(try check(.sink, $0)) }
    }

    @Test(arguments: Place.allCases, Pipeline.Mode.allCases)
    func anErrorStopsTheRunAndNamesItsStage(place: Place, mode: Pipeline.Mode) throws {
        let delivered = Log<Int>()
        let pipeline = pipeline(refusingAt: place, delivered: delivered)
        let error = try #require(throws: PipelineError.self) { try pipeline.run(mode) }
        #expect(error.stage == place.rawValue)
        #expect(error.sequence == 7)
        #expect(error.underlying as? Refusal == Refusal(name: place.rawValue))
        #expect("\(error)" == "\(place.rawValue), item 7: refused by \(place.rawValue)")
        // What came out is the beginning, without a gap.
        #expect(delivered.elements == Array(0..<delivered.elements.count))
        #expect(delivered.elements.count <= 7)
        let metrics = try #require(pipeline.metrics)
        #expect(metrics.items == delivered.elements.count)
    }

    @Test(arguments: Pipeline.Mode.allCases)
    func aWorkerThatCannotBeMadeStopsTheRun(mode: Pipeline.Mode) throws {
        let pipeline = Pipeline.source("count") { .some(0) }
            .stage("pass", workers: 2) { _ in { $0 } }
            .stage("broken", workers: 2) { worker in
                if worker == (mode == .serial ? 0 : 1) { throw Refusal(name: "broken") }
                return { $0 }
            }
            .sink("end") { _ in }
        let error = try #require(throws: PipelineError.self) { try pipeline.run(mode) }
        #expect(error.stage == "broken")
        #expect(error.sequence == nil)
        #expect("\(error)" == "broken: refused by broken")
    }

    @Test func anErrorWakesStagesThatWaitToPushAndToPop() throws {
        let isBlocked = Latch()
        let pipeline = Pipeline.source(
            "count", next: numbers(100) { if $0 == 2 { isBlocked.open() } }
        )
        .stage("middle", capacity: 1) { _ in
            { (number: Int) -> Int in
                // 0 is here, 1 in the queue, 2 in the source's hand; the sink has nothing.
                isBlocked.wait()
                throw Refusal(name: "middle")
            }
        }
        .sink("end") { _ in }
        let error = try #require(throws: PipelineError.self) { try pipeline.run() }
        #expect(error.stage == "middle" && error.sequence == 0)
    }

    @Test func anErrorInTheSinkWakesEveryStageBefore() throws {
        let isBlocked = Latch()
        // 0 at the sink, 1 in each of the two queues and hands before: the source holds 5.
        let pipeline = Pipeline.source(
            "count", next: numbers(100) { if $0 == 4 { isBlocked.open() } }
        )
        .stage("middle", capacity: 1) { _ in { $0 } }
        .sink("end", capacity: 1) { _ in
            isBlocked.wait()
            throw Refusal(name: "end")
        }
        let error = try #require(throws: PipelineError.self) { try pipeline.run() }
        #expect(error.stage == "end" && error.sequence == 0)
    }

    @Test func theFirstErrorInTimeIsReportedNotTheFirstInOrder() throws {
        // Item 0 fails only after item 1 has: the worker of the stage after ends when the queues are
        // cancelled, and lets its tombstone go.
        let stopped = Latch()
        let isTaken = Latch()
        let pipeline = Pipeline.source("count", next: numbers(2))
            .stage("fail", workers: 2) { _ in
                { (number: Int) -> Int in
                    if number == 0 {
                        isTaken.open()
                        stopped.wait()
                    } else {
                        isTaken.wait()
                    }
                    throw Refusal(name: "\(number)")
                }
            }
            .stage("after") { _ in
                let tombstone = Tombstone(stopped)
                return { number in withExtendedLifetime(tombstone) { number } }
            }
            .sink("end") { _ in }
        let error = try #require(throws: PipelineError.self) { try pipeline.run() }
        #expect(error.sequence == 1)
        #expect(error.underlying as? Refusal == Refusal(name: "1"))
    }

    @Test func aThousandRunsOfAllKindsEnd() throws {
        for round in 0..<1000 {
            let failing = round % 5
            let delivered = Log<Int>()
            let pipeline = Pipeline.source(
                "source",
                next: numbers(round % 17) {
                    if failing == 1 && $0 == 3 { throw Refusal(name: "a") }
                }
            )
            .stage("one", workers: 1 + round % 3, capacity: 1 + round % 2) { _ in
                { if failing == 2 && $0 == 5 { throw Refusal(name: "b") } else { $0 } }
            }
            .stage("two", workers: 1 + round % 4, capacity: 1) { worker in
                if failing == 3 && worker == 0 { throw Refusal(name: "c") }
                return { $0 }
            }
            .sink("sink", capacity: 1) { delivered.append($0) }
            if failing == 4 { pipeline.cancel() }
            let count = round % 17
            do {
                try pipeline.run()
                #expect(delivered.elements == Array(0..<count))
                #expect(failing == 0 || failing == 1 && count < 3 || failing == 2 && count < 6)
            } catch is CancellationError {
                #expect(failing == 4)
            } catch let error as PipelineError {
                #expect(error.stage == ["", "source", "one", "two"][failing])
            }
        }
    }
}
