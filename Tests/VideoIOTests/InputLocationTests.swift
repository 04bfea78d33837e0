import Foundation
import Glibc
import Testing

@testable import VideoIO

/// What a name given as input stands for.
@Suite("Names of inputs") struct InputLocationTests {
    let work: Workspace

    init() throws { work = try Workspace() }

    /// A grey picture.
    private func picture(_ name: String, luma: Int) throws {
        try work.ffmpeg(
            "-f", "lavfi", "-i", "color=black:s=32x32,geq=lum=\(luma):cb=128:cr=128", "-frames:v",
            "1", "-update", "1", "-f", "image2", "new.png")
        try FileManager.default.moveItem(atPath: work.path("new.png"), toPath: work.path(name))
    }

    private func lumas(_ name: String) throws -> [Int] {
        try readAll(VideoReader(name)).frames.map {
            Int(samples($0)[0])
        }
    }

    private func folder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: work.path(name), withIntermediateDirectories: false)
    }

    @Test(
        "A name under which there is a file means that file",
        arguments: ["x%d.png", "x%02d.png", "x*.png", "x[1].png", "x{1,2}.png", "x?.png"])
    func existing(name: String) throws {
        try picture("x1.png", luma: 40)
        try picture("x01.png", luma: 40)
        try picture(name, luma: 200)
        for path in [work.path(name), "file:" + work.path(name)] {
            let found = try lumas(path)
            #expect(found.count == 1 && abs(found[0] - 200) < 4, "\(path): \(found)")
        }
        let reader = try VideoReader(work.path(name))
        #expect(reader.info.isSinglePicture)
    }

    @Test(
        "A folder, a pattern with a number and one with an asterisk give the pictures in numeric order"
    )
    func sequences() throws {
        try folder("d")
        for number in 1...11 { try picture("d/p\(number).png", luma: 20 * number) }
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: work.path("d/notes.txt")))
        let wanted = (1...11).map { 20 * $0 }
        for name in ["d", "d/", "d/p%d.png", "d/*.png", "d/p[0-9]*.png"] {
            for path in [work.path(name), "file:" + work.path(name)] {
                let found = try lumas(path)
                #expect(found.count == 11, "\(path)")
                #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 4 }, "\(path): \(found)")
                let reader = try VideoReader(path)
                #expect(!reader.info.isSinglePicture, "\(path)")
                let frames = try readAll(reader).frames
                #expect(reader.endedEarly == nil && !reader.statistics.hasDamage)
                let times = frames.map { ($0.presentationTime ?? -1) * 25 }
                #expect(zip(times, 0...10).allSatisfy { abs($0 - Double($1)) < 0.001 }, "\(times)")
            }
        }
        var options = VideoReader.Options()
        options.start = 0.28
        let part = try readAll(VideoReader(work.path("d"), options: options)).frames
        #expect(part.map { (Int(samples($0)[0]) + 4) / 20 } == [8, 9, 10, 11])
    }

    @Test("Names of any kind in a folder are names only")
    func oddNames() throws {
        try folder("it's 1")
        for (index, name) in ["a%d.png", "a1.png", "b'c.png", "d e:f.png"].enumerated() {
            try picture("it's 1/" + name, luma: 40 + 40 * index)
        }
        let found = try lumas(work.path("it's 1"))
        #expect(zip(found, [40, 80, 120, 160]).allSatisfy { abs($0 - $1) < 4 }, "\(found)")
        #expect(found.count == 4)
    }

    @Test("Pictures of several kinds make no video, and an empty folder neither")
    func noVideo() throws {
        try folder("d")
        let empty = #expect(throws: VideoError.self) { try VideoReader(work.path("d")) }
        #expect(empty?.reason == "it is a folder, and holds no pictures")
        try picture("d/1.png", luma: 40)
        try work.ffmpeg("-i", "d/1.png", "d/2.jpg")
        let mixed = #expect(throws: VideoError.self) { try VideoReader(work.path("d")) }
        #expect(mixed?.reason.contains("several kinds (jpg, png)") == true)
        #expect(try lumas(work.path("d/*.jpg")).count == 1)
    }

    @Test("A list for the concat demuxer is read as one, wherever its files lie")
    func lists() throws {
        for name in ["a.mkv", "b.mkv"] {
            try work.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4", "-c:v", "libx264", name)
        }
        let texts = [
            "file a.mkv\nfile b.mkv\n", "# two\r\n\r\nfile 'a.mkv'\r\nfile 'b.mkv'\r\n",
            "ffconcat version 1.0\nfile a.mkv\nfile '\(work.path("b.mkv"))'\n",
        ]
        for text in texts {
            try Data(text.utf8).write(to: URL(fileURLWithPath: work.path("list.txt")))
            let reader = try VideoReader(work.path("list.txt"))
            let times = try readAll(reader).frames.compactMap(\.sourceTime)
            #expect(times.count == 20, "\(text)")
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
            #expect(reader.endedEarly == nil)
        }
        try Data("file none.mkv\n".utf8).write(to: URL(fileURLWithPath: work.path("list.txt")))
        let error = #expect(throws: VideoError.self) { try VideoReader(work.path("list.txt")) }
        #expect(error?.reason.contains("none.mkv") == true, "\(String(describing: error))")
    }

    @Test("One picture is told from several that follow one another, whatever they come in")
    func single() throws {
        try work.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.12", "%d.jpg")
        #expect(try VideoReader(work.path("1.jpg")).info.isSinglePicture)
        for (names, count) in [("1.jpg", 1), ("1.jpg 2.jpg 3.jpg", 3)] {
            let pipe = work.path("pipe of \(count)")
            #expect(mkfifo(pipe, 0o600) == 0)
            let writer = Process()
            writer.executableURL = URL(fileURLWithPath: "/bin/sh")
            writer.arguments = ["-c", "cat \(names) > '\(pipe)'"]
            writer.currentDirectoryURL = work.directory
            try writer.run()
            let reader = try VideoReader(pipe)
            #expect(reader.info.isSinglePicture == (count == 1))
            #expect(try readAll(reader).frames.count == count)
            writer.waitUntilExit()
        }
        let video = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", "a.mp4")
        #expect(try !VideoReader(video).info.isSinglePicture)
    }

    @Test(
        "Numbers in names are compared as numbers",
        arguments: [
            ("a2.png", "a10.png", true), ("a10.png", "a2.png", false), ("a02.png", "a2.png", true),
            ("a.png", "b.png", true), ("1a10", "1a9", false), ("7", "08", true), ("a", "a1", true),
            ("99999999999999999998", "99999999999999999999", true),
        ])
    func order(one: String, other: String, isFirst: Bool) {
        #expect(PictureList.precedes(one, other) == isFirst)
        #expect(PictureList.precedes(other, one) == !isFirst)
    }
}
