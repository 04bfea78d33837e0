import Dispatch
public import Model
import Synchronization
import VideoIO

/// Holds the latency that is reported against the truth: pictures that show the time at which they were made
/// are encoded, sent through a pipe or by RTSP, segmented, encoded, sent again and decoded, and their age then
/// is the true latency from glass to glass.
///
/// A dry run, without the part that is under test, tells what the test itself takes.
public final class LatencySelfTest: Sendable {
    /// How pictures are sent.
    public enum Transport: String, Sendable, CaseIterable {
        /// NUT through a pipe of the system's: nothing but the program takes time.
        case pipe
        /// RTSP over TCP on this machine, to a listening reader, as from a camera and to a server.
        case rtsp
    }

    /// What is sent.
    public struct Options: Sendable {
        /// How.
        public var transport = Transport.pipe
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
        let (sights, run, kept) = try wetPass(network, settings)
        return LatencySelfTestResult(
            options: options, dry: dry, wet: sights, run: run, framesKept: kept)
    }

    private var rate: Rational { Rational(Int32(clamping: options.frameRate), 1) }

    private var watcher: ClockWatcher { ClockWatcher(frameRate: options.frameRate) }

    private func makeLink() throws -> ClockLink {
        try ClockLink(options.transport, frameRate: rate, interruption: interruption)
    }

    /// Sends all pictures and looks at them where they arrive.
    private func dryPass() throws -> [ClockWatcher.Sight] {
        let work = Background()
        let (reader, sender) = try startSource(work)
        // Whatever fails, the other side sees its link break and ends.
        defer { sender.discard() }
        let sights = try watcher.watch(reader)
        if let failure = work.wait() { throw failure }
        return sights
    }

    /// Sends all pictures, segments them where they arrive, sends them on and looks at them at the end.
    private func wetPass(
        _ network: Network, _ settings: VideoSegmentation.Options
    ) throws -> (sights: [ClockWatcher.Sight], run: LatencyRun?, framesKept: Int) {
        let work = Background()
        let (reader, sender) = try startSource(work)
        let link = try makeLink()
        let seen = Mutex<(sights: [ClockWatcher.Sight], framesKept: Int)>(([], 0))
        work.start("clock watcher") { [watcher] in
            let end = try link.open()
            let sights = try watcher.watch(end)
            seen.withLock { $0 = (sights, DecoderDelay(reading: end.info).frames) }
        }
        do {
            let run = try VideoSegmentation(
                reader: reader, network: network, sink: link.sink, options: settings
            ).run().latency
            if let failure = work.wait() { throw failure }
            let (sights, kept) = seen.withLock { $0 }
            return (sights, run, kept)
        } catch {
            interruption.interrupt()
            sender.discard()
            link.sink.discard()
            _ = work.wait()
            throw error
        }
    }

    /// Starts sending pictures and opens what arrives.
    private func startSource(
        _ work: Background
    ) throws -> (reader: VideoReader, sender: any FrameSink) {
        let link = try makeLink()
        let source = ClockSource(
            frameCount: options.frameCount, frameRate: options.frameRate,
            interruption: interruption)
        work.start("clock source") { try source.run(into: link.sink) }
        do {
            return (try link.open(), link.sink)
        } catch {
            interruption.interrupt()
            link.abandon()
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
