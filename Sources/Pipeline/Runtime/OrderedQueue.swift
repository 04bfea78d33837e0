import Dispatch
import Synchronization

/// A bounded queue that hands items out in the order of their sequence numbers, whatever the order in
/// which several producers finish them.
///
/// Items are numbered 0, 1, 2, ... without gaps, each number pushed once. The next number to leave is the
/// head. A number may enter once it is below head + ``capacity``: the bound is relative to the head, not
/// to the count of stored items, so the producer that holds the head always gets in and producers that
/// finish out of order cannot block one another for good.
///
/// Any number of threads may push and pop. A thread that has to wait sleeps on a semaphore of its own and
/// is woken only when its turn has come.
public final class OrderedQueue<Element: Sendable>: Sendable {
    /// An item and its number.
    public typealias Entry = (sequence: Int, element: Element)

    /// How far behind the newest stored number the head may lag; at least 1.
    public let capacity: Int

    private let state: Mutex<State>

    private struct State {
        /// Number n lies in slot n modulo capacity.
        var slots: [Element?]
        var head = 0
        /// How many items there will have been in all, once that is known.
        var count: Int?
        var isCancelled = false
        var consumers: [DispatchSemaphore] = []
        var producers: [(sequence: Int, semaphore: DispatchSemaphore)] = []
        /// Semaphores of threads that are no longer waiting, kept so that waiting allocates nothing.
        var spare: [DispatchSemaphore] = []

        /// Every semaphore starts at 0 and gets one signal for each wait, so it is back at 0 whenever it
        /// is spare or destroyed (Dispatch traps on one destroyed below its first value).
        mutating func semaphore() -> DispatchSemaphore {
            spare.popLast() ?? DispatchSemaphore(value: 0)
        }

        mutating func wakeAllConsumers() {
            for semaphore in consumers { semaphore.signal() }
            consumers.removeAll(keepingCapacity: true)
        }

        mutating func wakeAllProducers() {
            for producer in producers { producer.semaphore.signal() }
            producers.removeAll(keepingCapacity: true)
        }
    }

    /// Creates an empty queue.
    ///
    /// - Parameter capacity: How many items may lie between the head and the newest; at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "an ordered queue needs room for one item")
        self.capacity = capacity
        state = Mutex(State(slots: Array(repeating: nil, count: capacity)))
    }

    /// Blocks until the item numbered `sequence` may enter. The caller that owns the number can then
    /// ``push(_:at:)`` without blocking, whatever other threads do: the head never moves back.
    ///
    /// - Returns: false if the queue has been cancelled.
    public func waitForRoom(at sequence: Int) -> Bool {
        var waited: DispatchSemaphore?
        while true {
            let step = state.withLock { state -> Step in
                if let waited { state.spare.append(waited) }
                if state.isCancelled { return .cancelled }
                if sequence < state.head + capacity { return .proceed }
                let semaphore = state.semaphore()
                state.producers.append((sequence, semaphore))
                return .wait(semaphore)
            }
            switch step {
            case .proceed: return true
            case .cancelled: return false
            case .wait(let semaphore):
                semaphore.wait()
                waited = semaphore
            }
        }
    }

    /// Stores an item under its number; blocks until there is room for it.
    ///
    /// A number must not be pushed twice, and must be below the count given to ``finish(count:)``.
    ///
    /// - Returns: false if the queue has been cancelled; the item is then dropped.
    @discardableResult
    public func push(_ element: Element, at sequence: Int) -> Bool {
        guard waitForRoom(at: sequence) else { return false }
        let (stored, consumer) = state.withLock { state -> (Bool, DispatchSemaphore?) in
            if state.isCancelled { return (false, nil) }
            precondition(
                sequence >= state.head && state.slots[sequence % capacity] == nil
                    && sequence < state.count ?? .max,
                "item \(sequence) pushed twice or after the end")
            state.slots[sequence % capacity] = .some(element)
            return (true, sequence == state.head ? state.consumers.popLast() : nil)
        }
        consumer?.signal()
        return stored
    }

    /// Takes the head item; blocks until it is there.
    ///
    /// - Returns: nil after the last item, or once the queue has been cancelled.
    public func pop() -> Entry? {
        var waited: DispatchSemaphore?
        while true {
            let step = state.withLock { state -> PopStep in
                if let waited { state.spare.append(waited) }
                if state.isCancelled || state.head == state.count { return .ended }
                guard let element = state.slots[state.head % capacity].take() else {
                    let semaphore = state.semaphore()
                    state.consumers.append(semaphore)
                    return .wait(semaphore)
                }
                let sequence = state.head
                state.head += 1
                // A move of the head by one lets in exactly one more number.
                var producer: DispatchSemaphore?
                let admitted = sequence + capacity
                if let index = state.producers.firstIndex(where: { $0.sequence == admitted }) {
                    producer = state.producers.remove(at: index).semaphore
                }
                var consumer: DispatchSemaphore?
                if state.head == state.count {
                    state.wakeAllConsumers()
                } else if state.slots[state.head % capacity] != nil {
                    consumer = state.consumers.popLast()
                }
                return .item(sequence, element, producer, consumer)
            }
            switch step {
            case .ended: return nil
            case .wait(let semaphore):
                semaphore.wait()
                waited = semaphore
            case .item(let sequence, let element, let producer, let consumer):
                producer?.signal()
                consumer?.signal()
                return (sequence, element)
            }
        }
    }

    /// Says that there are `count` items in all: numbers 0 to count - 1. Those not yet pushed may still
    /// come; consumers get nil after the last one. Further calls must give the same count.
    public func finish(count: Int) {
        state.withLock { state in
            precondition(
                state.count ?? count == count && count >= state.head,
                "an ordered queue finished with two different counts")
            state.count = count
            if state.head == count { state.wakeAllConsumers() }
        }
    }

    /// Drops what is stored and ends all waiting: from now on pushes return false and pops nil.
    public func cancel() {
        // The items are let go outside the lock: they may free large things or call back.
        let dropped = state.withLock { state -> [Element?] in
            state.isCancelled = true
            state.wakeAllConsumers()
            state.wakeAllProducers()
            let slots = state.slots
            state.slots = []
            return slots
        }
        _ = consume dropped
    }

    /// The count given to ``finish(count:)``; nil before that, and after ``cancel()``.
    public var finalCount: Int? {
        state.withLock { $0.isCancelled ? nil : $0.count }
    }

    /// How many threads are waiting to push and to pop.
    var waiting: (producers: Int, consumers: Int) {
        state.withLock { ($0.producers.count, $0.consumers.count) }
    }

    private enum Step { case proceed, cancelled, wait(DispatchSemaphore) }

    private enum PopStep {
        case ended
        case wait(DispatchSemaphore)
        case item(Int, Element, DispatchSemaphore?, DispatchSemaphore?)
    }
}
