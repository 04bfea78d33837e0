import Foundation
import Glibc
import Testing

@testable import VideoIO

/// Damage that leaves no gap: what a decoder only logs, and files that end too early or seem to.
@Suite("Damage") struct DamageTests {
    let work: Workspace

    init() throws { work = try Workspace() }

    private func change(_ file: String, _ body: (inout Data) throws -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        try body(&data)
        try data.write(to: URL(fileURLWithPath: file))
    }

    private func read(_ file: String, threads: Int = 0) throws -> (Contents, VideoReader) {
        var options = VideoReader.Options()
        options.decoderThreads = threads
        let reader = try VideoReader(file, options: options)
        return (try readAll(reader), reader)
    }

    @Test("Half a picture is damage, whatever the decoder makes of it")
    func halfPictures() throws {
        for name in ["a.jpg", "a.png"] {
            let file = try work.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", name)
            #expect(try !read(file).1.statistics.hasDamage, "\(name)")
            try change(file) { $0 = $0.prefix($0.count / 2) }
            let (contents, reader) = try read(file)
            #expect(reader.statistics.hasDamage, "\(name)")
            #expect(reader.statistics.latestDecoderError != nil, "\(name)")
            if contents.frames.isEmpty {
                #expect(reader.reasonForNoFrame.hasPrefix("there is no frame: "), "\(name)")
            }
        }
    }

    @Test(
        "What a decoder only logs is damage, whichever of its threads says it",
        arguments: [
            ("mjpeg.avi", "mjpeg", "yuvj420p"), ("a.dv", "dvvideo", "yuv420p"),
            ("ffv1.mkv", "ffv1 -level 3 -slices 4 -slicecrc 1", "yuv420p"),
            ("mpeg2.mkv", "mpeg2video", "yuv420p"), ("mpeg4.mkv", "mpeg4", "yuv420p"),
        ], [1, 4])
    func onlyLogged(recipe: (name: String, codec: String, format: String), threads: Int) throws {
        let file = try work.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=0.4", "-pix_fmt", recipe.format,
                "-c:v",
            ]
                + recipe.codec.split(separator: " ").map(String.init) + [recipe.name])
        let (whole, intact) = try read(file, threads: threads)
        #expect(!intact.statistics.hasDamage, "\(intact.statistics)")
        try change(file) { data in
            // In the middle of a frame, behind what tells its format.
            let place = data.count / 2 + (recipe.name == "a.dv" ? 70_000 : 0)
            for index in place..<place + 400 { data[index] ^= 0x5A }
        }
        let (part, reader) = try read(file, threads: threads)
        #expect(part.frames.count >= whole.frames.count - 1)
        #expect(reader.statistics.hasDamage, "\(reader.statistics)")
    }

    @Test("A stated duration that the data do not bear out is no damage")
    func bogusDuration() throws {
        let source = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-c:v", "libx264", "a.mkv")
        func patch(_ name: String, _ options: String, _ body: (inout Data) throws -> Void) throws {
            let file = try work.ffmpeg(
                ["-i", source, "-c", "copy"] + options.split(separator: " ").map(String.init) + [
                    name
                ])
            try change(file, body)
            let (contents, reader) = try read(file)
            #expect(try #require(reader.info.duration) > 1000, "\(name)")
            #expect(contents.frames.count == 50, "\(name)")
            #expect(reader.endedEarly == nil, "\(name)")
            #expect(!reader.statistics.hasDamage, "\(name)")
        }
        try patch("b.mp4", "-movflags frag_keyframe+empty_moov") { data in
            for name in ["mvhd", "mdhd"] {
                let box = try #require(data.firstRange(of: Data(name.utf8))).lowerBound
                data.replaceSubrange(box + 20..<box + 24, with: [0x7F, 0, 0, 0])
            }
        }
        try patch("b.mkv", "") { data in
            // Its duration, a number of 8 bytes.
            let element = try #require(data.firstRange(of: Data([0x44, 0x89, 0x88]))).upperBound
            data.replaceSubrange(element..<element + 8, with: [0x41, 0xA0, 0, 0, 0, 0, 0, 0])
        }
        try patch("b.flv", "") { data in
            let name = try #require(data.firstRange(of: Data("duration".utf8))).upperBound
            data.replaceSubrange(name + 1..<name + 9, with: [0x41, 0, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test(
        "What the index of an MP4 file lists and the file lacks is counted", arguments: [0.3, 0.77])
    func cutWithIndex(share: Double) throws {
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=8", "-f", "lavfi", "-i", "sine=d=8",
            "-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart", "a.mp4")
        #expect(try read(file).1.endedEarly == nil)
        try change(file) { $0 = $0.prefix(Int(Double($0.count) * share)) }
        let (contents, reader) = try read(file)
        let reason = try #require(reader.endedEarly)
        let match = try #require(
            try /(\d+) of 200 frames in its index are missing/.firstMatch(in: reason))
        // The last packet may be cut, and its frame lost.
        let sum = contents.frames.count + (Int(match.1) ?? 0)
        #expect((199...200).contains(sum), "\(reason)")
        // From the middle on as many are missing.
        var options = VideoReader.Options()
        options.start = 0.5
        let part = try VideoReader(file, options: options)
        _ = try readAll(part)
        #expect(part.endedEarly == reason)
    }

    @Test(
        "A file cut between two packets is found by its stated size", arguments: ["a.mkv", "a.avi"])
    func cutBetweenPackets(name: String) throws {
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "mjpeg", name)
        #expect(try read(file).1.endedEarly == nil)
        let places = try work.ffprobe("packet=pos", file).split(separator: "\n")
            .compactMap { Int($0.filter(\.isNumber)) }
        // The position is that of the data in AVI files, behind a header of 8 bytes.
        let place = places[60] - (name.hasSuffix("avi") ? 8 : 0)
        try change(file) { $0 = $0.prefix(place) }
        let (contents, reader) = try read(file)
        #expect(contents.frames.count == 60)
        #expect(reader.endedEarly != nil)
    }

    @Test("An encrypted track is said to be one")
    func encrypted() throws {
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-c:v", "libx264",
            "-encryption_scheme", "cenc-aes-ctr", "-encryption_key",
            "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid",
            "a7e61c373e219033c21091fa607bf3b8", "a.mp4")
        let (contents, reader) = try read(file)
        #expect(contents.frames.isEmpty)
        #expect(reader.reasonForNoFrame == "there is no frame: the video is encrypted")
    }

    @Test("An MP4 file with its index at the end says what to do where it comes through a pipe")
    func indexBehindPipe() throws {
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=640x360:d=4", "-c:v", "libx264", "-qp", "4", "a.mp4")
        let pipe = work.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        writer.arguments = ["-c", "exec cat '\(file)' > '\(pipe)'"]
        writer.standardError = FileHandle.nullDevice
        try writer.run()
        defer { writer.terminate() }
        var said = ""
        do {
            let reader = try VideoReader(pipe)
            #expect(try readAll(reader).frames.isEmpty)
            said = reader.reasonForNoFrame
        } catch let error as VideoError {
            said = error.reason
        }
        #expect(said.contains("-movflags +faststart"), "\(said)")
    }
}
