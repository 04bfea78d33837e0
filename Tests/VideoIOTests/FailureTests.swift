import Foundation
import Testing

@testable import VideoIO

@Suite("Failures") struct FailureTests {
    @Test("What cannot be read is told apart from what cannot be decoded")
    func inputErrors() throws {
        let work = try Workspace()
        func write(_ name: String, _ text: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: work.path(name)))
            return work.path(name)
        }
        let audio = try work.ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "a.m4a")
        let cases: [(String, VideoError.Kind, String)] = [
            (work.path("missing.mp4"), .noInput, "No such file"),
            (work.directory.path, .noInput, "a folder, and holds no pictures"),
            ("http://127.0.0.1:1/x.mp4", .noInput, "refused"),
            ("nonsense://x/y", .noInput, "Protocol not found"),
            (try write("a.mp4", "This is no video.\n"), .notDecodable, "text file"),
            (
                try write("a.txt", "This is a text, of some length.\n"), .notDecodable,
                "text file"
            ),
            (
                try write("page.html", "<!DOCTYPE html><html></html>"), .notDecodable,
                "web page"
            ),
            (try write("page.mp4", "\n<HTML><body></body>"), .notDecodable, "web page"),
            (
                try write("noise.mp4", String(repeating: "\u{1}\u{7f}\u{2}x", count: 500)),
                .notDecodable, "no format that FFmpeg knows"
            ),
            (work.path("none%d.png"), .noInput, "none%d.png"),
            (work.path("none*.png"), .noInput, "No such file"),
            (try write("empty.mp4", ""), .notDecodable, "empty"),
            (audio, .notDecodable, "no video stream, only audio"),
        ]
        for (path, kind, words) in cases {
            let error = #expect(throws: VideoError.self, "\(path)") { try VideoReader(path) }
            #expect(error?.kind == kind, "\(path): \(String(describing: error))")
            #expect(error?.path == path)
            #expect(error?.operation == "open")
            #expect(
                words.isEmpty || error?.reason.contains(words) == true, "\(error?.reason ?? "")")
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("Audio alone can still be described")
    func probeAudio() throws {
        let work = try Workspace()
        let audio = try work.ffmpeg(
            "-f", "lavfi", "-i", "sine=d=1:r=48000", "-ac", "2", "-c:a", "aac", "a.m4a")
        let info = try VideoReader.probe(audio)
        #expect(info.videoStreamIndex == nil)
        #expect(info.streams.first?.audio?.sampleRate == 48000)
        #expect(info.streams.first?.audio?.channels == 2)
        #expect(info.streams.first?.audio?.channelLayout == "stereo")
    }

    @Test("More pixels than allowed are refused")
    func tooLarge() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        var options = VideoReader.Options()
        options.maximumPixels = 64 * 48 - 1
        let error = #expect(throws: VideoError.self) { try VideoReader(file, options: options) }
        #expect(error?.kind == .notDecodable)
        options.maximumPixels = 64 * 48
        #expect(try readAll(VideoReader(file, options: options)).frames.count == 25)
    }

    @Test("A file name with a colon, a percent sign or a dash in front is a file")
    func names() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        for name in ["rtsp:b.mp4", "%d.mp4", "-c.mp4", "ä ö.mp4"] {
            try FileManager.default.copyItem(atPath: file, toPath: work.path(name))
            #expect(try readAll(VideoReader(work.path(name))).frames.count == 25)
            let output = work.path("out \(name)")
            try transcode(work.path(name), to: output)
            #expect(try readAll(VideoReader(output)).frames.count == 25)
        }
    }

    @Test("Damaged packets are counted, and the rest decoded")
    func damaged() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=4", "-c:v", "libx264", "-g", "12",
            "-preset", "veryfast", "a.ts")
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        for place in [data.count / 3, data.count / 2, 3 * data.count / 4] {
            // Behind the packet header, so that the container stays intact.
            let start = place / 188 * 188 + 20
            for index in start..<start + 150 { data[index] ^= 0xa5 }
        }
        try data.write(to: URL(fileURLWithPath: work.path("b.ts")))
        let reader = try VideoReader(work.path("b.ts"))
        let frames = try readAll(reader).frames
        #expect(frames.count > 80)
        #expect(reader.statistics.hasDamage)
        #expect(reader.statistics.suspectFrames > 0)
        #expect(reader.statistics.suspectFrames < 60)
        let summary = try transcode(work.path("b.ts"), to: work.path("c.mp4"))
        #expect(summary.framesWritten == frames.count)
    }

    @Test(
        "A file that is cut off gives what there is, and says so", arguments: ["mp4", "mkv", "avi"])
    func truncated(container: String) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=8", "-c:v", "libx264", "-movflags",
            "+faststart", "a.mp4")
        let name = "b.\(container)"
        if container == "mp4" {
            try FileManager.default.copyItem(atPath: file, toPath: work.path(name))
        } else {
            try work.ffmpeg("-i", "a.mp4", "-c", "copy", name)
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: work.path(name)))
        try data.prefix(data.count * 6 / 10).write(to: URL(fileURLWithPath: work.path(name)))
        let reader = try VideoReader(work.path(name))
        let frames = try readAll(reader).frames
        #expect(frames.count > 80 && frames.count < 200)
        #expect(reader.endedEarly != nil)
        let whole = try VideoReader(file)
        _ = try readAll(whole)
        #expect(whole.endedEarly == nil)
    }

    @Test("An mp4 without its index cannot be opened")
    func noIndex() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", "-c:v", "libx264", "a.mp4")
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: VideoError.self) { try VideoReader(file) }
        #expect(error?.kind == .notDecodable)
        #expect(error?.reason.contains("moov atom not found") == true)
        #expect(error?.reason.contains("the file is cut off") == true)
    }

    @Test("A source that never answers runs into the deadline")
    func deadline() throws {
        let listener = try SilentListener()
        var options = VideoReader.Options()
        options.deadline = 0.3
        let error = #expect(throws: VideoError.self) {
            try VideoReader("tcp://127.0.0.1:\(listener.port)", options: options)
        }
        #expect(error?.kind == .noInput)
        #expect(error?.reason.contains("0.3 seconds") == true)
    }

    @Test("Where the output cannot be, it is said before any work")
    func outputErrors() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        let info = try VideoReader.probe(input)
        let existing = work.path("there.mp4")
        try Data("old".utf8).write(to: URL(fileURLWithPath: existing))
        try FileManager.default.createSymbolicLink(
            atPath: work.path("link.mp4"), withDestinationPath: input)
        try FileManager.default.createSymbolicLink(
            atPath: work.path("dangling.mp4"), withDestinationPath: work.path("gone.mp4"))
        let cases = [
            (work.path("dangling.mp4"), false, "link"),
            (existing, false, "exists"), (work.path("none/b.mp4"), false, "No such file"),
            ("/proc/b.mp4", false, "/proc"), (work.directory.path + "/a.mp4", true, "input"),
            (work.path("link.mp4"), true, "input"), ("/dev/null", true, ""),
            (work.path("b.nonsense"), false, "extension"), (work.path("b"), false, "extension"),
            (existing + "/b.mp4", false, "Not a directory"), (work.path("b-%d.png"), false, ""),
            (work.path("b.mp3"), false, ""), (work.path("b.m3u8"), false, ""),
        ]
        for (path, overwrite, words) in cases {
            var options = VideoWriter.Options()
            options.overwrite = overwrite
            let error = #expect(throws: VideoError.self, "\(path)") {
                try VideoWriter(path, source: info, options: options)
            }
            #expect(error?.kind == .cannotWrite)
            #expect(error?.path == path)
            #expect(
                words.isEmpty || error?.description.contains(words) == true,
                "\(error?.description ?? "")")
        }
        #expect(try work.listing() == ["a.mp4", "dangling.mp4", "link.mp4", "there.mp4"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: existing)) == Data("old".utf8))
    }

    @Test("The file appears when it is finished, not before; discarding leaves nothing")
    func temporaryName() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        let output = work.path("b.mp4")
        let pid = ProcessInfo.processInfo.processIdentifier
        let reader = try VideoReader(input)
        var writer: VideoWriter? = try VideoWriter(output, source: reader.info)
        #expect(try work.listing() == ["a.mp4", "b.partial-\(pid).mp4"])
        while case .frame(let frame)? = try reader.next() { try writer?.write(frame) }
        #expect(try !work.listing().contains("b.mp4"))
        writer?.discard()
        #expect(try work.listing() == ["a.mp4"])
        #expect(throws: VideoError.self) { try writer?.finish() }
        // Forgetting a writer is discarding it.
        writer = try VideoWriter(output, source: reader.info)
        writer = nil
        #expect(try work.listing() == ["a.mp4"])
        // No frames: an error and no file.
        writer = try VideoWriter(output, source: reader.info)
        let error = #expect(throws: VideoError.self) { try writer?.finish() }
        #expect(error?.reason.contains("no frame") == true)
        #expect(try work.listing() == ["a.mp4"])
        // Someone else takes the name meanwhile: theirs is kept.
        let slow = try VideoWriter(output, source: reader.info)
        try Data("theirs".utf8).write(to: URL(fileURLWithPath: output))
        let late = #expect(throws: VideoError.self) { try copy(VideoReader(input), to: slow) }
        #expect(late?.kind == .cannotWrite)
        #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data("theirs".utf8))
        slow.discard()
        #expect(try work.listing() == ["a.mp4", "b.mp4"])
        // Asked to, it is replaced.
        var options = VideoWriter.Options()
        options.overwrite = true
        let summary = try transcode(input, to: output, writing: options)
        #expect(try readAll(VideoReader(output)).frames.count == 25)
        let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int64
        #expect(summary.bytes == size)
    }

    @Test("A full disk is noticed")
    func fullDisk() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let error = #expect(throws: VideoError.self) {
            try copy(VideoReader(input), to: FrameMD5Sink(full))
        }
        #expect(error?.kind == .cannotWrite)
        #expect(error?.reason.contains("No space left") == true)
    }

    @Test("A zero-length selection gives no frames and no file")
    func nothingSelected() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        var options = VideoReader.Options()
        options.start = 100
        let error = #expect(throws: VideoError.self) {
            try transcode(input, to: work.path("b.mp4"), reading: options)
        }
        #expect(error?.kind == .cannotWrite)
        options = VideoReader.Options()
        options.duration = 0
        #expect(try readAll(VideoReader(input, options: options)).frames.isEmpty)
        #expect(try work.listing() == ["a.mp4"])
    }
}
