import Foundation
import Testing

@testable import VideoIO

/// What frames and streams say about themselves besides their samples.
@Suite("Properties of video") struct PropertyTests {
    @Test(
        "A range that stands alone goes through",
        arguments: [
            ("mp4", "libx264"), ("mkv", "libx264"), ("ts", "libx264"), ("mp4", "libx265"),
            ("webm", "libvpx-vp9"),
        ])
    func range(container: String, codec: String) throws {
        let work = try Workspace()
        // The decoder of MPEG-2 says limited range, and nothing else.
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2", "-c:v", "mpeg2video", "a.ts")
        #expect(try firstFrame(input).colour.range == .limited)
        var options = VideoWriter.Options()
        options.codec = codec
        let output = work.path("b.\(container)")
        try transcode(input, to: output, writing: options)
        let written = try firstFrame(output).colour
        #expect(written.range == .limited)
        #expect(written.matrix == .unspecified)
    }

    @Test(
        "The display that HDR was made for goes through, from container or coded data",
        arguments: ["mkv", "ts"])
    func display(container: String) throws {
        let work = try Workspace()
        let display = [
            "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
            "max-cll=1000,400",
        ]
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.4", "-vf",
            "setparams=color_trc=smpte2084:colorspace=bt2020nc:color_primaries=bt2020", "-pix_fmt",
            "yuv420p10le", "-c:v", "libx265", "-x265-params",
            "log-level=none:" + display.joined(separator: ":"), "a.\(container)")
        for (codec, output) in [("libx264", "b.mp4"), ("libx265", "c.mkv"), ("libx265", "d.ts")] {
            var options = VideoWriter.Options()
            options.codec = codec
            try transcode(input, to: work.path(output), writing: options)
            let reader = try VideoReader(work.path(output))
            let first = try #require(try readAll(reader).frames.first)
            let metadata = DisplayMetadata(stream: reader.info.videoStream, first: first)
            #expect(metadata.x265Words == display, "\(output)")
        }
    }

    @Test("Live outputs keep the shape of pixels and the order of fields")
    func live() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=50:d=0.4", "-vf",
            "interlace=scan=tff,setsar=4/3", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "a.ts")
        for name in ["b.mkv", "b.mp4"] {
            let encoder = LiveEncoder(name: name, frameRate: Rational(25, 1))
            var packets: [LivePacket] = []
            for frame in try readAll(VideoReader(input)).frames {
                packets += try encoder.encode(frame)
            }
            let stream = try #require(encoder.stream)
            packets += try encoder.finish()
            let muxer = try LiveMuxer(
                LiveTarget(work.path(name)), stream: stream, deadline: 10)
            for packet in packets { try muxer.write(packet) }
            try muxer.finish()
            let reader = try VideoReader(work.path(name))
            #expect(reader.info.videoStream?.video?.sampleAspectRatio == Rational(4, 3))
            #expect(
                try work.ffprobe("stream=sample_aspect_ratio", work.path(name)) == "4:3")
            #expect(try readAll(reader).frames.allSatisfy { $0.fieldOrder == .topFirst })
        }
    }
}
