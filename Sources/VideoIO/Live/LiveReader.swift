import Synchronization

/// Reads a source that should never end, and opens it again whenever it does.
///
/// Every frame of every connection lies on one timeline that grows (time base 1/90000, 0 at the first
/// frame). Opening, reading and waiting all end within a second of ``Interruption/interrupt()``.
///
/// ``next()`` may be called from any thread, one at a time.
public final class LiveReader: Sendable {
    /// How to read, and how to go on after a failure.
    public struct Options: Sendable {
        /// How RTSP carries its packets.
        public var transport = RTSPTransport.tcp
        /// Seconds that opening may take.
        public var openDeadline = 10.0
        /// Seconds without data after which the source counts as lost.
        public var readDeadline = 5.0
        /// When to open it again.
        public var backoff = Backoff()
        /// Failures in a row after which the source is given up; nil for never.
        public var maximumFailures: Int?
        /// Whether a file is played in real time.
        public var isPaced = false
        /// Whether a file that ends begins anew.
        public var loops = false
        /// Threads of the decoder. With more than one, FFmpeg does not hide what is missing after a loss.
        public var decoderThreads = 1
        /// The request to stop.
        public var interruption = Interruption()

        /// Creates the default options.
        public init() {}
    }

    /// The source without secrets.
    public let name: String
    private let address: LiveAddress
    private let options: Options
    private let environment: LiveEnvironment
    private let state = Mutex(State())
    private let shown = Mutex(LiveStatistics())

    private struct State {
        var phase = Phase.opening
        var failures = 0
        var timeline = LiveTimeline()
        var statistics = LiveStatistics()
        var framesOfConnection = 0
    }

    private enum Phase {
        case opening
        case connecting
        case waiting(until: UInt64)
        case reading(any LiveConnection)
        case ended
    }

    /// Prepares to read; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - source: A URL, a capture device such as `/dev/video0`, or a file.
    ///   - options: See ``Options``.
    public convenience init(_ source: String, options: Options = Options()) {
        self.init(
            source, options: options, environment: .system(options.interruption))
    }

    package init(_ source: String, options: Options, environment: LiveEnvironment) {
        name = redactedAddress(source)
        address = LiveAddress(text: source)
        self.options = options
        self.environment = environment
    }

    /// What happens next; nil when nothing will any more: the reader was interrupted, a file is at its end,
    /// or the source was given up. Blocks.
    ///
    /// - Throws: ``VideoError`` where a file cannot be opened: it will not do so later either.
    public func next() throws -> LiveEvent? {
        try state.withLock { state in
            defer {
                let now = state.statistics
                shown.withLock { $0 = now }
            }
            while true {
                if options.interruption.isRequested { state.phase = .ended }
                switch state.phase {
                case .ended: return nil
                case .opening:
                    state.phase = .connecting
                    state.statistics.attempts += 1
                    return .opening
                case .connecting: return try connect(&state)
                case .waiting(let time):
                    state.phase = environment.sleep(time) ? .opening : .ended
                case .reading(let connection):
                    if let event = read(connection, &state) { return event }
                }
            }
        }
    }

    /// What has been met so far. Any thread, any time.
    public var statistics: LiveStatistics { shown.withLock { $0 } }

    private func connect(_ state: inout State) throws -> LiveEvent? {
        do {
            let connection = try environment.open(address.text, readerOptions)
            state.timeline.restart()
            state.framesOfConnection = 0
            state.phase = .reading(connection)
            return .opened(connection.info)
        } catch  where options.interruption.isRequested {
            state.phase = .ended
            return nil
        } catch  where address.isFile && state.statistics.connections == 0 {
            state.phase = .ended
            throw error
        } catch {
            return lose("\(error)", &state)
        }
    }

    /// A frame, or the loss of the connection; nil where there is nothing to tell.
    private func read(_ connection: any LiveConnection, _ state: inout State) -> LiveEvent? {
        let reason: String?
        do {
            if let frame = try connection.nextFrame() {
                if state.framesOfConnection == 0 {
                    state.statistics.connections += 1
                    state.failures = 0
                }
                state.framesOfConnection += 1
                return .frame(try place(frame, &state))
            }
            reason = connection.endedEarly
        } catch {
            reason = "\(error)"
        }
        state.statistics.reading.add(connection.statistics)
        if options.interruption.isRequested {
            state.phase = .ended
            return nil
        }
        if address.isFile, reason == nil || state.framesOfConnection > 0 {
            state.phase = options.loops && state.framesOfConnection > 0 ? .opening : .ended
            return nil
        }
        return lose(reason ?? "the source ended", &state)
    }

    private func place(_ frame: VideoFrame, _ state: inout State) throws -> VideoFrame {
        let arrival = frame.timing?.arrival ?? environment.now()
        let ticks = state.timeline.place(frame.presentationTime, arrival: arrival)
        state.statistics.jumps = state.timeline.jumps
        return try frame.retimed(
            to: ticks, timeBase: LiveTimeline.unit,
            duration: frame.timeBase.isPositive
                ? frame.timeBase.rescale(frame.duration, to: LiveTimeline.unit) : 0)
    }

    private func lose(_ reason: String, _ state: inout State) -> LiveEvent {
        state.failures += 1
        state.statistics.losses += 1
        if let limit = options.maximumFailures, state.failures > limit {
            state.phase = .ended
            return .lost(LiveLoss(reason: reason, failures: state.failures, retriesAfter: nil))
        }
        let delay = options.backoff.delay(
            failures: state.failures, random: environment.random())
        state.phase = .waiting(until: environment.now() + UInt64(delay * 1e9))
        return .lost(LiveLoss(reason: reason, failures: state.failures, retriesAfter: delay))
    }

    private var readerOptions: VideoReader.Options {
        var reading = VideoReader.Options()
        reading.isLive = true
        reading.carriesOtherStreams = false
        reading.openDeadline = options.openDeadline
        reading.deadline = options.readDeadline
        reading.isPaced = options.isPaced && address.isFile
        reading.decoderThreads = options.decoderThreads
        reading.interruption = options.interruption
        reading.inputFormat = address.isCamera ? "v4l2" : nil
        reading.inputOptions = address.inputOptions(
            transport: options.transport, readDeadline: options.readDeadline)
        return reading
    }
}
