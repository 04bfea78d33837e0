import Foundation
import Synchronization
import Testing
import VideoIO

@testable import Pipeline

@Suite struct FrameExchangeTests {
    private func frame() throws -> VideoFrame {
        try VideoFrame(width: 16, height: 16, format: .yuv420p, presentationTimestamp: 0)
    }

    @Test func theNewestFrameWinsAndEveryFrameIsAccountedFor() throws {
        let exchange = FrameExchange(sources: 1, keepsAll: false, limit: nil)
        for _ in 0..<5 { exchange.offer(try frame(), arrival: 0, from: 0) }
        exchange.note(3, droppedFor: .beforeKeyframe, from: 0)
        let item = try #require(exchange.take())
        #expect(item.number == 4)
        exchange.offer(try frame(), arrival: 0, from: 0)
        var counts = exchange.counts(0)
        #expect(counts.isConserved)
        #expect((counts.received, counts.underWay, counts.pending) == (9, 1, 1))
        exchange.finish(item, service: 1)
        exchange.close(0, discardsWaiting: true)
        #expect(exchange.take() == nil)
        counts = exchange.counts(0)
        #expect(counts.isConserved)
        #expect(counts.processed == 1)
        #expect(counts.drops == [.superseded: 4, .beforeKeyframe: 3, .stopped: 1])
    }

    @Test func camerasTakeTurns() throws {
        let exchange = FrameExchange(sources: 3, keepsAll: false, limit: nil)
        var order: [Int] = []
        for _ in 0..<7 {
            // The first camera is always there first, and three times as often.
            for source in [0, 0, 0, 1, 2] { exchange.offer(try frame(), arrival: 0, from: source) }
            let item = try #require(exchange.take())
            order.append(item.source)
            exchange.finish(item, service: 1)
        }
        #expect(order == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func aCameraHasOneFrameUnderWayAtATime() throws {
        let exchange = FrameExchange(sources: 2, keepsAll: false, limit: nil)
        exchange.offer(try frame(), arrival: 0, from: 0)
        let first = try #require(exchange.take())
        exchange.offer(try frame(), arrival: 0, from: 0)
        exchange.offer(try frame(), arrival: 0, from: 1)
        let second = try #require(exchange.take())
        #expect((first.source, second.source) == (0, 1))
        exchange.finish(first, service: 1)
        #expect(exchange.take()?.source == 0)
    }

    @Test func framesThatCannotMakeItAreDropped() throws {
        let time = Mutex<UInt64>(10_000_000_000)
        let clock = PipelineClock { time.withLock { $0 } }
        let exchange = FrameExchange(
            sources: 1, keepsAll: false, limit: .milliseconds(100), clock: clock)
        exchange.offer(try frame(), arrival: 10_000_000_000, from: 0)
        // Processing takes 60 ms, so that a frame that is 50 ms old is too late.
        exchange.finish(try #require(exchange.take()), service: 60_000_000)
        exchange.offer(try frame(), arrival: 10_000_000_000, from: 0)
        time.withLock { $0 += 50_000_000 }
        exchange.close(0, discardsWaiting: false)
        #expect(exchange.take() == nil)
        #expect(exchange.counts(0).drops == [.overdue: 1])
        #expect(exchange.counts(0).isConserved)
    }

    @Test func whereEveryFrameIsKeptTheCameraWaits() throws {
        let exchange = FrameExchange(sources: 1, keepsAll: true, limit: nil)
        let done = DispatchSemaphore(value: 0)
        let picture = try frame()
        Thread {
            for _ in 0..<100 { exchange.offer(picture, arrival: 0, from: 0) }
            exchange.close(0, discardsWaiting: false)
            done.signal()
        }.start()
        var numbers: [Int] = []
        while let item = exchange.take() {
            numbers.append(item.number)
            exchange.finish(item, service: 1)
        }
        done.wait()
        #expect(numbers == Array(0..<100))
        #expect(exchange.counts(0).processed == 100)
    }

    @Test func aQuotaEndsACameraExactly() throws {
        let exchange = FrameExchange(sources: 1, keepsAll: false, limit: nil, quota: 2)
        for number in 1...2 {
            exchange.offer(try frame(), arrival: 0, from: 0)
            let item = try #require(exchange.take())
            exchange.offer(try frame(), arrival: 0, from: 0)
            #expect(exchange.finish(item, service: 1) == (number == 2))
        }
        #expect(exchange.take() == nil)
        #expect(exchange.counts(0).isConserved)
        #expect(exchange.counts(0).processed == 2)
    }
}

@Suite struct StreamRecordLogTests {
    private func path() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    }

    @Test func cutsFilesBySizeAndKeepsWholeLines() throws {
        let path = path()
        defer { for name in [path, path + ".1", path + ".2", path + ".3"] { unlink(name) } }
        let log = try StreamRecordLog(path: path, largestSize: 100, kept: 2)
        for number in 0..<20 {
            log.append(Array("{\"number\":\(10 + number),\"a\":\"0123456789\"}\n".utf8))
        }
        log.close(within: 10)
        #expect(log.status.written == 20)
        #expect(log.status.rotations == 6)
        for name in [path, path + ".1", path + ".2"] {
            let text = try String(contentsOfFile: name, encoding: .utf8)
            #expect(text.utf8.count <= 100)
            #expect(text.hasSuffix("}\n"))
        }
        #expect(access(path + ".3", F_OK) != 0)
    }

    @Test func aFullDiskCostsLinesOnly() throws {
        let messages = Mutex<[StreamMessage]>([])
        let log = try StreamRecordLog(path: "/dev/full") { message in
            messages.withLock { $0.append(message) }
        }
        for _ in 0..<3 { log.append(Array("{}\n".utf8)) }
        log.close(within: 10)
        #expect(log.status.lost == 3)
        #expect(log.status.lastError == "No space left on device")
        #expect(messages.withLock { $0.count } == 1)
    }
}

@Suite struct ServerRouteTests {
    @Test func onlyItsOwnRoutesExist() {
        let cameras = ["door", "yard"]
        #expect(ServerRoute("/", cameras: cameras) == .page)
        #expect(ServerRoute("/metrics?x=1", cameras: cameras) == .metrics)
        #expect(ServerRoute("/cameras/yard/video", cameras: cameras) == .video(1))
        #expect(ServerRoute("/cameras/door/events", cameras: cameras) == .events(0))
        for target in [
            "", "//", "/../etc/passwd", "/cameras/door", "/cameras/door/../yard/video",
            "/cameras//video", "/cameras/none/video", "/page.css/", "http://other/", "/%2e%2e/",
        ] {
            #expect(ServerRoute(target, cameras: cameras) == nil, "\(target)")
        }
    }

    @Test func addressesMeanThisMachineUnlessTheySayOtherwise() {
        #expect(ServerAddress("8080") == ServerAddress(host: "127.0.0.1", port: 8080))
        #expect(ServerAddress("0.0.0.0:80")?.isLoopback == false)
        #expect(ServerAddress("[::1]:80")?.isLoopback == true)
        for text in ["", "x", "::1:80", "h:", ":80", "h:70000", "h:-1"] {
            #expect(ServerAddress(text) == nil, "\(text)")
        }
    }
}
