import Foundation
import Testing

@testable import VideoIO

/// Streams that FFmpeg knows little about are copied where the container holds them.
@Suite("Copies of rare streams") struct CopyTests {
    @Test("WebVTT in Matroska, as FFmpeg and as mkvmerge write it", arguments: [false, true])
    func webVTT(asMkvmerge: Bool) throws {
        let work = try Workspace()
        let text = """
            WEBVTT

            first
            00:00:00.100 --> 00:00:00.400 align:start
            Hello

            00:00:00.500 --> 00:00:00.900
            World

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: work.path("s.vtt")))
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-i", "s.vtt", "-map", "0", "-map", "1",
            "-c:v", "libx264", "-c:s", asMkvmerge ? "ass" : "copy", "a.mkv")
        if asMkvmerge {
            // A coding that no FFmpeg knows, with the header that tells what it is.
            var data = try Data(contentsOf: URL(fileURLWithPath: input))
            for (before, after) in [
                ("S_TEXT/ASS", "S_TEXT/VTT"), ("[Script Info]", "WEBVTT       "),
            ] {
                let range = try #require(data.range(of: Data(before.utf8)))
                data.replaceSubrange(range, with: Data(after.utf8))
            }
            try data.write(to: URL(fileURLWithPath: input))
        }
        let summary = try transcode(input, to: work.path("b.mkv"))
        #expect(summary.omittedStreams.isEmpty)
        let copy = try work.ffmpegOutput("-i", work.path("b.mkv"), "-map", "0:s", "-f", "webvtt")
        #expect(copy.contains("Hello") && copy.contains("World"))
    }

    @Test("Timed metadata of action cameras stays in MP4", arguments: ["mp4", "mov"])
    func timedMetadata(container: String) throws {
        let work = try Workspace()
        try Data("1\n00:00:00,100 --> 00:00:00,900\nWords\n".utf8).write(
            to: URL(fileURLWithPath: work.path("s.srt")))
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-i", "s.srt", "-map", "0", "-map", "1",
            "-c:v", "libx264", "-c:s", "mov_text", "a.mp4")
        // A text track becomes what GoPro's metadata look like.
        var data = try Data(contentsOf: URL(fileURLWithPath: input))
        for (before, after) in [("tx3g", "gpmd"), ("sbtl", "meta")] {
            let range = try #require(data.range(of: Data(before.utf8)))
            data.replaceSubrange(range, with: Data(after.utf8))
        }
        try data.write(to: URL(fileURLWithPath: input))
        let output = work.path("b.\(container)")
        let summary = try transcode(input, to: output)
        #expect(summary.omittedStreams.isEmpty)
        #expect(summary.packetsCopied > 0)
        let tags = try work.ffprobe("stream=codec_type,codec_tag_string", output)
        #expect(tags.contains("data,gpmd"))
        let toMKV = try transcode(input, to: work.path("b.mkv"))
        #expect(toMKV.omittedStreams.map(\.content) == ["data (bin_data)"])
    }

    @Test func tags() {
        #expect(fourLetters(codecTag("mett")) == "mett")
        #expect(fourLetters(0) == nil)
    }
}
