import Testing

@testable import Pipeline

@Suite struct RuntimeResourcePoolTests {
    private final class Buffer: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    @Test func elementsAreUsedAgain() throws {
        let made = Gauge()
        let pool = ResourcePool { Buffer(made.increment()) }
        let first = try pool.take()
        let second = try pool.take()
        #expect(made.now == 2)
        pool.giveBack(first)
        #expect(pool.idleCount == 1)
        #expect(try pool.take() === first)
        pool.giveBack(second)
        pool.giveBack(first)
        #expect(try pool.take() === first)
        #expect(try pool.take() === second)
        #expect(made.now == 2)
    }

    @Test func noMoreThanTheLimitAreKept() throws {
        let made = Gauge()
        let pool = ResourcePool(limit: 2) { Buffer(made.increment()) }
        let buffers = try (0..<3).map { _ in try pool.take() }
        for buffer in buffers { pool.giveBack(buffer) }
        #expect(pool.idleCount == 2)
        #expect(try pool.take() === buffers[1])
        #expect(try pool.take() === buffers[0])
        #expect(made.now == 3)
    }

    @Test func aFailureToMakeIsPassedOn() {
        let pool = ResourcePool<Buffer> { throw Refusal(name: "memory") }
        #expect(throws: Refusal(name: "memory")) { try pool.take() }
    }

    @Test func aPipelineMakesNoMoreThanItHolds() throws {
        let made = Gauge()
        let pool = ResourcePool { Buffer(made.increment()) }
        let wrong = Gauge()
        let inUse = Log<Int>()
        try Pipeline.source("count", next: numbers(2000))
            .stage("fill", workers: 2, capacity: 2) { _ in { _ in try pool.take() } }
            .sink("empty", capacity: 2) { buffer in
                inUse.append(buffer.number)
                pool.giveBack(buffer)
            }
            .run()
        #expect(wrong.now == 0)
        // Two in the workers' hands, two in the queue, one at the sink.
        #expect(made.now <= 5)
        #expect(pool.idleCount == made.now)
        #expect(inUse.elements.count == 2000)
    }
}
