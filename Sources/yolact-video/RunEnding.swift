import Logging
import Pipeline
import Synchronization

/// What a signal asks of a run: to finish the items under way and begin no others. Says so at once.
final class RunEnding: Sendable {
    /// What there is to end.
    struct Run: Sendable {
        /// What is counted, such as "frames".
        var unit: String
        /// Items begun and not finished.
        var underWay: @Sendable () -> Int
        var finished: @Sendable () -> Int
        /// Makes it begin no further item.
        var stop: @Sendable () -> Void
        var progress: ProgressLine?
    }

    private let logger: Logger
    private let state = Mutex<(run: Run?, signal: Int32?)>((nil, nil))

    init(_ logger: Logger) { self.logger = logger }

    /// Takes a run that begins; ends it if a signal has come already.
    func follow(_ run: Run) {
        let signal = state.withLock { state in
            state.run = run
            return state.signal
        }
        if let signal { end(run, signal) }
    }

    /// Ends the run, now or when there is one.
    @Sendable func end(_ signal: Int32) {
        let run = state.withLock { state in
            state.signal = signal
            return state.run
        }
        if let run { end(run, signal) }
    }

    private func end(_ run: Run, _ signal: Int32) {
        run.stop()
        let count = run.underWay()
        run.progress?.setTotal(run.finished() + count)
        let work =
            count == 0
            ? "completing the output" : "finishing \(count) \(run.unit)"
        logger.notice(
            "\(InterruptMonitor.name(of: signal)): \(work); a second signal discards everything")
    }
}

extension RunEnding.Run {
    init(_ run: VideoSegmentation, _ progress: ProgressLine?) {
        self.init(
            unit: "frames", underWay: { run.framesUnderWay }, finished: { run.framesFinished },
            stop: run.stop, progress: progress)
    }

    init(_ run: VideoStability, _ progress: ProgressLine?) {
        self.init(
            unit: "frames", underWay: { run.framesUnderWay }, finished: { run.framesFinished },
            stop: run.stop, progress: progress)
    }

    init(_ run: ImageSegmentation, _ progress: ProgressLine?) {
        self.init(
            unit: "images", underWay: { run.imagesUnderWay }, finished: { run.imagesFinished },
            stop: run.stop, progress: progress)
    }
}
