import Foundation
import Synchronization
import Testing

@testable import VideoIO

/// A world that a test moves by hand: a clock, random numbers, and what each attempt to open gives.
final class LiveWorld: Sendable {
    struct State {
        var now: UInt64 = 1_000_000_000
        var sleeps: [Double] = []
        var attempts = 0
    }

    struct Refused: Error, CustomStringConvertible {
        var description: String { "refused" }
    }

    let state = Mutex(State())
    private let connect: @Sendable (Int) throws -> any LiveConnection

    /// - Parameter connect: Gives the connection of an attempt, counted from 0.
    init(connect: @escaping @Sendable (Int) throws -> any LiveConnection) {
        self.connect = connect
    }

    var environment: LiveEnvironment {
        LiveEnvironment(
            open: { [self] _, _ in
                let attempt = state.withLock { state in
                    defer { state.attempts += 1 }
                    return state.attempts
                }
                return try connect(attempt)
            },
            now: { [self] in state.withLock { $0.now } },
            sleep: { [self] time in
                state.withLock { state in
                    state.sleeps.append(Double(time - state.now) / 1e9)
                    state.now = time
                }
                return true
            }, random: { 0.5 })
    }
}

/// A connection that gives frames with these timestamps, in seconds, and then fails.
final class ScriptedConnection: LiveConnection {
    let info: MediaInfo
    let endedEarly: String?
    var statistics: ReaderStatistics { ReaderStatistics() }
    private let times: Mutex<[Double]>
    private let world: LiveWorld?

    init(_ times: [Double], ends reason: String? = "reset", info: MediaInfo, world: LiveWorld?) {
        self.times = Mutex(times)
        self.info = info
        self.world = world
        endedEarly = reason
    }

    func nextFrame() throws -> VideoFrame? {
        guard let time = times.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return nil }
        let frame = try VideoFrame(
            width: 16, height: 16, format: .yuv420p,
            presentationTimestamp: Int64((time * 1000).rounded()), timeBase: Rational(1, 1000),
            duration: 33)
        frame.timing = FrameTiming(arrival: world?.state.withLock { $0.now } ?? 0, work: 0)
        return frame
    }
}

@Suite struct LiveReaderTests {
    private func info() throws -> MediaInfo {
        let workspace = try Workspace()
        let file = try workspace.ffmpeg(
            "-f", "lavfi", "-i", "testsrc=size=32x32:rate=10", "-frames:v", "2", "a.mkv")
        return try VideoReader.probe(file)
    }

    @Test func backsOffExponentiallyWithJitterAndStartsAnewAfterSuccess() throws {
        let info = try info()
        let world = LiveWorld { attempt in
            if attempt == 4 { return ScriptedConnection([0, 0.1], info: info, world: nil) }
            throw LiveWorld.Refused()
        }
        var options = LiveReader.Options()
        options.backoff = Backoff(initial: 1, factor: 2, maximum: 6, jitter: 0.5)
        options.maximumFailures = 5
        let reader = LiveReader(
            "rtsp://u:p@host/x", options: options, environment: world.environment)
        var losses: [LiveLoss] = []
        while let event = try reader.next() {
            if case .lost(let loss) = event { losses.append(loss) }
        }
        // A random number of one half takes a quarter off.
        #expect(
            world.state.withLock { $0.sleeps } == [
                0.75, 1.5, 3, 4.5, 0.75, 1.5, 3, 4.5, 4.5,
            ])
        #expect(losses.map(\.failures) == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6])
        #expect(losses.last?.retriesAfter == nil)
        #expect(losses[4].reason == "reset")
        #expect(reader.statistics.connections == 1)
        #expect(reader.statistics.attempts == 10)
        #expect(reader.name == "rtsp://***@host/x")
    }

    @Test func putsAllConnectionsOnOneGrowingLine() throws {
        let info = try info()
        let holder = Mutex<LiveWorld?>(nil)
        let scripts: [[Double]] = [
            // Begins anywhere; jumps ahead by a day, wraps back, stands still.
            [5000, 5000.1, 91400, 91400.1, 3, 3.1, 3.1],
            // A new connection whose clock starts anew.
            [0, 0.1],
        ]
        let world = LiveWorld { attempt in
            guard attempt < scripts.count else { throw LiveWorld.Refused() }
            return ScriptedConnection(
                scripts[attempt], info: info, world: holder.withLock { $0 })
        }
        holder.withLock { $0 = world }
        var options = LiveReader.Options()
        options.maximumFailures = 1
        options.backoff = Backoff(initial: 2, factor: 1, maximum: 2, jitter: 0)
        let reader = LiveReader("rtsp://host/x", options: options, environment: world.environment)
        var times: [Int64] = []
        while let event = try reader.next() {
            guard case .frame(let frame) = event else { continue }
            times.append(try #require(frame.presentationTimestamp))
            #expect(frame.timeBase == Rational(1, 90_000))
            world.state.withLock { $0.now += 100_000_000 }
        }
        // 0.1 s each, whatever the source says, one tick where it stands still; 2 s of waiting between.
        let expected: [Int64] = [0, 9000, 18000, 27000, 36000, 45000, 45001, 234_001, 243_001]
        #expect(times == expected)
        #expect(reader.statistics.jumps == 2)
        holder.withLock { $0 = nil }
    }

    @Test func stopsWhileItWaits() throws {
        let world = LiveWorld { _ in throw LiveWorld.Refused() }
        var options = LiveReader.Options()
        options.backoff = Backoff(initial: 1000, factor: 1, maximum: 1000, jitter: 0)
        let interruption = options.interruption
        var environment = LiveEnvironment.system(interruption)
        environment.open = world.environment.open
        let reader = LiveReader("rtsp://host/x", options: options, environment: environment)
        guard case .opening = try reader.next(), case .lost = try reader.next() else {
            Issue.record("it was to be lost at once")
            return
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { interruption.interrupt() }
        #expect(try reader.next() == nil)
    }

    @Test func missingFileEndsAtOnce() throws {
        let reader = LiveReader("/nowhere/x.mp4")
        _ = try reader.next()
        #expect(throws: VideoError.self) { try reader.next() }
        #expect(try reader.next() == nil)
    }

    @Test func playsAFileAgainAndAgain() throws {
        let workspace = try Workspace()
        let file = try workspace.ffmpeg(
            "-f", "lavfi", "-i", "testsrc=size=32x32:rate=10", "-frames:v", "3", "a.mkv")
        var options = LiveReader.Options()
        options.loops = true
        let reader = LiveReader(file, options: options)
        var times: [Int64] = []
        while times.count < 8, let event = try reader.next() {
            if case .frame(let frame) = event { times.append(frame.presentationTimestamp ?? -1) }
        }
        #expect(times.count == 8)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func nothingIsShownBeforeTheFirstKeyframe() throws {
        let workspace = try Workspace()
        try workspace.ffmpeg(
            "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10", "-frames:v", "30", "-c:v",
            "libx264", "-g", "10", "-bf", "0", "whole.ts")
        // Without the first packets, as for one who joins a stream.
        let whole = try Data(contentsOf: URL(fileURLWithPath: workspace.path("whole.ts")))
        let cut = workspace.path("cut.ts")
        let packets = whole.count / 188
        try whole.dropFirst(packets / 4 * 188).write(to: URL(fileURLWithPath: cut))
        var options = VideoReader.Options()
        options.isLive = true
        let reader = try VideoReader(cut, options: options)
        let frames = try readAll(reader).frames
        let first = try #require(frames.first)
        #expect(first.isKeyframe)
        #expect(reader.statistics.packetsBeforeKeyframe > 0)
        #expect(frames.count >= 10)
        #expect(frames.allSatisfy { !$0.isSuspect })
    }

    @Test func aLossMakesPicturesSuspectUntilTheNextKeyframe() {
        var detector = GapDetector()
        var times: [Int64] = []
        for number in 0..<12 { times.append(Int64(number) * 3000) }
        // Number 12 is missing.
        times += [39000, 42000]
        var gaps: [Int64] = []
        for time in times where detector.isGap(before: time) { gaps.append(time) }
        #expect(gaps == [39000])
        var uneven = GapDetector()
        let steps: [Int64] = [3000, 1000, 6000, 3000, 2000, 5000, 3000, 1000, 3000, 9000]
        var time: Int64 = 0
        for step in steps {
            time += step
            let isGap = uneven.isGap(before: time)
            #expect(!isGap)
        }
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        ("rtsp://admin:geheim@10.0.0.1:554/a?x=1", "rtsp://***@10.0.0.1:554/a?x=***"),
        ("rtsp://admin:ge@he/im@cam/a", "rtsp://***@cam/a"),
        ("srt://h:9?passphrase=abc&mode=caller", "srt://h:9?passphrase=***"),
        ("rtsp://h:8/user=a_password=b_channel=1.sdp", "rtsp://h:8/user=***"),
        ("rtsp://ad@min:p@s/s?w%#^!@h:8/live", "rtsp://***@h:8/live"),
        ("rtsp://u:pa'\"<>|ss@h/x failed", "rtsp://***@h/x failed"),
        ("https://h/live.m3u8?token=abc", "https://h/live.m3u8?token=***"),
        ("rtmp://h/live/abcd-efgh", "rtmp://h/live/***"),
        ("a 'rtsp://u:p@h/x' and http://v:q@i/y.", "a 'rtsp://***@h/x' and http://***@i/y."),
        ("/videos/a=b@c:d.mp4", "/videos/a=b@c:d.mp4"),
        ("rtsp://cam/x@2x", "rtsp://***@2x"),
    ])
    func takesSecretsOut(_ text: String, _ shown: String) {
        #expect(redacted(text) == shown)
        #expect(redacted(redacted(text)) == shown)
    }

    @Test func anAddressIsAUrlToItsEnd() {
        #expect(redactedAddress("rtsp://u:pa ss@h/x") == "rtsp://***@h/x")
        #expect(redactedAddress("a b=c@d") == "a b=c@d")
    }

    @Test func errorsCarryNoSecrets() {
        let error = VideoError(
            .noInput, path: "rtsp://a:b@h/x", operation: "open", reason: "rtsp://a:b@h/x failed")
        #expect(error.description == "rtsp://***@h/x: cannot open: rtsp://***@h/x failed")
    }
}
