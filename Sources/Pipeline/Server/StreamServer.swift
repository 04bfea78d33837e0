internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
import Synchronization

/// A small HTTP server beside running streams: a page with live pictures, counters, metrics and records.
///
/// It serves its own routes and nothing else, to readers only. Viewers who are slow or gone cost nothing: each
/// has a bounded buffer and misses what does not fit.
public final class StreamServer: Sendable {
    /// Connections at a time; more are closed at once.
    private static let capacity = 256

    /// Where it listens; the port is the real one.
    public let address: ServerAddress
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let content: ServerContent
    private let viewers: ServerAudience

    /// Counts connections.
    private final class Door: Sendable {
        let connections = Atomic(0)
    }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - address: Where.
    ///   - cameras: Names of the cameras, as they appear in paths.
    /// - Throws: ``ServerError``.
    public init(_ address: ServerAddress, cameras: [String]) throws {
        let viewers = ServerAudience(cameras: cameras.count)
        let content = ServerContent(cameras: cameras, audience: viewers)
        self.viewers = viewers
        self.content = content
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        let door = Door()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Two large pictures; a viewer with more than that unread gets no new ones.
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 64 << 10, high: 512 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard
                        door.connections.add(1, ordering: .relaxed).newValue <= Self.capacity
                    else {
                        door.connections.subtract(1, ordering: .relaxed)
                        throw ServerError(address: address, reason: "too many connections")
                    }
                    channel.closeFuture.whenComplete { _ in
                        door.connections.subtract(1, ordering: .relaxed)
                    }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(
                        RequestHandler(
                            content: content, audience: viewers, onlyLocal: address.isLoopback))
                }
            }
        do {
            channel = try bootstrap.bind(host: address.host, port: address.port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw ServerError(address: address, reason: "\(error)")
        }
        self.address = ServerAddress(
            host: address.host, port: channel.localAddress?.port ?? address.port)
    }

    /// Who gets pictures and records: to be handed to ``StreamRun``.
    public var audience: any StreamAudience { viewers }

    /// Sets where the cameras' state comes from.
    public func follow(_ status: @escaping @Sendable () -> StreamSnapshot) {
        content.follow(status)
    }

    /// Closes all connections and stops listening.
    public func close() {
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
    }
}
