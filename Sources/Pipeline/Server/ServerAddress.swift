/// Where a server listens.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// Name or number of the interface.
    public var host: String
    /// Port; 0 for any that is free.
    public var port: Int

    /// Creates an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[IPv6]:PORT` or `PORT`, which means this machine only; nil for anything else.
    public init?(_ text: String) {
        let host: Substring
        let digits: Substring
        if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            digits = text[text.index(after: colon)...]
        } else {
            host = "127.0.0.1"
            digits = text[...]
        }
        guard let port = Int(digits), (0...65535).contains(port), !host.isEmpty else { return nil }
        if host.hasPrefix("[") && host.hasSuffix("]") {
            self.init(host: String(host.dropFirst().dropLast()), port: port)
        } else if host.contains(":") {
            return nil
        } else {
            self.init(host: String(host), port: port)
        }
    }

    /// `HOST:PORT`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// A server that cannot listen.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// Where it was to listen.
    public var address: ServerAddress
    /// The system's words.
    public var reason: String

    /// One line.
    public var description: String { "\(address): cannot listen: \(reason)" }
}
