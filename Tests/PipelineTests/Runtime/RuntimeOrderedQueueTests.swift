import Synchronization
import Testing

@testable import Pipeline

@Suite struct RuntimeOrderedQueueTests {
    @Test func givesBackInOrderWhateverTheOrderOfPushes() {
        let queue = OrderedQueue<String>(capacity: 4)
        for number in [2, 0, 3, 1] { queue.push("item \(number)", at: number) }
        queue.finish(count: 4)
        for number in 0..<4 {
            let entry = queue.pop()
            #expect(entry?.sequence == number)
            #expect(entry?.element == "item \(number)")
        }
        #expect(queue.pop() == nil)
        #expect(queue.pop() == nil)
        #expect(queue.finalCount == 4)
    }

    @Test func pushWaitsForTheHeadToMove() {
        let queue = OrderedQueue<Int>(capacity: 2)
        queue.push(0, at: 0)
        queue.push(1, at: 1)
        let threads = Threads()
        let flag = Flag()
        threads.start {
            queue.push(2, at: 2)
            flag.raise()
        }
        yieldUntil { queue.waiting.producers == 1 }
        #expect(!flag.isRaised)
        #expect(queue.pop()?.element == 0)
        threads.join()
        #expect(flag.isRaised)
        #expect(queue.pop()?.element == 1)
        #expect(queue.pop()?.element == 2)
    }

    @Test func theHeadGetsInWhenEverythingElseIsAhead() {
        let queue = OrderedQueue<Int>(capacity: 2)
        let threads = Threads()
        for number in 1..<6 { threads.start { queue.push(number, at: number) } }
        // 1 fits, 2 to 5 wait for a head that nobody has pushed yet.
        yieldUntil { queue.waiting.producers == 4 }
        queue.push(0, at: 0)
        for number in 0..<6 { #expect(queue.pop()?.sequence == number) }
        threads.join()
    }

    @Test func popWaitsForTheHeadNotForJustAnyItem() {
        let queue = OrderedQueue<Int>(capacity: 3)
        let got = Log<Int>()
        let threads = Threads()
        for _ in 0..<3 {
            threads.start { if let entry = queue.pop() { got.append(entry.sequence) } }
        }
        yieldUntil { queue.waiting.consumers == 3 }
        queue.push(2, at: 2)
        queue.push(1, at: 1)
        #expect(queue.waiting.consumers == 3)
        #expect(got.elements.isEmpty)
        queue.push(0, at: 0)
        threads.join()
        #expect(got.elements.sorted() == [0, 1, 2])
    }

    @Test func finishWakesEveryConsumer() {
        let queue = OrderedQueue<Int>(capacity: 3)
        let ended = Gauge()
        let threads = Threads()
        for _ in 0..<4 { threads.start { if queue.pop() == nil { ended.add(1) } } }
        yieldUntil { queue.waiting.consumers == 4 }
        queue.finish(count: 0)
        threads.join()
        #expect(ended.now == 4)
    }

    @Test func finishBeforeTheLastItemsWaitsForThem() {
        let queue = OrderedQueue<Int>(capacity: 3)
        let threads = Threads()
        let got = Log<Int>()
        let ended = Gauge()
        for _ in 0..<3 {
            threads.start {
                while let entry = queue.pop() { got.append(entry.sequence) }
                ended.add(1)
            }
        }
        queue.finish(count: 2)
        queue.push(1, at: 1)
        yieldUntil { queue.waiting.consumers == 3 }
        #expect(ended.now == 0)
        queue.push(0, at: 0)
        threads.join()
        #expect(got.elements.sorted() == [0, 1])
        #expect(ended.now == 3)
    }

    @Test func cancelEndsAllWaitingAndDropsItems() {
        let full = OrderedQueue<Tombstone>(capacity: 1)
        let freed = Latch()
        full.push(Tombstone(freed), at: 0)
        let empty = OrderedQueue<Int>(capacity: 1)
        let threads = Threads()
        let refused = Gauge()
        for number in 1...3 {
            threads.start { if !full.push(Tombstone(Latch()), at: number) { refused.add(1) } }
            threads.start { if empty.pop() == nil { refused.add(1) } }
        }
        yieldUntil { full.waiting.producers == 3 && empty.waiting.consumers == 3 }
        full.cancel()
        empty.cancel()
        threads.join()
        freed.wait()
        #expect(refused.now == 6)
        #expect(full.pop() == nil)
        #expect(empty.push(0, at: 0) == false)
        #expect(empty.finalCount == nil)
        empty.cancel()
    }

    @Test(arguments: [1, 2, 7])
    func manyProducersAndConsumersLoseNothing(capacity: Int) {
        let count = 30_000
        let queue = OrderedQueue<Int>(capacity: capacity)
        let source = numbers(count)
        let threads = Threads()
        for _ in 0..<4 {
            threads.start {
                while let number = try? source() { queue.push(number * 3, at: number) }
                queue.finish(count: count)
            }
        }
        let lists = Log<[Int]>()
        for _ in 0..<3 {
            threads.start {
                var list: [Int] = []
                while let entry = queue.pop() {
                    if entry.element == entry.sequence * 3 { list.append(entry.sequence) }
                }
                lists.append(list)
            }
        }
        threads.join()
        #expect(lists.elements.count == 3)
        #expect(lists.elements.allSatisfy { $0 == $0.sorted() })
        #expect(lists.elements.flatMap(\.self).sorted() == Array(0..<count))
        #expect(queue.waiting == (0, 0))
    }
}
