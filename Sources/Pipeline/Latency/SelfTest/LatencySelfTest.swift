import Dispatch
import Glibc
public import Model
import Synchronization
import VideoIO

/// Holds the latency that is reported against the truth: pictures that show the time at which they were made
/// are encoded, sent through a pipe, segmented, encoded, sent again and decoded, and their age then is the
/// true latency from glass to glass.
///
/// A dry run, without the part that is under test, tells what the test itself takes.
public final class LatencySelfTest: Sendable {
    /// What is sent.
    public struct Options: Sendable {
        /// Pictures.
        public var frameCount = 100
        /// Pictures a second; fewer than the machine can segment.
        public var frameRate = 10
        /// Pictures at the beginning that do not count.
        public var warmUp = 10

        /// Creates options.
        public init() {}
    }

    private let options: Options
    private let interruption = Interruption()

    /// Creates a test.
    public init(options: Options = Options()) {
        precondition(options.frameCount > options.warmUp && options.frameRate > 0)
        self.options = options
    }

    /// Ends the test early. Any thread.
    public func interrupt() { interruption.interrupt() }

    /// Runs the test; takes twice as long as the pictures last.
    ///
    /// - Parameters:
    ///   - network: Compiled for as many threads a worker as `segmentation.compute` says.
    ///   - segmentation: How to segment.
    /// - Throws: `VideoError`, ``PipelineError``, ``OverlayError``, `ComputeError`.
    public func run(
        network: Network, segmentation: VideoSegmentation.Options
    ) throws -> LatencySelfTestResult {
        let dry = try dryPass()
        var settings = segmentation
        settings.latency = LatencyRecorder.Options(warmUp: options.warmUp)
        let (sights, run) = try wetPass(network, settings)
        return LatencySelfTestResult(options: options, dry: dry, wet: sights, run: run)
    }

    private var rate: Rational { Rational(Int32(clamping: options.frameRate), 1) }

    private var watcher: ClockWatcher { ClockWatcher(frameRate: options.frameRate) }

    /// Sends all pictures and looks at them where they arrive.
    private func dryPass() throws -> [ClockWatcher.Sight] {
        let work = Background()
        let (reader, sender) = try startSource(work)
        // Whatever fails, the other side sees its pipe close and ends.
        defer { sender.discard() }
        let sights = try watcher.watch(reader)
        if let failure = work.wait() { throw failure }
        return sights
    }

    /// Sends all pictures, segments them where they arrive, sends them on and looks at them at the end.
    private func wetPass(
        _ network: Network, _ settings: VideoSegmentation.Options
    ) throws -> (sights: [ClockWatcher.Sight], run: LatencyRun?) {
        let work = Background()
        let (reader, sender) = try startSource(work)
        let pipe = try OSPipe()
        let sink = PipeSink(descriptor: pipe.writing, frameRate: rate)
        let sights = Mutex<[ClockWatcher.Sight]>([])
        work.start("clock watcher") { [watcher, interruption] in
            let end = try ClockWatcher.open(
                descriptor: pipe.reading, interruption: interruption)
            pipe.closeReading()
            let seen = try watcher.watch(end)
            sights.withLock { $0 = seen }
        }
        do {
            let run = try VideoSegmentation(
                reader: reader, network: network, sink: sink, options: settings
            ).run().latency
            if let failure = work.wait() { throw failure }
            return (sights.withLock { $0 }, run)
        } catch {
            interruption.interrupt()
            sender.discard()
            sink.discard()
            _ = work.wait()
            throw error
        }
    }

    /// Starts sending pictures and opens what arrives.
    private func startSource(_ work: Background) throws -> (VideoReader, PipeSink) {
        let pipe = try OSPipe()
        let sender = PipeSink(descriptor: pipe.writing, frameRate: rate)
        let source = ClockSource(
            frameCount: options.frameCount, frameRate: options.frameRate,
            interruption: interruption)
        work.start("clock source") { try source.run(into: sender) }
        do {
            let reader = try ClockWatcher.open(
                descriptor: pipe.reading, interruption: interruption)
            pipe.closeReading()
            return (reader, sender)
        } catch {
            interruption.interrupt()
            pipe.closeReading()
            _ = work.wait()
            throw error
        }
    }
}

/// Threads of the test and the first error among them.
private final class Background: Sendable {
    private let group = DispatchGroup()
    private let failure = Mutex<(any Error)?>(nil)

    func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        DispatchQueue(label: name, qos: .userInitiated).async(group: group) { [self] in
            do {
                try body()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }

    func wait() -> (any Error)? {
        group.wait()
        return failure.withLock { $0 }
    }
}

/// A pipe of the system's.
private final class OSPipe: Sendable {
    let reading: Int32
    let writing: Int32
    private let isOpen = Atomic(true)

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw VideoError(
                .internal, path: "pipe", operation: "make a pipe",
                reason: String(cString: strerror(errno)))
        }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit { closeReading() }

    /// Closes the reading end; a reader has opened it anew.
    func closeReading() {
        if isOpen.exchange(false, ordering: .acquiringAndReleasing) { close(reading) }
    }
}
