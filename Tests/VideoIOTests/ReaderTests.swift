import Foundation
import Glibc
import Testing

@testable import VideoIO

@Suite("VideoReader") struct ReaderTests {
    @Test("All frames come out although B-frames delay them", arguments: [0, 1, 4])
    func drained(threads: Int) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", "-c:v", "libx264", "-bf", "3",
            "a.mp4")
        var options = VideoReader.Options()
        options.decoderThreads = threads
        let reader = try VideoReader(file, options: options)
        let frames = try readAll(reader).frames
        #expect(frames.count == 50)
        #expect(frames.map(\.width) == Array(repeating: 160, count: 50))
        #expect(reader.statistics.framesDelivered == 50)
        #expect(!reader.statistics.hasDamage)
        #expect(reader.endedEarly == nil)
        #expect(!reader.wasInterrupted)
    }

    @Test("Timestamps, time base and durations are the file's")
    func timing() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=30000/1001:d=1", "-c:v", "libx264", "a.mov")
        let frames = try readAll(VideoReader(file)).frames
        let unit = try #require(frames.first).timeBase
        #expect(unit == Rational(1, 30000))
        #expect(frames.map(\.presentationTimestamp) == (0..<30).map { Int64($0) * 1001 })
        #expect(frames.allSatisfy { $0.duration == 1001 })
        #expect(abs(try #require(frames[29].presentationTime) - 29 * 1001 / 30000) < 1e-9)
    }

    @Test(
        "start, duration and frames select exactly what a full read gives",
        arguments: [
            "a.mp4", "a.mkv", "a.ts", "a.mov",
        ])
    func selection(name: String) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=6", "-f", "lavfi", "-i",
            "sine=d=6", "-c:v", "libx264", "-g", "40", "-bf", "2", "-c:a", "aac", name)
        let all = try readAll(VideoReader(file)).frames
        #expect(all.count == 150)

        var options = VideoReader.Options()
        options.start = 3
        options.duration = 1
        let reader = try VideoReader(file, options: options)
        let part = try readAll(reader)
        // The file's clock starts with the stream that starts first; audio may precede video.
        let origin = try #require(reader.info.startTime)
        let full = try #require(try VideoReader(file).info.videoStream?.startTime)
        let offset = full - origin
        let expected = all.filter {
            let own = ($0.presentationTime ?? 0) - (all[0].presentationTime ?? 0) + offset
            return own > 2.9999 && own < 3.9999
        }
        #expect(part.frames.map(samples) == expected.map(samples))
        #expect(expected.count == 25)
        #expect(abs(part.frames.first?.presentationTime ?? 9) < 0.041)
        let audio = part.packets.compactMap { packet in
            packet.presentationTimestamp.map { Double($0) * packet.timeBase.doubleValue }
        }
        #expect(try #require(audio.min()) > -0.001)
        #expect(try #require(audio.min()) < 0.05)
        #expect(try #require(audio.max()) > 0.94)
        #expect(try #require(audio.max()) < 1)
        #expect(reader.statistics.framesBeforeStart > 0)

        options = VideoReader.Options()
        options.maximumFrames = 10
        let limited = try readAll(VideoReader(file, options: options))
        #expect(limited.frames.map(samples) == all.prefix(10).map(samples))
        let last = limited.packets.compactMap { packet in
            packet.presentationTimestamp.map { Double($0) * packet.timeBase.doubleValue }
        }.max()
        #expect(try #require(last) < 0.5)
        #expect(try #require(last) > 0.35)
    }

    @Test("Other streams come as packets, or not at all")
    func otherStreams() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-f", "lavfi", "-i", "sine=d=1",
            "-c:v", "libx264", "-c:a", "aac", "a.mp4")
        let count = try work.ffprobe("packet=size", file, "-select_streams", "a")
            .split(separator: "\n").count
        #expect(try readAll(VideoReader(file)).packets.count == count)
        var options = VideoReader.Options()
        options.carriesOtherStreams = false
        #expect(try readAll(VideoReader(file, options: options)).packets.isEmpty)
    }

    @Test("Size changes in mid-stream, and clocks that start anew")
    func sizeChange() throws {
        let work = try Workspace()
        for (name, size) in [("a.ts", "160x120"), ("b.ts", "96x96")] {
            try work.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=\(size):r=25:d=2", "-f", "lavfi", "-i",
                "sine=d=2", "-c:v", "libx264", "-c:a", "aac", name)
        }
        var joined = try Data(contentsOf: URL(fileURLWithPath: work.path("a.ts")))
        joined.append(try Data(contentsOf: URL(fileURLWithPath: work.path("b.ts"))))
        try joined.write(to: URL(fileURLWithPath: work.path("ab.ts")))
        let reader = try VideoReader(work.path("ab.ts"))
        let contents = try readAll(reader)
        #expect(contents.frames.count == 100)
        #expect(contents.frames.prefix(50).allSatisfy { $0.width == 160 && $0.height == 120 })
        #expect(contents.frames.suffix(50).allSatisfy { $0.width == 96 && $0.height == 96 })
        #expect(reader.statistics.formatChanges == 1)
        #expect(reader.statistics.discontinuities == 1)
        let steps = zip(contents.times, contents.times.dropFirst()).map { $1 - $0 }
        #expect(steps.allSatisfy { $0 == 3600 })
        // Audio crosses with the same offset; where the recordings overlap it may step back a little.
        let audio = contents.packets.compactMap(\.presentationTimestamp)
        #expect(zip(audio, audio.dropFirst()).allSatisfy { $1 - $0 > -9000 && $1 - $0 < 9000 })
        let lag = Double(try #require(audio.last) - (try #require(contents.times.last))) / 90000
        #expect(abs(lag) < 0.1)
    }

    @Test("Interrupting ends as if the input ended")
    func interrupt() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=4", "-c:v", "libx264", "a.mp4")
        let reader = try VideoReader(file)
        for _ in 0..<10 { _ = try reader.next() }
        reader.interrupt()
        let rest = try readAll(reader).frames.count
        #expect(rest < 80)
        #expect(reader.wasInterrupted)
        #expect(reader.endedEarly == nil)
    }

    @Test("Streams without timestamps get them", arguments: ["a.h264", "a.m2v", "a.mpg"])
    func noTimestamps(name: String) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", "-bf", "2", name)
        let reader = try VideoReader(file)
        let contents = try readAll(reader)
        #expect(contents.frames.count == 50)
        let steps = Set(zip(contents.times, contents.times.dropFirst()).map { $1 - $0 })
        let unit = try #require(contents.frames.first).timeBase
        #expect(steps == [Rational(1, 25).rescale(1, to: unit)])
        #expect(reader.statistics.repairedTimestamps > 0)
    }

    @Test("A named pipe is read, and a reader that waits for its writer can be interrupted")
    func pipe() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=2", "-c:v", "libx264", "a.ts")
        let pipe = work.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        // Opened for both, the pipe has a writer as long as this lives, and never ends by itself; the
        // kernel holds 64 KiB.
        try #require(data.count < 65536)
        let end = FileHandle(fileDescriptor: open(pipe, O_RDWR), closeOnDealloc: true)
        try end.write(contentsOf: data)
        let reader = try VideoReader(pipe)
        var frames = 0
        while let element = try reader.next() {
            if case .frame = element { frames += 1 }
            if frames == 10 { Thread.detachNewThread { reader.interrupt() } }
        }
        #expect(frames >= 10 && frames <= 50)
        #expect(reader.wasInterrupted)
        try end.close()
    }

    @Test("Opening can be interrupted")
    func interruptedOpening() throws {
        let listener = try SilentListener()
        var options = VideoReader.Options()
        options.deadline = nil
        let interruption = Interruption()
        options.interruption = interruption
        Thread.detachNewThread {
            listener.waitForConnection()
            interruption.interrupt()
        }
        let error = #expect(throws: VideoError.self) {
            try VideoReader("tcp://127.0.0.1:\(listener.port)", options: options)
        }
        #expect(error?.kind == .noInput)
        #expect(error?.reason == "interrupted")
    }

    @Test("Interlaced frames are noticed")
    func interlaced() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=128x96:d=1,interlace", "-c:v", "mpeg2video", "-flags",
            "+ildct+ilme", "a.mkv")
        let reader = try VideoReader(file)
        let frames = try readAll(reader).frames
        #expect(frames.contains { $0.isInterlaced })
        #expect(reader.statistics.interlacedFrames > 0)
    }
}
