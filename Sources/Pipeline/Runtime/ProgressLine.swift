import Dispatch
import Synchronization

/// Tells how far a run has come: on a terminal one line that is written over, elsewhere a plain line now
/// and then. Driven by a timer, so items pay nothing for it.
public final class ProgressLine: Sendable {
    private let console: Console
    private let unit: Progress.Unit
    private let clock: PipelineClock
    private let count: @Sendable () -> Int
    /// In a handover because Dispatch does not call its sources Sendable; cancelling one is allowed from
    /// any thread, and nothing else is done to it after its activation.
    private let timer: Handover<any DispatchSourceTimer>
    private let state: Mutex<State>

    private struct State {
        let started: UInt64
        var total: Int?
        var estimator = RateEstimator()
        var isFinished = false
    }

    /// Starts the line.
    ///
    /// - Parameters:
    ///   - console: Where it appears.
    ///   - total: Items in all; nil when that is not known.
    ///   - unit: What is counted.
    ///   - interval: Time between updates; nil for 0.2 s on a terminal, 5 s elsewhere.
    ///   - clock: Source of times.
    ///   - count: Gives the items finished so far; called on a queue of the line's own.
    public init(
        console: Console = .standardError, total: Int? = nil, unit: Progress.Unit = .frames,
        interval: Duration? = nil, clock: PipelineClock = .monotonic,
        count: @escaping @Sendable () -> Int
    ) {
        self.console = console
        self.unit = unit
        self.clock = clock
        self.count = count
        state = Mutex(State(started: clock.now(), total: total))
        let timer = DispatchSource.makeTimerSource(
            queue: DispatchQueue(label: "progress", qos: .utility))
        self.timer = Handover(timer)
        let seconds = (interval ?? (console.isTerminal ? .milliseconds(200) : .seconds(5))).seconds
        timer.schedule(deadline: .now() + seconds, repeating: seconds, leeway: .milliseconds(20))
        timer.setEventHandler { [weak self] in self?.update() }
        timer.activate()
    }

    deinit {
        finish(withLine: false)
    }

    /// Changes what there is to do: a run that is asked to end has only to finish what it began.
    public func setTotal(_ total: Int?) {
        state.withLock { $0.total = total }
    }

    /// Shows the present state; the timer calls it.
    func update() {
        show(isLast: false)
    }

    /// Ends the line: takes it off a terminal; elsewhere writes a last plain line.
    ///
    /// - Parameter withLine: Whether to write the last plain line where the stream is no terminal.
    public func finish(withLine: Bool = true) {
        timer.value.cancel()
        show(isLast: true, withLine: withLine)
    }

    private func show(isLast: Bool, withLine: Bool = true) {
        // Held while writing, so that no update can come after the end.
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = isLast
            if isLast && (console.isTerminal || !withLine) {
                console.setStatus(nil)
                return
            }
            let elapsed = Duration(nanoseconds: clock.now() - state.started).seconds
            let done = count()
            let recent = state.estimator.update(done: done, at: elapsed)
            let mean = elapsed > 0 && done > 0 ? Double(done) / elapsed : nil
            let progress = Progress(
                done: done, total: state.total, rate: isLast ? mean : recent ?? mean,
                elapsed: elapsed,
                unit: unit)
            if console.isTerminal {
                // The last column stays free: terminals differ in what they do after it.
                console.setStatus(
                    ProgressFormat.line(progress, width: console.width.map { $0 - 1 }))
            } else {
                console.write(ProgressFormat.line(progress))
            }
        }
    }
}
