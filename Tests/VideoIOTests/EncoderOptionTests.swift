import Foundation
import Testing

@testable import VideoIO

/// What an encoder does not take is refused before there is a frame, with what it takes.
@Suite("Options of encoders") struct EncoderOptionTests {
    /// An encoder, what is asked of it, and what the error has to say.
    static let wrong: [(String, @Sendable (inout VideoWriter.Options) -> Void, String)] = [
        ("libx264", { $0.crf = 99 }, "crf must lie between 0 and 51, not be 99"),
        ("libx264", { $0.crf = -1 }, "between 0 and 51"),
        ("libx264", { $0.crf = .nan }, "between 0 and 51"),
        ("libx265", { $0.crf = 51.5 }, "between 0 and 51"),
        ("libvpx-vp9", { $0.crf = 64 }, "between 0 and 63"),
        ("mpeg4", { $0.crf = 20 }, "no rate factor"),
        ("libx264", { $0.preset = "quick" }, "ultrafast, superfast"),
        ("libx265", { $0.preset = "quick" }, "ultrafast, superfast"),
        ("libx264", { $0.preset = "10" }, "ultrafast, superfast"),
        ("mpeg4", { $0.preset = "fast" }, "no preset"),
        ("libx264", { $0.encoderOptions = ["nonsense": "1"] }, "no option named nonsense"),
        ("libx264", { $0.encoderOptions = ["coder": "huffman"] }, "cabac"),
        ("libvpx-vp9", { $0.encoderOptions = ["cpu-used": "99"] }, "cpu-used must lie between"),
        ("libx264", { $0.encoderOptions = ["aq-strength": "much"] }, "aq-strength"),
    ]

    @Test(arguments: wrong.indices) func wrongValuesAreRefusedAtOnce(_ index: Int) throws {
        let work = try Workspace()
        let (codec, change, words) = Self.wrong[index]
        var options = VideoWriter.Options()
        options.codec = codec
        change(&options)
        let error = #expect(throws: VideoError.self) {
            try VideoWriter(work.path("a.mkv"), source: Self.source(work), options: options)
        }
        #expect(error?.kind == .cannotWrite)
        #expect(error?.path == work.path("a.mkv"))
        #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "no error")")
        #expect(try work.listing() == ["source.mkv"])
    }

    @Test(arguments: ["libx264", "libx265", "libvpx-vp9"])
    func theEndsOfTheRangeAreTaken(_ codec: String) throws {
        let work = try Workspace()
        for crf in [0, codec == "libvpx-vp9" ? 63 : 51.0] {
            var options = VideoWriter.Options()
            options.codec = codec
            options.crf = crf
            options.overwrite = true
            try transcode(Self.make(work), to: work.path("a.mkv"), writing: options)
        }
    }

    @Test func liveEncodersAreCheckedAlike() throws {
        for change: (inout LiveEncoder.Options) -> Void in [
            { $0.crf = 99 }, { $0.preset = "quick" }, { $0.codec = "nonsense" },
            { $0.pixelFormat = "nonsense" },
        ] {
            var options = LiveEncoder.Options()
            change(&options)
            let error = #expect(throws: VideoError.self) { try options.check() }
            #expect(error?.kind == .cannotWrite)
        }
        try LiveEncoder.Options().check()
    }

    private static func make(_ work: Workspace) throws -> String {
        try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=0.4", "-c:v", "ffv1", "source.mkv")
    }

    private static func source(_ work: Workspace) throws -> MediaInfo {
        try VideoReader.probe(make(work))
    }
}
