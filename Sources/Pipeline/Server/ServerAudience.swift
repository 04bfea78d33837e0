internal import NIOCore
internal import NIOHTTP1
import Synchronization

/// The viewers of a server: who watches which camera. Sending never waits; a viewer that is too slow misses
/// pictures, and one that takes nothing for a while is shown out.
final class ServerAudience: StreamAudience {
    static let boundary = "yolact-picture"
    /// A viewer that takes nothing for this long is gone, in nanoseconds.
    private static let patience: UInt64 = 10_000_000_000

    private struct Viewer {
        var channel: any Channel
        var lastTaken: UInt64
    }

    private struct State {
        /// By camera.
        var watching: [[ObjectIdentifier: Viewer]]
        var listening: [[ObjectIdentifier: Viewer]]
        var pictures: [ByteBuffer?]
        var sent = 0
        var skipped = 0
    }

    private let state: Mutex<State>
    private let clock: PipelineClock

    init(cameras: Int, clock: PipelineClock = .monotonic) {
        self.clock = clock
        state = Mutex(
            State(
                watching: Array(repeating: [:], count: cameras),
                listening: Array(repeating: [:], count: cameras),
                pictures: Array(repeating: nil, count: cameras)))
    }

    /// Messages sent to viewers, those that viewers were too slow for, and viewers now.
    var counts: (sent: Int, skipped: Int, viewers: Int) {
        state.withLock { state in
            let viewers = Set(state.watching.flatMap(\.keys) + state.listening.flatMap(\.keys))
            return (state.sent, state.skipped, viewers.count)
        }
    }

    /// Lets a viewer watch a camera. It gets the last picture at once.
    func watch(_ source: Int, _ channel: any Channel) {
        let picture = state.withLock { state in
            state.watching[source][ObjectIdentifier(channel)] = Viewer(
                channel: channel, lastTaken: clock.now())
            return state.pictures[source]
        }
        if let picture { Self.send(picture, to: channel) }
    }

    /// Sends a viewer the records of some cameras.
    func listen(_ sources: Range<Int>, _ channel: any Channel) {
        state.withLock { state in
            for source in sources {
                state.listening[source][ObjectIdentifier(channel)] = Viewer(
                    channel: channel, lastTaken: clock.now())
            }
        }
    }

    /// Forgets a viewer.
    func leave(_ channel: any Channel) {
        state.withLock { state in
            for source in state.watching.indices {
                state.watching[source][ObjectIdentifier(channel)] = nil
                state.listening[source][ObjectIdentifier(channel)] = nil
                if state.watching[source].isEmpty { state.pictures[source] = nil }
            }
        }
    }

    func wantsPicture(of source: Int) -> Bool {
        state.withLock { !$0.watching[source].isEmpty }
    }

    func show(_ jpeg: [UInt8], of source: Int) {
        var message = ByteBuffer()
        message.writeString(
            "--\(Self.boundary)\r\nContent-Type: image/jpeg\r\nContent-Length: \(jpeg.count)\r\n\r\n"
        )
        message.writeBytes(jpeg)
        message.writeString("\r\n")
        deliver(message) { state in
            state.pictures[source] = message
            return Self.takers(&state.watching[source], now: clock.now())
        }
    }

    func tell(_ record: [UInt8], of source: Int) {
        guard state.withLock({ !$0.listening[source].isEmpty }) else { return }
        var message = ByteBuffer()
        message.writeString("data: ")
        // A record is one line; its line break and another one end the event.
        message.writeBytes(record)
        message.writeString("\n")
        deliver(message) { Self.takers(&$0.listening[source], now: clock.now()) }
    }

    private func deliver(
        _ message: ByteBuffer,
        _ choose: (inout State) -> (ready: [any Channel], slow: Int, gone: [any Channel])
    ) {
        let (ready, _, gone) = state.withLock { state in
            let chosen = choose(&state)
            state.sent += chosen.ready.count
            state.skipped += chosen.slow
            return chosen
        }
        for channel in ready { Self.send(message, to: channel) }
        for channel in gone { channel.close(promise: nil) }
    }

    /// Tells viewers that can take a message from those that cannot.
    private static func takers(
        _ viewers: inout [ObjectIdentifier: Viewer], now: UInt64
    ) -> (ready: [any Channel], slow: Int, gone: [any Channel]) {
        var ready: [any Channel] = []
        var gone: [any Channel] = []
        var slow = 0
        for (id, viewer) in viewers {
            if viewer.channel.isWritable {
                viewers[id]?.lastTaken = now
                ready.append(viewer.channel)
            } else {
                slow += 1
                if now - min(viewer.lastTaken, now) > patience { gone.append(viewer.channel) }
            }
        }
        return (ready, slow, gone)
    }

    private static func send(_ message: ByteBuffer, to channel: any Channel) {
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(message)), promise: nil)
    }
}
