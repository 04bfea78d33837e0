import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Pipeline

/// Holds threads back until it is opened, and for good open afterwards.
final class Latch: Sendable {
    private let group = DispatchGroup()
    private let isOpen = Atomic(false)

    init() {
        group.enter()
    }

    deinit {
        open()
    }

    func open() {
        if isOpen.exchange(true, ordering: .acquiringAndReleasing) == false { group.leave() }
    }

    /// A test that would hang fails after a minute instead.
    func wait(sourceLocation: SourceLocation = #_sourceLocation) {
        if group.wait(timeout: .now() + .seconds(60)) == .timedOut {
            Issue.record("waited for a minute", sourceLocation: sourceLocation)
        }
    }
}

/// Opens a latch when its last owner lets it go.
final class Tombstone: Sendable {
    let latch: Latch

    init(_ latch: Latch) {
        self.latch = latch
    }

    deinit {
        latch.open()
    }
}

/// A list that several threads append to.
final class Log<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])

    func append(_ element: Element) {
        list.withLock { $0.append(element) }
    }

    var elements: [Element] { list.withLock { $0 } }
}

/// A count that several threads move, with its highest value.
final class Gauge: Sendable {
    private let state = Mutex((now: 0, peak: 0))

    func add(_ amount: Int) {
        state.withLock { state in
            state.now += amount
            state.peak = max(state.peak, state.now)
        }
    }

    /// Adds one and gives the value before.
    func increment() -> Int {
        state.withLock { state in
            defer { state.now += 1 }
            return state.now
        }
    }

    var now: Int { state.withLock { $0.now } }
    var peak: Int { state.withLock { $0.peak } }
}

/// A yes or no between threads.
final class Flag: Sendable {
    private let value = Atomic(false)

    func raise() {
        value.store(true, ordering: .releasing)
    }

    var isRaised: Bool { value.load(ordering: .acquiring) }
}

/// A clock that stands still until it is moved.
final class FakeClock: Sendable {
    private let time = Atomic<UInt64>(0)

    func advance(by nanoseconds: UInt64) {
        time.add(nanoseconds, ordering: .sequentiallyConsistent)
    }

    var clock: PipelineClock {
        PipelineClock { [self] in time.load(ordering: .sequentiallyConsistent) }
    }
}

/// Runs blocks on threads of their own.
final class Threads {
    private let group = DispatchGroup()

    func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "test").async(group: group, execute: body)
    }

    func join(sourceLocation: SourceLocation = #_sourceLocation) {
        if group.wait(timeout: .now() + .seconds(60)) == .timedOut {
            Issue.record("threads still run after a minute", sourceLocation: sourceLocation)
        }
    }
}

/// Yields the processor until the condition holds, which another thread is bound to bring about.
func yieldUntil(
    _ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) {
    let limit = DispatchTime.now() + .seconds(60)
    while !condition() {
        if DispatchTime.now() > limit {
            Issue.record("condition not met within a minute", sourceLocation: sourceLocation)
            return
        }
        sched_yield()
    }
}

/// A source of the numbers below a limit.
func numbers(_ count: Int, onNext: @escaping @Sendable (Int) throws -> Void = { _ in })
    -> @Sendable () throws -> Int?
{
    let next = Gauge()
    return {
        let number = next.increment()
        try onNext(number)
        return number < count ? number : nil
    }
}

struct Refusal: Error, Equatable, CustomStringConvertible {
    var name: String
    var description: String { "refused by \(name)" }
}
