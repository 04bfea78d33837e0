import Dispatch
import Glibc
import Testing

@testable import Pipeline

@Suite struct RuntimePipelineTests {
    /// Numbers through two stages of several workers into a list.
    private func squares(_ count: Int, into log: Log<String>) -> Pipeline {
        Pipeline.source("count", next: numbers(count))
            .stage("square", workers: 3, capacity: 2) { _ in { $0 * $0 } }
            .stage("print", workers: 2, capacity: 1) { _ in { "\($0)" } }
            .sink("collect") { log.append($0) }
    }

    @Test(arguments: [0, 1, 2, 1000, 100_000])
    func serialAndPipelinedGiveTheSameInOrder(count: Int) throws {
        let expected = (0..<count).map { "\($0 * $0)" }
        for mode in Pipeline.Mode.allCases {
            let log = Log<String>()
            let pipeline = squares(count, into: log)
            let metrics = try pipeline.run(mode)
            #expect(log.elements == expected)
            #expect(metrics.items == count)
            #expect(metrics.stages.map(\.items) == [count, count, count, count])
            #expect(metrics.stages.map(\.name) == ["count", "square", "print", "collect"])
            #expect(
                metrics.stages.map(\.workers) == (mode == .serial ? [1, 1, 1, 1] : [1, 3, 2, 1]))
            #expect(pipeline.snapshot().finished == count)
            #expect(pipeline.metrics == metrics)
        }
    }

    /// Each odd item is finished before the even one below it.
    @Test func orderIsKeptWhenWorkersFinishOutOfOrder() throws {
        let count = 400
        let latches = (0..<count).map { _ in Latch() }
        let finished = Log<Int>()
        let log = Log<Int>()
        try Pipeline.source("count", next: numbers(count))
            .stage("swap", workers: 2, capacity: 2) { _ in
                { number in
                    if number.isMultiple(of: 2) { latches[number + 1].wait() }
                    finished.append(number)
                    latches[number].open()
                    return number
                }
            }
            .sink("collect") { log.append($0) }
            .run()
        #expect(finished.elements == (0..<count).map { $0 ^ 1 })
        #expect(log.elements == Array(0..<count))
    }

    @Test func queuesAndWorkersBoundWhatIsInFlight() throws {
        // With the sink on item 0: two items before it, two in the workers' hands, three before those,
        // one in the source's.
        let bound = 1 + 2 + 2 + 3 + 1
        let inFlight = Gauge()
        let isFull = Latch()
        let source = numbers(300) { number in
            guard number < 300 else { return }
            inFlight.add(1)
            if number == bound - 1 { isFull.open() }
        }
        try Pipeline.source("count", next: source)
            .stage("pass", workers: 2, capacity: 3) { _ in { $0 } }
            .sink("stall", capacity: 2) { number in
                if number == 0 { isFull.wait() }
                inFlight.add(-1)
            }
            .run()
        #expect(inFlight.now == 0)
        // The sink lets go of an item a moment before its worker takes the next.
        #expect((bound...bound + 1).contains(inFlight.peak))
    }

    @Test func eachWorkerKeepsToAThreadOfItsOwn() throws {
        let strayed = Gauge()
        let threads = Log<UInt>()
        try Pipeline.source("count", next: numbers(200))
            .stage("work", workers: 3) { _ in
                let own = pthread_self()
                threads.append(own)
                return { number in
                    if own != pthread_self() { strayed.add(1) }
                    return number
                }
            }
            .sink("end") { (_: Int) in threads.append(pthread_self()) }
            .run()
        #expect(strayed.now == 0)
        #expect(Set(threads.elements).count == 4)
    }

    @Test func nothingOfTheWorkersIsLeftWhenRunReturns() throws {
        for fails in [false, true] {
            let (made, alive) = (Gauge(), Gauge())
            let pipeline = Pipeline.source(
                "count",
                next: numbers(50) { if fails && $0 == 20 { throw Refusal(name: "source") } }
            )
            .stage("work", workers: 4) { _ in
                let token = Token(made, alive)
                return { number in withExtendedLifetime(token) { number } }
            }
            .stage("more", workers: 2) { _ in
                let token = Token(made, alive)
                return { number in withExtendedLifetime(token) { number } }
            }
            .sink("end") { _ in }
            _ = try? pipeline.run()
            #expect(made.now == 6)
            #expect(alive.now == 0)
        }
    }

    @Test func endInputDrainsWhatIsUnderWay() throws {
        for mode in Pipeline.Mode.allCases {
            let log = Log<Int>()
            let delivered = Log<Int>()
            let ended = Latch()
            let pipeline = Pipeline.source("endless") { [log] in
                let number = log.elements.count
                log.append(number)
                if number == 30 { ended.open() }
                return .some(number)
            }
            .stage("pass", workers: 2) { _ in { $0 } }
            .sink("collect") { delivered.append($0) }
            let threads = Threads()
            threads.start {
                ended.wait()
                pipeline.endInput()
            }
            let metrics = try pipeline.run(mode)
            threads.join()
            #expect(delivered.elements == log.elements)
            #expect(metrics.items >= 31)
        }
    }

    @Test func endInputBeforeTheStartGivesAnEmptyRun() throws {
        for mode in Pipeline.Mode.allCases {
            let pipeline = squares(10, into: Log())
            pipeline.endInput()
            #expect(try pipeline.run(mode).items == 0)
        }
    }

    @Test func cancelStopsAnEndlessRun() throws {
        for mode in Pipeline.Mode.allCases {
            let started = Latch()
            let pipeline = Pipeline.source("endless") { .some(1) }
                .stage("pass", workers: 2) { _ in { $0 } }
                .sink("stall") { _ in started.open() }
            let threads = Threads()
            threads.start {
                started.wait()
                pipeline.cancel()
            }
            #expect(throws: CancellationError.self) { try pipeline.run(mode) }
            threads.join()
        }
    }

    @Test func cancelBeforeTheStartServesNothing() {
        for mode in Pipeline.Mode.allCases {
            let log = Log<String>()
            let pipeline = squares(10, into: log)
            pipeline.cancel()
            #expect(throws: CancellationError.self) { try pipeline.run(mode) }
            #expect(log.elements.isEmpty)
        }
    }

    @Test func handoverCarriesWhatIsNotSendable() throws {
        final class Buffer { var sum = 0 }
        var total = 0
        let result = Handover(Buffer())
        try Pipeline.source("count", next: numbers(100))
            .stage("wrap") { _ in
                { (number: Int) -> Handover<Buffer> in
                    let buffer = Buffer()
                    buffer.sum = number
                    return Handover(buffer)
                }
            }
            .sink("sum") { result.value.sum += $0.value.sum }
            .run()
        total = result.value.sum
        #expect(total == 4950)
    }
}

private final class Token: Sendable {
    private let alive: Gauge

    init(_ made: Gauge, _ alive: Gauge) {
        self.alive = alive
        made.add(1)
        alive.add(1)
    }

    deinit {
        alive.add(-1)
    }
}
