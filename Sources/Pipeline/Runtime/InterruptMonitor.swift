import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into an orderly end: the first one calls a handler, which should end the
/// input; a second one ends the process at once with status 128 + signal.
///
/// While a monitor lives, SIGPIPE is ignored, so that writing to a closed pipe or socket is an error like
/// any other. Make one monitor at a time, on the main thread before other threads start: the signals'
/// former dispositions come back when it is stopped or released.
public final class InterruptMonitor: Sendable {
    /// The signal that asked for an end; nil if none has come.
    public var signal: Int32? { state.withLock { $0.first?.signal } }

    /// What a shell reports for a process ended by a signal: 130 for SIGINT, 143 for SIGTERM.
    public static func exitStatus(for signal: Int32) -> Int32 { 128 + signal }

    /// What `kill -l` calls a signal.
    public static func name(of signal: Int32) -> String {
        switch signal {
        case SIGHUP: "SIGHUP"
        case SIGINT: "SIGINT"
        case SIGTERM: "SIGTERM"
        default: "signal \(signal)"
        }
    }

    private let watched: [Int32]

    private let state = Mutex(State())
    /// In a handover because Dispatch does not call its sources Sendable; cancelling one is allowed from
    /// any thread, and nothing else is done to them after their activation.
    private let sources: Handover<[any DispatchSourceSignal]>
    private let formerActions: [(signal: Int32, action: Handover<sigaction>)]
    private let unblocked: [Int32]
    /// Left when Dispatch has let go of the signals.
    private let released = DispatchGroup()

    private struct State {
        var first: (signal: Int32, time: UInt64)?
        var isStopped = false
    }

    /// Starts watching; signals that come after this returns are seen.
    ///
    /// - Parameters:
    ///   - repeatInterval: A signal this soon after the first is taken for the same wish: `timeout` and
    ///     some shells signal the process and its group, one right after the other. No hand is that fast.
    ///   - lastWords: Called before the process is ended at once, to remove temporary files. Runs on an
    ///     ordinary thread, not in a signal handler, but gets one second: it may call anything, and
    ///     should not wait for locks that a stuck thread could hold.
    ///   - clock: Source of times.
    ///   - handler: Called once with the first signal, on a queue of its own.
    public init(
        repeatInterval: Duration = .milliseconds(50),
        lastWords: @escaping @Sendable () -> Void = {},
        clock: PipelineClock = .monotonic,
        handler: @escaping @Sendable (_ signal: Int32) -> Void
    ) {
        // Whom nohup started goes on when the terminal is closed.
        let watched = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
        self.watched = watched
        unblocked = watched.filter { !Self.isBlocked($0) }
        formerActions = (watched + [SIGPIPE]).map { number in
            var former = sigaction()
            sigaction(number, nil, &former)
            return (number, Handover(former))
        }
        _ = Glibc.signal(SIGPIPE, SIG_IGN)

        // The sources' queue stays free: the handler and the last words may block, and a second signal
        // must be seen all the same.
        let queue = DispatchQueue(label: "signals", qos: .userInteractive)
        let registered = DispatchGroup()
        let sources = watched.map { number -> any DispatchSourceSignal in
            registered.enter()
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setRegistrationHandler { registered.leave() }
            return source
        }
        self.sources = Handover(sources)
        for (source, number) in zip(sources, watched) {
            source.setEventHandler { [weak self] in
                self?.received(
                    number, repeatInterval: repeatInterval, lastWords: lastWords, clock: clock,
                    handler: handler)
            }
            released.enter()
            source.setCancelHandler { [released] in released.leave() }
            source.activate()
        }
        registered.wait()
    }

    deinit {
        // The last owner may be the sources' own queue, which must not wait for itself.
        guard cancel() else { return }
        released.notify(queue: .global()) { [formerActions] in Self.restore(formerActions) }
    }

    /// Stops watching and gives the signals back their former dispositions, before it returns; a monitor
    /// that is merely released does so soon.
    public func stop() {
        guard cancel() else { return }
        // Until Dispatch has let go of a signal it may still swallow one, and it resets the disposition
        // when it does.
        released.wait()
        Self.restore(formerActions)
        // Dispatch blocks a signal in the threads that it hits, to read it from a descriptor.
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in unblocked { sigaddset(&mask, signal) }
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    }

    /// Makes the sources end; false if that was done before.
    private func cancel() -> Bool {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if isFirst { for source in sources.value { source.cancel() } }
        return isFirst
    }

    private static func restore(_ actions: [(signal: Int32, action: Handover<sigaction>)]) {
        for (signal, action) in actions {
            var former = action.value
            sigaction(signal, &former, nil)
        }
    }

    private func received(
        _ signal: Int32, repeatInterval: Duration, lastWords: @escaping @Sendable () -> Void,
        clock: PipelineClock, handler: @escaping @Sendable (Int32) -> Void
    ) {
        enum Reaction { case none, handle, exit }
        let now = clock.now()
        let reaction = state.withLock { state -> Reaction in
            if state.isStopped { return .none }
            guard let first = state.first else {
                state.first = (signal, now)
                return .handle
            }
            return Duration(nanoseconds: now - first.time) < repeatInterval ? .none : .exit
        }
        switch reaction {
        case .none: break
        case .handle: DispatchQueue(label: "interrupt").async { handler(signal) }
        case .exit:
            let group = DispatchGroup()
            DispatchQueue(label: "last words").async(group: group) { lastWords() }
            _ = group.wait(timeout: .now() + .seconds(1))
            // Not exit(): its handlers could wait for threads that are still at work.
            _exit(Self.exitStatus(for: signal))
        }
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        sigaction(signal, nil, &action)
        // SIG_IGN, which Swift cannot compare.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    private static func isBlocked(_ signal: Int32) -> Bool {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return sigismember(&mask, signal) == 1
    }
}
