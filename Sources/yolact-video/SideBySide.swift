import Dispatch
import Synchronization

/// Times work that several threads do at the same time, each its own.
///
/// Whoever begins late or is done early would leave the cores to the others. So all work on, without being
/// counted, until the last has warmed up and again until the last has been counted.
struct SideBySide {
    /// What a frame takes.
    struct Timing: Sendable {
        /// Of all threads together.
        var framesPerSecond = 0.0
        /// Milliseconds of each frame.
        var frames: [Double] = []
    }

    /// Threads.
    let count: Int
    /// Frames of each that count.
    let runs: Int
    /// Frames of each before that.
    var warmUp = 3

    /// Where the threads are.
    private final class Phases: Sendable {
        let warm = Atomic(0)
        let counted = Atomic(0)
        let hasFailed = Atomic(false)
        let outcomes = Mutex<[Result<Timing, any Error>]>([])
    }

    /// Runs and blocks until all are done.
    ///
    /// - Parameter frame: Does the work of one frame on the thread with that number.
    /// - Throws: The first error of `frame`.
    func measure(_ frame: @escaping @Sendable (Int) throws -> Void) throws -> Timing {
        let phases = Phases()
        let group = DispatchGroup()
        for number in 0..<count {
            // A queue of its own, as a stage's worker has it: the others must not wait for one that blocks.
            DispatchQueue(label: "bench \(number)").async(group: group) {
                let outcome = Result { try time(phases) { try frame(number) } }
                if case .failure = outcome { phases.hasFailed.store(true, ordering: .relaxed) }
                phases.outcomes.withLock { $0.append(outcome) }
            }
        }
        group.wait()
        // One that failed comes before those that it stopped.
        let outcomes = phases.outcomes.withLock { $0 }
        if case .failure(let error) = outcomes.first(where: \.isFailure) { throw error }
        return try outcomes.reduce(into: Timing()) { sum, outcome in
            let timing = try outcome.get()
            sum.framesPerSecond += timing.framesPerSecond
            sum.frames += timing.frames
        }
    }

    private func time(_ phases: Phases, _ frame: () throws -> Void) throws -> Timing {
        func isUnderWay(_ arrivals: borrowing Atomic<Int>) -> Bool {
            arrivals.load(ordering: .relaxed) < count
                && !phases.hasFailed.load(ordering: .relaxed)
        }
        for _ in 0..<warmUp { try frame() }
        phases.warm.add(1, ordering: .relaxed)
        while isUnderWay(phases.warm) { try frame() }

        var timing = Timing()
        let start = DispatchTime.now().uptimeNanoseconds
        var end = start
        for _ in 0..<runs {
            let begin = end
            try frame()
            end = DispatchTime.now().uptimeNanoseconds
            timing.frames.append(Double(end - begin) / 1e6)
        }
        timing.framesPerSecond = Double(runs) * 1e9 / Double(max(1, end - start))
        phases.counted.add(1, ordering: .relaxed)
        while isUnderWay(phases.counted) { try frame() }
        return timing
    }
}

extension Result {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
