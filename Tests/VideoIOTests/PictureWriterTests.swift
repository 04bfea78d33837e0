import Foundation
import Testing

@testable import VideoIO

@Suite("Pictures out") struct PictureWriterTests {
    @Test(
        "A picture becomes a picture of the same colours",
        arguments: ["png", "jpg", "jpeg", "bmp", "tiff", "ppm", "tga"])
    func one(format: String) throws {
        let work = try Workspace()
        for (size, name) in [("64x48", "small"), ("1280x720", "large")] {
            let input = try work.ffmpeg(
                "-f", "lavfi", "-i", "color=0xfe0000:s=\(size)", "-frames:v", "1", "\(name).png")
            let output = work.path("\(name)-out.\(format)")
            #expect(PictureWriter.takes(output))
            let reader = try VideoReader(input)
            let summary = try copy(reader, to: PictureWriter(output, source: reader.info))
            #expect(summary.path == output)
            #expect(summary.framesWritten == 1)
            let raw = try work.ffmpeg(
                "-i", output, "-f", "rawvideo", "-pix_fmt", "rgb24", "\(name).raw")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: raw))
            let side = size.split(separator: "x").compactMap { Int($0) }
            #expect(bytes.count == side[0] * side[1] * 3)
            // As a viewer understands it, which takes BT.601 for granted in a JPEG of any size.
            let (red, green, blue) = (bytes[0], bytes[1], bytes[2])
            #expect(red > 245 && green < 8 && blue < 8, "\(red) \(green) \(blue)")
        }
        #expect(try work.listing().allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("A video becomes pictures with numbers", arguments: ["png", "jpg"])
    func sequence(format: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1", "-f", "lavfi", "-i", "sine=d=1",
            "-c:v", "libx264", "a.mp4")
        let reader = try VideoReader(input)
        let sink = try PictureWriter(work.path("p-%03d.\(format)"), source: reader.info)
        let summary = try copy(reader, to: sink)
        #expect(summary.framesWritten == 5)
        #expect(summary.omittedStreams.map(\.content) == ["audio (aac)"])
        #expect(
            try work.listing() == ["a.mp4"] + (1...5).map { "p-00\($0).\(format)" })
        let size = try work.listing().dropFirst().reduce(Int64(0)) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: work.path(name))
            return sum + (attributes[.size] as? Int64 ?? 0)
        }
        #expect(summary.bytes == size)
        // None is replaced unless that is wanted.
        let again = try VideoReader(input)
        let refused = #expect(throws: VideoError.self) {
            try copy(
                again, to: PictureWriter(work.path("p-%03d.\(format)"), source: again.info))
        }
        #expect(refused?.reason == "the file exists")
    }

    @Test("One name is one picture")
    func tooMany() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1", "-c:v", "libx264", "a.mp4")
        let reader = try VideoReader(input)
        let sink = try PictureWriter(work.path("b.png"), source: reader.info)
        let error = #expect(throws: VideoError.self) { try copy(reader, to: sink) }
        #expect(error?.reason.contains("-%05d.png") == true)
        sink.discard()
        var one = VideoReader.Options()
        one.maximumFrames = 1
        let first = try VideoReader(input, options: one)
        try copy(first, to: PictureWriter(work.path("b.png"), source: first.info))
        #expect(try work.listing() == ["a.mp4", "b.png"])
    }

    @Test("What cannot be is refused at once")
    func refused() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5", "-frames:v", "1", "a.png")
        let source = try VideoReader.probe(input)
        for (name, codec, words) in [
            ("none/b.png", nil, "No such file"), ("a.png", nil, "input"),
            ("b.png", "libx264", "says png"), ("b.mp4", nil, "no format for pictures"),
        ] as [(String, String?, String)] {
            var options = VideoWriter.Options()
            options.codec = codec
            options.overwrite = true
            let error = #expect(throws: VideoError.self) {
                try PictureWriter(work.path(name), source: source, options: options)
            }
            #expect(error?.kind == .cannotWrite)
            #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
        }
        #expect(!PictureWriter.takes("a.mp4") && !PictureWriter.takes("a.gif"))
        #expect(try work.listing() == ["a.png"])
    }
}
