import Glibc

/// A TCP server that accepts into its backlog and never says a word.
final class SilentListener: Sendable {
    var port: UInt16 { socket.port }
    private let socket: LoopbackSocket

    init() throws { socket = try LoopbackSocket(backlog: 4) }

    /// Returns when someone has connected.
    func waitForConnection() {
        var waiting = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, 10_000)
    }
}
