import Foundation
import Synchronization
import Testing

@testable import Pipeline

@Suite struct RuntimeSharedResourceTests {
    @Test(.timeLimit(.minutes(1))) func theLatestStageIsNext() {
        let resource = SharedResource()
        let order = Mutex<[Int]>([])
        let group = DispatchGroup()
        resource.acquire(for: 0)
        for (count, stage) in [1, 3, 2, 3].enumerated() {
            DispatchQueue.global().async(group: group) {
                resource.acquire(for: stage)
                order.withLock { $0.append(stage) }
                resource.release()
            }
            while resource.waiterCount < count + 1 { sched_yield() }
        }
        resource.release()
        group.wait()
        #expect(order.withLock { $0 } == [3, 3, 2, 1])
        // Free again.
        resource.acquire(for: 0)
        resource.release()
    }

    @Test(.timeLimit(.minutes(1))) func stagesTakeTurnsAndWaitingIsNoService() throws {
        let resource = SharedResource()
        let inside = Atomic<Int>(0)
        let most = Mutex(0)
        @Sendable func body(_ item: Int) -> Int {
            let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
            most.withLock { $0 = max($0, now) }
            _ = inside.subtract(1, ordering: .sequentiallyConsistent)
            return item
        }
        let next = Mutex(0)
        let received = Mutex<[Int]>([])
        let pipeline = Pipeline.source("source") {
            next.withLock { next -> Int? in
                next += 1
                return next <= 500 ? next : nil
            }
        }
        .stage("a", resources: [resource]) { _ in body }
        .stage("b", resources: [resource]) { _ in body }
        .sink("sink") { item in received.withLock { $0.append(item) } }
        try pipeline.run()
        #expect(received.withLock { $0 } == Array(1...500))
        #expect(most.withLock { $0 } == 1)
    }
}
