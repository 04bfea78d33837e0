import Foundation
import FoundationNetworking
import Testing

@testable import Pipeline

/// The built-in server as browsers, scrapers and hostile clients see it.
@Suite struct StreamServerTests {
    private let server: StreamServer

    init() throws {
        server = try StreamServer(
            ServerAddress(host: "127.0.0.1", port: 0), cameras: ["door", "yard"])
    }

    private func get(
        _ path: String, method: String = "GET", host: String? = nil
    ) async throws -> (status: Int, text: String, headers: HTTPURLResponse) {
        let url = try #require(URL(string: "http://\(server.address)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let host { request.setValue(host, forHTTPHeaderField: "Host") }
        let (data, response) = try await URLSession(configuration: .ephemeral).data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        return (answer.statusCode, String(decoding: data, as: UTF8.self), answer)
    }

    private func camera() -> CameraStatus {
        var camera = CameraStatus(name: "door", address: "rtsp://***@h/x")
        camera.state = .live
        camera.counts.received = 12
        camera.counts.processed = 9
        camera.counts.drops = [.superseded: 3]
        camera.presented = 9
        camera.latency.record(20_000_000)
        camera.recentLatencies = [10_000_000, 30_000_000]
        camera.instances = [CameraStatus.Instance(category: "<cat>", score: 0.5)]
        return camera
    }

    @Test func tellsHowTheCamerasAreDoing() async throws {
        defer { server.close() }
        #expect(try await get("/readyz").status == 503)
        #expect(try await get("/healthz").text == "ok\n")
        server.follow { [camera = camera()] in StreamSnapshot(elapsed: 7, cameras: [camera]) }
        #expect(try await get("/readyz").status == 200)
        let metrics = try await get("/metrics").text
        for line in [
            "yolact_stream_frames_received_total{camera=\"door\"} 12",
            "yolact_stream_frames_dropped_total{camera=\"door\",reason=\"superseded\"} 3",
            "yolact_stream_latency_seconds_count{camera=\"door\"} 1",
            "# TYPE yolact_stream_latency_seconds histogram",
        ] { #expect(metrics.contains(line + "\n"), "\(line)") }
        let status = try await get("/status").text
        #expect(status.contains("\"latency\":{\"max\":30,\"p50\":10,\"p90\":30,\"p99\":30}"))
        #expect(status.contains("rtsp://***@h/x"))
        let page = try await get("/")
        #expect(page.text.contains("page.js"))
        let policy = page.headers.value(forHTTPHeaderField: "Content-Security-Policy")
        #expect(policy?.hasPrefix("default-src 'self'") == true)
    }

    /// The answer to `/status`, of cameras as they are.
    private func status(of cameras: [CameraStatus]) async throws -> [[String: Any]] {
        server.follow { StreamSnapshot(elapsed: 7, cameras: cameras) }
        let text = try await get("/status").text
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(object?["cameras"] as? [[String: Any]])
    }

    /// A camera that never answered is not one in which nothing was found.
    @Test func tellsWhoNeverAnswered() async throws {
        defer { server.close() }
        var silent = CameraStatus(name: "yard", address: "rtsp://h/y")
        silent.state = .away
        silent.lastError = "Connection refused"
        let cameras = try await status(of: [camera(), silent])
        #expect(cameras[0]["answered"] as? Bool == true)
        #expect(cameras[0]["found"] as? [String: Int] == ["<cat>": 1])
        #expect(cameras[1]["answered"] as? Bool == false)
        #expect(cameras[1]["error"] as? String == "Connection refused")
        for name in ["width", "height", "framesPerSecond"] {
            #expect(cameras[1][name] == nil, "\(name)")
        }
        let metrics = try await get("/metrics").text
        #expect(metrics.contains("yolact_stream_instances{camera=\"door\"} 1"))
        #expect(!metrics.contains("yolact_stream_instances{camera=\"yard\"}"))
        let script = try await get("/page.js").text
        #expect(script.contains("has never answered") && script.contains("frames a second"))
        #expect(!script.contains("camera.instances"))
    }

    @Test func countsInstancesByClass() {
        var camera = camera()
        camera.instances = ["cat", "dog", "cat"].map {
            CameraStatus.Instance(category: $0, score: 0.5)
        }
        #expect(camera.instanceCounts == ["cat": 2, "dog": 1])
    }

    /// Frames a second are those of the last five seconds, whatever came before.
    @Test func ratesAreOfTheLastSeconds() {
        let second: UInt64 = 1_000_000_000
        var camera = camera()
        #expect(camera.presentationRate(at: 100 * second) == nil)
        camera.recentTimes = [100 * second]
        #expect(camera.presentationRate(at: 100 * second) == nil)
        camera.recentTimes = (0...20).map { 100 * second + UInt64($0) * second / 10 }
        #expect(camera.presentationRate(at: 102 * second) == 10)
        #expect(camera.presentationRate(at: 104 * second) == 5)
        camera.recentTimes = (0..<300).map { 100 * second + UInt64($0) * second / 25 }
        #expect(camera.presentationRate(at: 112 * second - second / 25) == 25)
        // A camera that stands still has a rate: none.
        #expect(camera.presentationRate(at: 200 * second) == 0)
    }

    @Test func servesNothingElse() async throws {
        defer { server.close() }
        for path in ["/x", "/../../etc/passwd", "/cameras/none/video", "/cameras/door"] {
            #expect(try await get(path).status == 404, "\(path)")
        }
        #expect(try await get("/", method: "POST").status == 405)
        #expect(try await get("/", host: "evil.example").status == 421)
        #expect(try await get("/", method: "HEAD").text.isEmpty)
    }

    @Test func sendsPicturesAndRecords() async throws {
        defer { server.close() }
        let watching = try Viewer(server.address, "/cameras/yard/video")
        try watching.wait(for: "multipart/x-mixed-replace")
        #expect(server.audience.wantsPicture(of: 1))
        #expect(!server.audience.wantsPicture(of: 0))
        server.audience.show([0xFF, 0xD8, 0x31, 0x32], of: 1)
        try watching.wait(for: "Content-Length: 4")
        let listening = try Viewer(server.address, "/events")
        try listening.wait(for: "text/event-stream")
        server.audience.tell(Array("{\"frame\":1}\n".utf8), of: 0)
        try listening.wait(for: "data: {\"frame\":1}\n\n")
    }

    @Test func aViewerWhoDoesNotReadCostsNothing() async throws {
        defer { server.close() }
        let viewer = try Viewer(server.address, "/cameras/door/video")
        try viewer.wait(for: "multipart/x-mixed-replace")
        let picture = [UInt8](repeating: 0x55, count: 200_000)
        let begin = ContinuousClock.now
        for _ in 0..<500 { server.audience.show(picture, of: 0) }
        // 100 MB that nobody takes: neither waited for nor kept.
        #expect(ContinuousClock.now - begin < .seconds(20))
        let text = try await get("/metrics").text
        let line = try #require(
            text.split(separator: "\n").first {
                $0.hasPrefix("yolact_stream_viewer_messages_skipped_total")
            })
        #expect(try #require(Int(line.split(separator: " ")[1])) > 0)
    }

    @Test func aTakenPortIsAnError() throws {
        defer { server.close() }
        #expect(throws: ServerError.self) { try StreamServer(server.address, cameras: []) }
    }
}

/// A client that speaks HTTP over a socket of its own and reads only when told to.
private final class Viewer {
    private let descriptor: Int32
    private var received: [UInt8] = []

    struct Failure: Error { var text: String }

    init(_ address: ServerAddress, _ path: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = UInt16(address.port).bigEndian
        target.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(text: "cannot connect") }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard
            send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { throw Failure(text: "cannot send") }
    }

    deinit { close(descriptor) }

    /// Reads until a text has come.
    func wait(for text: String) throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !String(decoding: received, as: UTF8.self).contains(text) {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 20_000) == 1 else { throw Failure(text: "no \(text)") }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw Failure(text: "ended before \(text)") }
            received += buffer[..<count]
        }
    }
}
