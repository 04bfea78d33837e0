import Glibc
import Synchronization
import VideoIO

/// A way from an encoder to a decoder: what goes into ``sink`` comes out of the reader.
final class ClockLink: Sendable {
    /// Where pictures go in.
    let sink: any FrameSink
    private let source: Source
    private let interruption: Interruption

    private enum Source {
        case pipe(Descriptor)
        case server(String)
    }

    /// - Throws: `VideoError` where the system gives no pipe or port.
    init(
        _ transport: LatencySelfTest.Transport, frameRate: Rational, interruption: Interruption
    ) throws {
        self.interruption = interruption
        switch transport {
        case .pipe:
            let (reading, writing) = try Self.pipe()
            source = .pipe(reading)
            sink = PipeSink(descriptor: writing, frameRate: frameRate)
        case .rtsp:
            let url = "rtsp://127.0.0.1:\(try Self.freePort())/clock"
            source = .server(url)
            var encoding = LiveEncoder.Options()
            encoding.preset = "ultrafast"
            sink = LiveSink(
                try LiveTarget(url), frameRate: frameRate, encoding: encoding,
                interruption: interruption)
        }
    }

    /// Opens the other end, which decodes without delay. Blocks until pictures are being sent.
    func open() throws -> VideoReader {
        var options = VideoReader.Options()
        options.decoderThreads = 1
        options.interruption = interruption
        // The container says all there is to know; guessing the frame rate would take a second.
        options.inputOptions = ["fpsprobesize": "0"]
        switch source {
        case .pipe(let reading):
            defer { reading.close() }
            return try VideoReader("/dev/fd/\(reading.number)", options: options)
        case .server(let url):
            // The reader is the server that the sender publishes to.
            options.inputOptions["rtsp_flags"] = "listen"
            options.openDeadline = 20
            return try VideoReader(url, options: options)
        }
    }

    /// Gives the reading end up, so that the sender does not wait for a reader that never comes.
    func abandon() {
        if case .pipe(let reading) = source { reading.close() }
    }

    private static func failure(_ operation: String) -> VideoError {
        VideoError(
            .internal, path: "self-test", operation: operation,
            reason: String(cString: strerror(errno)))
    }

    private static func pipe() throws -> (reading: Descriptor, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw failure("make a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (Descriptor(ends[0]), ends[1])
    }

    /// A TCP port of this machine that nobody listens on now.
    private static func freePort() throws -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { throw failure("make a socket") }
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length) == 0 ? getsockname(probe, $0, &length) : -1
            }
        }
        guard status == 0 else { throw failure("find a free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A file descriptor that is closed once.
private final class Descriptor: Sendable {
    let number: Int32
    private let isOpen = Atomic(true)

    init(_ number: Int32) { self.number = number }

    deinit { close() }

    func close() {
        if isOpen.exchange(false, ordering: .acquiringAndReleasing) { _ = Glibc.close(number) }
    }
}
