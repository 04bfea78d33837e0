import Foundation
import Testing

@testable import VideoIO

@Suite("Sinks") struct SinkTests {
    @Test("framemd5 equals ffmpeg's", arguments: ["yuv420p", "yuv422p10le", "nv12", "yuv444p"])
    func frameMD5(format: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=98x54:r=30000/1001:d=1", "-pix_fmt", format, "-c:v",
            format == "nv12" ? "rawvideo" : "libx264", format == "nv12" ? "a.nut" : "a.mp4")
        let reader = try VideoReader(input)
        let summary = try copy(reader, to: FrameMD5Sink(work.path("ours.md5")))
        #expect(summary.framesWritten == 30)
        try work.ffmpeg(
            "-i", input, "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f",
            "framemd5", "theirs.md5")
        func lines(_ name: String) throws -> [String] {
            try String(contentsOfFile: work.path(name), encoding: .utf8)
                .split(whereSeparator: \.isNewline).map(String.init)
        }
        #expect(try lines("ours.md5") == lines("theirs.md5"))
        #expect(try lines("ours.md5").count > 30)
        #expect(throws: VideoError.self) { try FrameMD5Sink(work.path("ours.md5")) }
    }

    @Test("framemd5 to an open file")
    func frameMD5ToHandle() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        try copy(VideoReader(input), to: FrameMD5Sink(work.path("a.md5")))
        _ = FileManager.default.createFile(atPath: work.path("b.md5"), contents: nil)
        let handle = try #require(FileHandle(forWritingAtPath: work.path("b.md5")))
        try copy(VideoReader(input), to: FrameMD5Sink(handle))
        try handle.close()
        #expect(
            FileManager.default.contents(atPath: work.path("a.md5"))
                == FileManager.default.contents(atPath: work.path("b.md5")))
    }

    @Test("The null sink counts")
    func null() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v",
            "libx264", "-c:a", "aac", "a.mp4")
        let reader = try VideoReader(input)
        let summary = try copy(reader, to: NullSink())
        #expect(summary.framesWritten == 25)
        #expect(summary.packetsCopied == reader.statistics.packetsDelivered)
        #expect(summary.packetsCopied > 40)
    }

    @Test("Frames and packets may come from different threads")
    func threads() async throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:d=4", "-f", "lavfi", "-i", "sine=d=4", "-c:v",
            "libx264", "-c:a", "aac", "a.mp4")
        let reader = try VideoReader(input)
        let writer = try VideoWriter(work.path("b.mp4"), source: reader.info)
        let contents = try readAll(reader)
        let (frames, packets) = (contents.frames, contents.packets)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for frame in frames { try writer.write(frame) } }
            group.addTask { for packet in packets { try writer.write(packet) } }
            try await group.waitForAll()
        }
        let summary = try writer.finish()
        #expect(summary.framesWritten == 100)
        #expect(summary.packetsCopied == packets.count)
        let md5 = { try work.ffmpegOutput("-i", $0, "-map", "0:a", "-c", "copy", "-f", "md5") }
        #expect(try md5(input) == md5(work.path("b.mp4")))
    }
}
