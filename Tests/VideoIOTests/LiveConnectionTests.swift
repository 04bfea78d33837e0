import Foundation
import Testing

@testable import VideoIO

/// Connections that fail, with FFmpeg's own networking.
@Suite(.serialized) struct LiveConnectionTests {
    private func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    /// Resident memory in bytes.
    private func memory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(text.split(separator: " ")[1])) * 4096
    }

    @Test func aThousandRefusedConnectionsLeaveNothingBehind() throws {
        // Nobody listens on port 1.
        var options = LiveReader.Options()
        options.backoff = Backoff(initial: 0, factor: 1, maximum: 0, jitter: 0)
        let reader = LiveReader("rtsp://u:p@127.0.0.1:1/x", options: options)
        func fail(_ count: Int) throws {
            var failures = 0
            while failures < count, let event = try reader.next() {
                if case .lost(let loss) = event {
                    failures += 1
                    #expect(loss.reason.contains("refused"))
                }
            }
        }
        try fail(100)
        let (before, files) = (try memory(), try descriptors())
        try fail(1000)
        // Tests beside this one open files too.
        #expect(try descriptors() < files + 50)
        #expect(try memory() - before < 64 << 20)
    }

    @Test func aSilentServerIsGivenUpInTime() throws {
        let listener = try SilentListener()
        var options = LiveReader.Options()
        options.openDeadline = 0.3
        options.maximumFailures = 0
        let reader = LiveReader("rtsp://127.0.0.1:\(listener.port)/x", options: options)
        let begin = ContinuousClock.now
        var last: LiveLoss?
        while let event = try reader.next() { if case .lost(let loss) = event { last = loss } }
        #expect(last?.reason.contains("no answer within 0.3 seconds") == true, "\(last as Any)")
        #expect(ContinuousClock.now - begin < .seconds(5))
    }

    @Test func stopsWhileAServerIsSilent() throws {
        let listener = try SilentListener()
        let options = LiveReader.Options()
        let reader = LiveReader("rtsp://127.0.0.1:\(listener.port)/x", options: options)
        DispatchQueue.global().async {
            listener.waitForConnection()
            options.interruption.interrupt()
        }
        let begin = ContinuousClock.now
        while try reader.next() != nil {}
        #expect(ContinuousClock.now - begin < .seconds(5))
    }
}

@Suite struct InputDeviceTests {
    @Test func devicesAreFoundWithoutBeingLinked() {
        // A device that needs no hardware.
        #expect(InputDevices.format(named: "lavfi") != nil)
        #expect(InputDevices.format(named: "matroska,webm") != nil)
        #expect(InputDevices.format(named: "nothing") == nil)
    }
}

/// Outputs without a network.
@Suite struct LiveMuxerTests {
    private func frames(_ count: Int) throws -> [VideoFrame] {
        try (0..<count).map {
            try VideoFrame(
                width: 64, height: 48, format: .yuv420p,
                presentationTimestamp: Int64($0) * 9000, timeBase: Rational(1, 90_000),
                duration: 9000)
        }
    }

    @Test(arguments: ["a.mkv", "a.mp4", "a.ts", "a.m3u8"])
    func whatIsWrittenCanBeReadBeforeTheEnd(_ name: String) throws {
        let workspace = try Workspace()
        var options = LiveEncoder.Options()
        options.keyframeInterval = 0.5
        let encoder = LiveEncoder(name: "test", frameRate: Rational(10, 1), options: options)
        var muxer: LiveMuxer?
        var keyframes: [Int] = []
        for (index, frame) in try frames(40).enumerated() {
            for packet in try encoder.encode(frame) {
                if packet.isKeyframe { keyframes.append(index) }
                let stream = try #require(encoder.stream)
                if muxer == nil {
                    muxer = try LiveMuxer(
                        LiveTarget(workspace.path(name)), stream: stream, deadline: 5)
                }
                try muxer?.write(packet)
            }
        }
        #expect(keyframes == Array(stride(from: 0, to: 40, by: 5)))
        // As after a kill: nothing has been completed.
        #expect(try packets(name, in: workspace) >= (name == "a.m3u8" ? 20 : 34))
        try muxer?.finish()
        #expect(try packets(name, in: workspace) == 40)
    }

    /// Packets that can be read; of a playlist, those of the segments in it, since FFmpeg waits for
    /// more of one that has no end.
    private func packets(_ name: String, in workspace: Workspace) throws -> Int {
        guard name.hasSuffix(".m3u8") else {
            let counts = try workspace.ffprobe(
                "stream=nb_read_packets", workspace.path(name), "-count_packets")
            // A transport stream's tracks are listed once more under their program.
            return try #require(counts.split(separator: "\n").first.flatMap { Int($0) })
        }
        return try String(contentsOfFile: workspace.path(name), encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
            .reduce(0) { try $0 + packets(String($1), in: workspace) }
    }

    @Test func namesOfPieces() throws {
        #expect(try LiveTarget("/a/door.mkv").segment(7).address == "/a/door-00007.mkv")
        #expect(try LiveTarget("a.b/door.mp4").segment(123456).address == "a.b/door-123456.mp4")
        #expect(try LiveTarget("rtmp://h/live/key").name == "rtmp://h/live/***")
        #expect(throws: VideoError.self) { try LiveTarget("door") }
    }
}
