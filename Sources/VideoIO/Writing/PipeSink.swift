import CFFmpeg
import Glibc
import Synchronization

/// Encodes frames for someone who waits for them at the other end of a pipe: H.264 in NUT, each packet sent
/// as soon as its frame has been taken. Packets of other streams are left out.
///
/// A reader that goes away is an error of the next write only where SIGPIPE is ignored.
public final class PipeSink: FrameSink {
    private let state: Mutex<State?>

    private final class State {
        let descriptor: Int32
        let frameRate: Rational
        var output: (track: VideoTrack, muxer: Muxer)?
        var summary = SinkSummary()

        init(descriptor: Int32, frameRate: Rational) {
            self.descriptor = descriptor
            self.frameRate = frameRate
        }

        deinit {
            output = nil
            // FFmpeg leaves the descriptor open; the reader sees the end when it is closed.
            close(descriptor)
        }
    }

    private static let name = "pipe"

    /// Creates a sink.
    ///
    /// - Parameters:
    ///   - descriptor: The writing end, which the sink takes over and closes.
    ///   - frameRate: Frames a second, for the encoder's rate control.
    public init(descriptor: Int32, frameRate: Rational) {
        state = Mutex(State(descriptor: descriptor, frameRate: frameRate))
    }

    /// Encodes a frame and sends its packet. Blocks while the pipe is full.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func write(_ frame: VideoFrame) throws {
        try state.withLock { state in
            guard let state else {
                throw VideoError(
                    .internal, path: Self.name, operation: "write", reason: "the output is closed")
            }
            do {
                try Self.write(frame, state)
            } catch let error as MuxerError {
                throw error.error
            }
        }
    }

    private static func write(_ frame: VideoFrame, _ state: State) throws {
        let output = try state.output ?? open(frame, state)
        state.output = output
        let unit = output.track.encoder.timeBase
        try output.track.write(frame) { packet in
            try output.muxer.write(packet, stream: 0, timeBase: unit)
        }
        state.summary.framesWritten += 1
    }

    private static func open(
        _ frame: VideoFrame, _ state: State
    ) throws -> (track: VideoTrack, muxer: Muxer) {
        let format = try Muxer.format(for: "live.nut")
        var options = VideoWriter.Options()
        let choice = try EncoderChoice(options, format: format, path: name)
        if choice.name == "libx264" {
            options.preset = "ultrafast"
            options.encoderOptions = ["tune": "zerolatency"]
        }
        let track = try VideoTrack(
            choice, first: frame,
            VideoTrack.Description(
                container: format, averageRate: state.frameRate,
                needsGlobalHeader: format.pointee.flags & AVFMT_GLOBALHEADER != 0),
            options: options, path: name)
        let muxer = try Muxer(format: format, url: "pipe:\(state.descriptor)", path: name)
        muxer.context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
        let stream = try muxer.addStream()
        try check(.cannotWrite, path: name, "describe the video stream") {
            avcodec_parameters_from_context(stream.pointee.codecpar, track.encoder.context)
        }
        stream.pointee.time_base = track.encoder.timeBase.raw
        stream.pointee.avg_frame_rate = state.frameRate.raw
        try muxer.writeHeader(options: [:])
        state.summary.encoder = choice.name
        state.summary.width = Int(track.fitter.paddedWidth)
        state.summary.height = Int(track.fitter.paddedHeight)
        return (track, muxer)
    }

    /// Leaves the packet out.
    public func write(_ packet: MediaPacket) {}

    /// Frames that the encoder keeps inside.
    public var framesHeld: Int { state.withLock { $0?.output?.track.framesHeld ?? 0 } }

    /// Sends what the encoder still holds and closes the pipe.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func finish() throws -> SinkSummary {
        try state.withLock { state in
            defer { state = nil }
            guard let open = state else { return SinkSummary() }
            if let output = open.output {
                do {
                    let unit = output.track.encoder.timeBase
                    try output.track.finish { packet in
                        try output.muxer.write(packet, stream: 0, timeBase: unit)
                    }
                    try output.muxer.finish()
                } catch let error as MuxerError {
                    throw error.error
                }
            }
            return open.summary
        }
    }

    /// Closes the pipe.
    public func discard() { state.withLock { $0 = nil } }
}
