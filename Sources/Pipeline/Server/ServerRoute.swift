/// What a request asks for. Everything else does not exist.
enum ServerRoute: Equatable {
    case page
    case style
    case script
    case status
    case metrics
    case health
    case readiness
    /// Pictures of a camera, by its index.
    case video(Int)
    /// Records of a camera; nil for all cameras.
    case events(Int?)

    /// - Parameters:
    ///   - target: The request's target, a path with or without a query.
    ///   - cameras: Names of the cameras.
    init?(_ target: String, cameras: [String]) {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        switch path {
        case "/": self = .page
        case "/page.css": self = .style
        case "/page.js": self = .script
        case "/status": self = .status
        case "/metrics": self = .metrics
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        case "/events": self = .events(nil)
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0].isEmpty, parts[1] == "cameras",
                let index = cameras.firstIndex(of: String(parts[2]))
            else { return nil }
            switch parts[3] {
            case "video": self = .video(index)
            case "events": self = .events(index)
            default: return nil
            }
        }
    }

    /// What an answer holds.
    var contentType: String {
        switch self {
        case .page: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .status: "application/json"
        case .metrics: "text/plain; version=0.0.4; charset=utf-8"
        case .health, .readiness: "text/plain; charset=utf-8"
        case .video: "multipart/x-mixed-replace; boundary=\(ServerAudience.boundary)"
        case .events: "text/event-stream"
        }
    }
}
