import Foundation
import Testing

@testable import VideoIO

@Suite("Choice of the pixel format") struct PixelFormatChoiceTests {
    /// Pictures whose chroma is as full as it is because no video codec chose otherwise.
    static let pictures = [
        ["-c:v", "libx264rgb", "a.mp4"], ["-c:v", "gif", "a.gif"],
        ["-c:v", "png", "-pix_fmt", "rgb24", "a.mov"],
        ["-c:v", "png", "-pix_fmt", "pal8", "a.mov"],
        ["-c:v", "png", "-pix_fmt", "gray", "a.mov"],
        ["-c:v", "png", "-pix_fmt", "rgba", "a.mov"],
        ["-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "a.avi"],
        ["-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "a.avi"],
    ]

    @Test("Pictures become what browsers and QuickTime play", arguments: pictures)
    func picturesPlay(coding: [String]) throws {
        let work = try Workspace()
        let input = try Self.clip(work, coding)
        for (codec, profile) in [("libx264", "High"), ("libx265", "Main")] {
            var options = VideoWriter.Options()
            options.codec = codec
            let output = work.path("\(codec).mp4")
            let summary = try transcode(input, to: output, writing: options)
            #expect(summary.notes.isEmpty)
            let written = try #require(try VideoReader.probe(output).videoStream)
            #expect(written.profile == profile)
            #expect(["yuv420p", "yuvj420p"].contains(written.video?.pixelFormat))
        }
        // An archive keeps the chroma.
        var lossless = VideoWriter.Options()
        lossless.codec = "ffv1"
        let kept = try firstFrame(input).format
        try transcode(input, to: work.path("a.mkv"), writing: lossless)
        #expect(try firstFrame(work.path("a.mkv")).format == kept)
    }

    @Test(
        "Video that has more keeps it, and it is said how to get what players play",
        arguments: [
            ("yuv422p", "libx264", true), ("yuv444p", "libx264", true),
            ("yuv420p10le", "libx264", true), ("yuv420p", "libx264", false),
            ("yuv422p10le", "libx265", true), ("yuv420p10le", "libx265", false),
        ])
    func videoStays(format: String, codec: String, isRemarked: Bool) throws {
        let work = try Workspace()
        let input = try Self.clip(work, ["-c:v", "ffv1", "-pix_fmt", format, "a.mkv"])
        var options = VideoWriter.Options()
        options.codec = codec
        let kept = try transcode(input, to: work.path("kept.mp4"), writing: options)
        #expect(try Self.format(work.path("kept.mp4")) == format)
        #expect(kept.notes.count == (isRemarked ? 1 : 0))
        #expect(kept.notes.allSatisfy { $0.contains("--pixel-format yuv420p") })
        options.pixelFormat = "yuv420p"
        let reduced = try transcode(input, to: work.path("reduced.mp4"), writing: options)
        #expect(try Self.format(work.path("reduced.mp4")) == "yuv420p")
        #expect(reduced.notes.isEmpty)
    }

    @Test("HDR keeps its bits, and the remedy keeps them too")
    func highDynamicRange() throws {
        let work = try Workspace()
        let input = try Self.clip(
            work,
            [
                "-vf", "setparams=color_trc=arib-std-b67:colorspace=bt2020nc", "-c:v", "ffv1",
                "-pix_fmt", "yuv420p10le", "a.mkv",
            ])
        let summary = try transcode(input, to: work.path("b.mp4"))
        #expect(try Self.format(work.path("b.mp4")) == "yuv420p10le")
        #expect(summary.notes.count == 1)
        #expect(summary.notes.first?.contains("--codec libx265") == true)
        var options = VideoWriter.Options()
        options.pixelFormat = "yuv420p"
        let error = #expect(throws: VideoError.self) {
            try transcode(input, to: work.path("c.mp4"), writing: options)
        }
        #expect(error?.reason.contains("yuv420p has 8") == true)
    }

    @Test(
        "Bits that are lost are told; formats that there are not are refused with those there are")
    func named() throws {
        let work = try Workspace()
        let deep = try Self.clip(work, ["-c:v", "png", "-pix_fmt", "rgb48be", "a.mov"])
        let summary = try transcode(deep, to: work.path("b.mp4"))
        #expect(try Self.format(work.path("b.mp4")) == "yuv420p")
        #expect(summary.notes.contains { $0.contains("bits were reduced to 8") })
        for name in ["nonsense", "yuva420p", ""] {
            var options = VideoWriter.Options()
            options.pixelFormat = name
            let source = try VideoReader.probe(deep)
            let error = #expect(throws: VideoError.self) {
                try VideoWriter(work.path("c.mp4"), source: source, options: options)
            }
            #expect(error?.reason.contains("'\(name)'; it has: yuv420p, ") == true)
        }
        #expect(try work.listing() == ["a.mov", "b.mp4"])
    }

    @Test("Live pictures are what browsers play, unless told otherwise")
    func live() throws {
        let work = try Workspace()
        let input = try Self.clip(work, ["-c:v", "ffv1", "-pix_fmt", "yuv422p10le", "a.mkv"])
        let frame = try firstFrame(input)
        for (name, wanted) in [(nil, "yuv420p"), ("yuv422p", "yuv422p")] {
            var options = LiveEncoder.Options()
            options.pixelFormat = name
            try options.check()
            let encoder = LiveEncoder(name: "a", frameRate: Rational(25, 1), options: options)
            _ = try encoder.encode(frame)
            let format = try #require(encoder.stream).parameters.pointee.format
            #expect(VideoIO.name(of: .init(rawValue: format)) == wanted)
        }
    }

    private static func clip(_ work: Workspace, _ coding: [String]) throws -> String {
        try work.ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=0.4"] + coding)
    }

    private static func format(_ file: String) throws -> String? {
        try VideoReader.probe(file).videoStream?.video?.pixelFormat
    }
}
