import Foundation
import OutputFiles
import Testing

@testable import VideoIO

/// What was finished before an error is kept under a name that says so.
@Suite("Parts of outputs") struct PartTests {
    @Test(
        "What was written plays, up to the last frame",
        arguments: ["mp4", "mov", "mkv", "ts", "avi", "webm", "mpg"])
    func plays(container: String) throws {
        let work = try Workspace()
        let (writer, frames) = try Self.write(work, "b.\(container)")
        #expect(frames == 25)
        let part = try #require(writer.keepPart())
        #expect(part == work.path("b.partial.\(container)"))
        #expect(try readAll(VideoReader(part)).frames.count == frames)
        #expect(try work.listing() == ["a.mp4", "b.partial.\(container)"])
        // Whatever comes afterwards changes nothing.
        #expect(writer.keepPart() == nil)
        writer.discard()
        #expect(throws: VideoError.self) { try writer.finish() }
        #expect(try work.listing() == ["a.mp4", "b.partial.\(container)"])
    }

    @Test("A part replaces nothing, not even another part")
    func names() throws {
        let work = try Workspace()
        for name in ["b.partial.mkv", "b.partial-1.mkv", "b.partial-2.mkv"] {
            let part = try Self.write(work, "b.mkv").writer.keepPart()
            #expect(part == work.path(name))
        }
        let sums = FrameMD5Sink.self
        let sink = try sums.init(work.path("c.framemd5"))
        let frame = try firstFrame(work.path("a.mp4"))
        try sink.write(frame)
        #expect(sink.keepPart() == work.path("c.partial.framemd5"))
        let lines = try String(contentsOfFile: work.path("c.partial.framemd5"), encoding: .utf8)
        #expect(lines.split(separator: "\n").filter { !$0.hasPrefix("#") }.count == 1)
    }

    @Test("Where nothing was finished nothing is kept, nor where the user gives up")
    func nothing() throws {
        let work = try Workspace()
        let input = try Self.clip(work)
        let source = try VideoReader.probe(input)
        let empty = try VideoWriter(work.path("b.mp4"), source: source)
        #expect(empty.keepPart() == nil)
        let (given, _) = try Self.write(work, "c.mp4")
        given.discard()
        #expect(given.keepPart() == nil)
        var options = VideoWriter.Options()
        options.keepsPart = false
        let (scratch, _) = try Self.write(work, "d.mp4", options)
        #expect(scratch.keepPart() == nil)
        #expect(try work.listing() == ["a.mp4"])
    }

    @Test("Frames before an encoder's error are kept")
    func encoderError() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4", "-vf",
            "setpts='PTS+gt(N,5)*1e6/TB'", "-fps_mode", "passthrough", "-c:v", "ffv1", "a.mkv")
        let reader = try VideoReader(input)
        let writer = try VideoWriter(work.path("b.avi"), source: reader.info)
        // AVI counts frames, and cannot hold that many.
        #expect(throws: VideoError.self) { try copy(reader, to: writer) }
        let part = try #require(writer.keepPart())
        #expect(try readAll(VideoReader(part)).frames.count >= 5)
    }

    @Test("A finished file whose name was taken meanwhile is kept whole")
    func nameTaken() throws {
        let work = try Workspace()
        let (writer, frames) = try Self.write(work, "b.mp4")
        try Data("theirs".utf8).write(to: URL(fileURLWithPath: work.path("b.mp4")))
        #expect(throws: VideoError.self) { try writer.finish() }
        let part = try #require(writer.keepPart())
        #expect(try readAll(VideoReader(part)).frames.count == frames)
        #expect(try String(contentsOfFile: work.path("b.mp4"), encoding: .utf8) == "theirs")
    }

    @Test("There has to be room for the index of all packets")
    func room() throws {
        let work = try Workspace()
        let room = DiskRoom(besides: work.directory.path)
        #expect(room.holds(1000))
        #expect(!room.holds(.max / 2))
        #expect(
            DiskRoom(besides: work.path("none")).holds(.max / 2), "what is not known is no limit")
    }

    private static func clip(_ work: Workspace) throws -> String {
        try work.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
    }

    /// Writes all frames of a clip, but does not finish.
    private static func write(
        _ work: Workspace, _ name: String, _ options: VideoWriter.Options = .init()
    ) throws -> (writer: VideoWriter, frames: Int) {
        let reader = try VideoReader(clip(work))
        let writer = try VideoWriter(work.path(name), source: reader.info, options: options)
        var frames = 0
        while case .frame(let frame)? = try reader.next() {
            try writer.write(frame)
            frames += 1
        }
        return (writer, frames)
    }
}
