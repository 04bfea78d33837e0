import Synchronization

/// Encodes frames and sends them to a server that may not be there yet, each packet as soon as its frame has
/// been taken. Packets of other streams are left out.
public final class LiveSink: FrameSink {
    private let target: LiveTarget
    private let deadline: Double
    private let interruption: Interruption
    private let state: Mutex<State>

    private struct State {
        var encoder: LiveEncoder
        var muxer: LiveMuxer?
        var summary = SinkSummary()
        var isClosed = false
    }

    /// Prepares to send; nothing is connected before the first frame.
    ///
    /// - Parameters:
    ///   - target: Where to.
    ///   - frameRate: Frames a second.
    ///   - encoding: How to encode.
    ///   - deadline: Seconds that connecting, with all its attempts, and each write may take.
    ///   - interruption: The request to stop connecting.
    public init(
        _ target: LiveTarget, frameRate: Rational,
        encoding: LiveEncoder.Options = LiveEncoder.Options(), deadline: Double = 10,
        interruption: Interruption = Interruption()
    ) {
        self.target = target
        self.deadline = deadline
        self.interruption = interruption
        state = Mutex(
            State(
                encoder: LiveEncoder(
                    name: target.name, frameRate: frameRate, options: encoding)))
    }

    /// Encodes a frame and sends its packet; connects before the first one. Blocks while the server takes
    /// nothing.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func write(_ frame: VideoFrame) throws {
        try state.withLock { state in
            guard !state.isClosed else {
                throw VideoError(
                    .internal, path: target.name, operation: "write",
                    reason: "the output is closed")
            }
            for packet in try state.encoder.encode(frame) { try send(packet, &state) }
            state.summary.framesWritten += 1
        }
    }

    private func send(_ packet: LivePacket, _ state: inout State) throws {
        guard let stream = state.encoder.stream else { return }
        let muxer = try state.muxer ?? connect(stream)
        state.muxer = muxer
        state.summary.encoder = stream.encoder
        state.summary.width = stream.width
        state.summary.height = stream.height
        try muxer.write(packet)
    }

    private func connect(_ stream: EncodedStream) throws -> LiveMuxer {
        let backoff = Backoff(initial: 0.05, maximum: 0.5)
        let end = MonotonicClock.now() + UInt64(deadline * 1e9)
        var failures = 0
        while true {
            do {
                return try LiveMuxer(target, stream: stream, deadline: deadline)
            } catch {
                failures += 1
                let delay = backoff.delay(failures: failures, random: 0)
                let next = MonotonicClock.now() + UInt64(delay * 1e9)
                guard next < end, interruption.sleep(until: next) else { throw error }
            }
        }
    }

    /// Leaves the packet out.
    public func write(_ packet: MediaPacket) {}

    /// None: the encoder keeps nothing.
    public var framesHeld: Int { 0 }

    /// Sends what is left and ends the connection.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func finish() throws -> SinkSummary {
        try state.withLock { state in
            guard !state.isClosed else { return state.summary }
            state.isClosed = true
            for packet in try state.encoder.finish() { try state.muxer?.write(packet) }
            try state.muxer?.finish()
            state.muxer = nil
            return state.summary
        }
    }

    /// Breaks the connection off.
    public func discard() {
        state.withLock { state in
            state.isClosed = true
            state.muxer = nil
        }
    }
}
