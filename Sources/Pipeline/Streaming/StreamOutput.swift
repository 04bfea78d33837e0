import Foundation
import Synchronization
public import VideoIO

/// One output of a camera: a thread of its own that connects, writes, and connects again after a failure.
/// However slow or dead it is, nobody else waits for it.
public final class StreamOutput: Sendable {
    /// How to write.
    public struct Options: Sendable {
        /// Seconds that connecting, and each write, may take.
        public var deadline = 10.0
        /// Seconds after which a file is completed and the next one begun; nil for one file.
        public var segmentTime: Double?
        /// Whether an existing file is replaced.
        public var overwrite = false
        /// When to connect again.
        public var backoff = Backoff()
        /// Packets that may wait.
        public var capacity = 300

        /// Creates the default options.
        public init() {}
    }

    /// How an output is doing.
    public struct Status: Sendable, Hashable {
        /// What it is doing.
        public enum State: String, Sendable { case idle, connecting, writing, waiting, closed }
        /// The target without secrets.
        public var name = ""
        /// What it is doing.
        public var state = State.idle
        /// Packets written.
        public var written = 0
        /// Bytes of coded data written.
        public var bytes = 0
        /// Packets thrown away: the output was away or too slow.
        public var dropped = 0
        /// Connections made, or files begun.
        public var connections = 0
        /// Connections that failed, or could not be made.
        public var failures = 0
        /// The last failure.
        public var lastError: String?
        /// The last file begun.
        public var file: String?
    }

    private let target: LiveTarget
    private let options: Options
    private let log: StreamLog
    private let queue: PacketQueue
    private let haste = LiveHaste()
    private let status: Mutex<Status>
    private let ended = DispatchSemaphore(value: 0)

    /// Checks the target and starts the thread; nothing is connected before the first packet.
    ///
    /// - Throws: `VideoError` `.cannotWrite` where a file cannot be made.
    public init(
        _ target: LiveTarget, options: Options = Options(), log: @escaping StreamLog = { _ in }
    ) throws {
        if options.segmentTime == nil { try target.check(overwrite: options.overwrite) }
        self.target = target
        self.options = options
        self.log = log
        queue = PacketQueue(capacity: options.capacity)
        status = Mutex(Status(name: target.name))
        let thread = Thread { [self] in
            var writing = Writing(self)
            writing.run()
            status.withLock { $0.state = .closed }
            ended.signal()
        }
        thread.name = "output"
        thread.start()
    }

    /// Adds a packet; never waits.
    public func offer(_ packet: LivePacket, stream: EncodedStream) { queue.offer(packet, stream) }

    /// How the output is doing. Any thread.
    public var currentStatus: Status {
        let dropped = queue.dropped
        return status.withLock { status in
            var copy = status
            copy.dropped += dropped
            return copy
        }
    }

    /// Writes what waits and completes the output, within `seconds`.
    public func close(within seconds: Double = 0.8) {
        queue.close()
        haste.hurry(seconds)
        // A disk that hangs in the system cannot be hurried; it keeps its thread and nobody else.
        if ended.wait(timeout: .now() + seconds + 0.5) == .success { ended.signal() }
    }

    /// What the thread does.
    private struct Writing {
        private let output: StreamOutput
        private var muxer: LiveMuxer?
        private var begun = 0.0
        private var failures = 0
        private var retryAt: UInt64 = 0
        private var number = 0
        private var hasBegun = false

        init(_ output: StreamOutput) { self.output = output }

        mutating func run() {
            while let (packet, stream) = output.queue.take() {
                if muxer == nil {
                    guard packet.isKeyframe, PipelineClock.monotonic.now() >= retryAt else {
                        output.status.withLock { $0.dropped += 1 }
                        continue
                    }
                    connect(stream, at: packet.time)
                } else if packet.isKeyframe, let limit = output.options.segmentTime,
                    packet.time - begun >= limit - 0.001
                {
                    complete()
                    connect(stream, at: packet.time)
                }
                write(packet)
            }
            complete()
        }

        private mutating func connect(_ stream: EncodedStream, at time: Double) {
            output.status.withLock { $0.state = .connecting }
            do {
                let target = try nextTarget()
                muxer = try LiveMuxer(
                    target, stream: stream, deadline: output.options.deadline,
                    overwrite: output.options.overwrite && output.options.segmentTime == nil
                        && !hasBegun,
                    haste: output.haste)
                let isReturn = failures > 0
                begun = time
                hasBegun = true
                output.status.withLock {
                    $0.state = .writing
                    $0.connections += 1
                    if target.isLocal { $0.file = target.name }
                }
                if isReturn { output.log(StreamMessage(.info, "\(target.name): writing again")) }
            } catch {
                fail(error)
            }
        }

        /// The target itself; of files that are cut in pieces, and of one that failed, the next that is free.
        private mutating func nextTarget() throws -> LiveTarget {
            let target = output.target
            guard target.kind == .file, output.options.segmentTime != nil || hasBegun else {
                return target
            }
            repeat { number += 1 } while try target.segment(number).exists && number < 99_999
            return try target.segment(number)
        }

        private mutating func write(_ packet: LivePacket) {
            guard let muxer else {
                output.status.withLock { $0.dropped += 1 }
                return
            }
            do {
                try muxer.write(packet)
                failures = 0
                output.status.withLock {
                    $0.written += 1
                    $0.bytes += packet.size
                }
            } catch {
                self.muxer = nil
                output.status.withLock { $0.dropped += 1 }
                fail(error)
            }
        }

        private mutating func complete() {
            guard let muxer else { return }
            self.muxer = nil
            do {
                try muxer.finish()
            } catch {
                fail(error)
            }
        }

        private mutating func fail(_ error: any Error) {
            failures += 1
            let delay = output.options.backoff.delay(
                failures: failures, random: Double.random(in: 0..<1))
            retryAt = PipelineClock.monotonic.now() + UInt64(delay * 1e9)
            output.status.withLock {
                $0.state = .waiting
                $0.failures += 1
                $0.lastError = "\(error)"
            }
            // What goes on for days is told at longer and longer intervals.
            if failures == 1 || failures & (failures - 1) == 0 {
                output.log(StreamMessage(.warning, "\(error); trying again"))
            }
        }
    }
}
