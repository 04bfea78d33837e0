internal import NIOCore
internal import NIOHTTP1

/// Answers the one request of a connection. Belongs to the connection's event loop.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request has to be complete within this time.
    private static let patience = TimeAmount.seconds(10)

    private let content: ServerContent
    private let audience: ServerAudience
    private let onlyLocal: Bool
    private var timeout: Scheduled<Void>?
    private var head: HTTPRequestHead?

    /// - Parameter onlyLocal: Whether requests have to name this machine, so that no web page can reach the
    ///   server by a name of its own that leads here.
    init(content: ServerContent, audience: ServerAudience, onlyLocal: Bool) {
        self.content = content
        self.audience = audience
        self.onlyLocal = onlyLocal
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(in: Self.patience) {
            channel.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        audience.leave(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if self.head == nil { self.head = head }
        case .body: break
        case .end:
            guard let head, timeout != nil else { return }
            timeout?.cancel()
            timeout = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.method == .GET || head.method == .HEAD else {
            return send(.methodNotAllowed, "text/plain", "only GET is allowed\n", head, context)
        }
        if onlyLocal, !Self.isLocal(head.headers.first(name: "host")) {
            return send(
                .misdirectedRequest, "text/plain", "this server is for its own machine\n", head,
                context)
        }
        guard let route = ServerRoute(head.uri, cameras: content.cameras) else {
            return send(.notFound, "text/plain", "there is no such page\n", head, context)
        }
        switch route {
        case .video(let camera):
            begin(route, head, context) { audience.watch(camera, $0) }
        case .events(let camera):
            let cameras = camera.map { $0..<$0 + 1 } ?? 0..<content.cameras.count
            begin(route, head, context) { audience.listen(cameras, $0) }
        case .page, .style, .script, .status, .metrics, .health, .readiness:
            let (isFine, text) = content.answer(route)
            send(isFine ? .ok : .serviceUnavailable, route.contentType, text, head, context)
        }
    }

    /// Begins an answer without end. Whoever has seen its header is known to the audience.
    private func begin(
        _ route: ServerRoute, _ head: HTTPRequestHead, _ context: ChannelHandlerContext,
        join: (any Channel) -> Void
    ) {
        let answer = HTTPResponseHead(
            version: head.version, status: .ok, headers: Self.headers(route.contentType))
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        guard head.method == .GET else { return end(context) }
        join(context.channel)
        context.flush()
    }

    private func send(
        _ status: HTTPResponseStatus, _ type: String, _ text: String, _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        var headers = Self.headers(type)
        headers.add(name: "Content-Length", value: "\(text.utf8.count)")
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let answer = HTTPResponseHead(version: head.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        if head.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    private static func headers(_ type: String) -> HTTPHeaders {
        [
            "Content-Type": type, "Cache-Control": "no-store", "Connection": "close",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Content-Security-Policy":
                "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
        ]
    }

    private static func isLocal(_ host: String?) -> Bool {
        guard let host else { return true }
        return (ServerAddress(host) ?? ServerAddress("\(host):80"))?.isLoopback ?? false
    }
}
