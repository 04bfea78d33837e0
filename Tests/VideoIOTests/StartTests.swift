import Foundation
import Glibc
import Testing

@testable import VideoIO

/// Reading from the middle of a file begins with the very frame that was asked for.
@Suite("Start") struct StartTests {
    /// How a file is made of the ramp, in which each frame is a little brighter than the one before.
    struct Recipe: Sendable, CustomTestStringConvertible {
        let name: String
        let options: String
        var testDescription: String { "\(name): \(options)" }

        init(_ name: String, _ options: String) { (self.name, self.options) = (name, options) }
    }

    private static let frames = 75
    /// Keyframes are 0, 20, 40 and 60: frames of the first group of pictures, its last, keyframes, their neighbours,
    /// the last of a later group, and the last of all.
    private static let starts = [1, 7, 19, 20, 21, 47, 60, 74]

    private static let h264 = "-c:v libx264 -qp 4 -bf 2 -b_strategy 0"
    private static let openH264 =
        "-c:v libx264 -x264-params qp=4:bframes=3:b-adapt=0:open-gop=1:keyint=20:min-keyint=20"
    private static let h265 =
        "-c:v libx265 -x265-params log-level=none:qp=4:bframes=3:b-adapt=0:keyint=20:min-keyint=20"
    private static let mpeg2 = "-c:v mpeg2video -q:v 2 -bf 2"

    static let recipes = [
        Recipe("a.ts", h264), Recipe("open.ts", openH264), Recipe("hevc.ts", h265),
        Recipe("mpeg2.ts", mpeg2),
        Recipe("closed.ts", mpeg2 + " -flags +cgop -sc_threshold 1000000000"),
        Recipe("plain.ts", "-c:v libx264 -qp 4 -bf 0"),
        Recipe("late.ts", h264 + " -output_ts_offset 5"),
        Recipe("a.mp4", h264), Recipe("open.mp4", openH264), Recipe("hevc.mp4", h265),
        Recipe("mpeg4.mp4", "-c:v mpeg4 -q:v 2 -bf 2"),
        Recipe("late.mp4", h264 + " -output_ts_offset 5"),
        Recipe("fragments.mp4", h264 + " -movflags frag_keyframe+empty_moov"),
        Recipe("prores.mov", "-c:v prores"),
        Recipe("a.mkv", h264), Recipe("open.mkv", openH264), Recipe("live.mkv", h264 + " -live 1"),
        Recipe("late.mkv", h264 + " -output_ts_offset 5.0335"),
        Recipe("vp8.webm", "-c:v libvpx -crf 4 -b:v 4M -deadline realtime"),
        Recipe("vp9.webm", "-c:v libvpx-vp9 -crf 4 -b:v 0 -deadline realtime -cpu-used 8"),
        Recipe("a.avi", h264), Recipe("mpeg4.avi", "-c:v mpeg4 -q:v 2 -bf 2"),
        Recipe("mjpeg.avi", "-c:v mjpeg -q:v 2"),
        Recipe("a.flv", h264), Recipe("flv1.flv", "-c:v flv1 -q:v 2"),
        Recipe("a.mpg", mpeg2), Recipe("mpeg1.mpg", "-c:v mpeg1video -q:v 2 -bf 2"),
        Recipe("a.mxf", mpeg2 + " -r 25"), Recipe("a.nut", h264),
        Recipe("a.ogv", "-c:v libtheora -q:v 10"),
        Recipe("a.wmv", "-c:v wmv2 -q:v 2"), Recipe("a.h264", h264), Recipe("a.m2v", mpeg2),
        Recipe("a.y4m", ""), Recipe("a.mjpeg", "-c:v mjpeg -q:v 2"),
    ]

    private func make(_ recipe: Recipe, in work: Workspace) throws -> String {
        let ramp = "color=gray:s=64x64:r=25:d=3,geq=lum=16+2*N:cb=128:cr=128"
        return try work.ffmpeg(
            [
                "-f", "lavfi", "-i", ramp, "-pix_fmt",
                recipe.name.contains("prores") ? "yuv422p10le" : "yuv420p", "-g", "20",
                "-sc_threshold", "0",
            ]
                + recipe.options.split(separator: " ").map(String.init) + [recipe.name])
    }

    /// Which frame of the ramp it is.
    private func number(of frame: VideoFrame) -> Int {
        let luma = samples(frame).prefix(
            frame.width * frame.height * (frame.format.bitDepth > 8 ? 2 : 1))
        let sum =
            frame.format.bitDepth > 8
            ? stride(from: 0, to: luma.count, by: 2).reduce(0) {
                $0 + Int(luma[$1]) + 256 * Int(luma[$1 + 1])
            } / 4
            : luma.reduce(0) { $0 + Int($1) }
        return Int((Double(sum) / Double(frame.width * frame.height) - 16).rounded()) / 2
    }

    @Test("A frame's time in its source leads to that frame", arguments: recipes)
    func exact(_ recipe: Recipe) throws {
        let work = try Workspace()
        let file = try make(recipe, in: work)
        let whole = try VideoReader(file)
        let all = try readAll(whole).frames
        try #require(all.count == Self.frames)
        let numbers = all.map(number(of:))
        #expect(Set(numbers).count > 60, "the ramp can be told: \(numbers)")
        // Whatever the container's clock begins with; FFmpeg counts what has none from the first packet.
        #expect(all[0].sourceTime == (recipe.name == "a.m2v" ? 0.04 : 0))
        for start in Self.starts {
            var options = VideoReader.Options()
            options.start = all[start].sourceTime
            options.maximumFrames = 3
            let reader = try VideoReader(file, options: options)
            let part = try readAll(reader).frames
            let wanted = start..<min(start + 3, Self.frames)
            #expect(part.map(number(of:)) == Array(numbers[wanted]), "from \(start)")
            #expect(part.map(\.sourceTime) == all[wanted].map(\.sourceTime), "from \(start)")
            #expect(abs(part.first?.presentationTime ?? 9) < 0.0011, "it begins at 0")
            #expect(!reader.statistics.hasDamage, "from \(start): \(reader.statistics)")
        }
    }

    @Test(
        "Time counts from the first timestamp of all streams",
        arguments: ["a.mkv", "a.mp4", "a.ts"])
    func soundFirst(name: String) throws {
        let work = try Workspace()
        try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=2", "-c:v", "libx264", "-g", "20",
            "video.mkv")
        let file = try work.ffmpeg(
            "-itsoffset", "0.3", "-i", "video.mkv", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "copy",
            "-c:a", "mp2", name)
        let all = try readAll(VideoReader(file)).frames
        let first = try #require(all[0].sourceTime)
        #expect(abs(first - 0.3) < 0.05)
        for start in [1, 30] {
            var options = VideoReader.Options()
            options.start = all[start].sourceTime
            options.maximumFrames = 1
            let part = try readAll(VideoReader(file, options: options)).frames
            #expect(part.map(samples) == [samples(all[start])])
            #expect(part.map(\.sourceTime) == [all[start].sourceTime])
        }
    }

    @Test(
        "A recording that begins anywhere is shown from its first keyframe on",
        arguments: [Recipe("a.ts", h264), Recipe("hevc.ts", h265)])
    func cutInFront(_ recipe: Recipe) throws {
        let work = try Workspace()
        let file = try make(recipe, in: work)
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        // Behind the first keyframe; its tables and parameters come again with the next.
        let cut = work.path("cut.ts")
        try data.dropFirst(data.count / 6 / 188 * 188).write(to: URL(fileURLWithPath: cut))
        let reader = try VideoReader(cut)
        let numbers = try readAll(reader).frames.map(number(of:))
        #expect(numbers == Array(20..<Self.frames), "\(numbers)")
        #expect(reader.statistics.packetsBeforeKeyframe > 0)
        #expect(!reader.statistics.hasDamage, "\(reader.statistics)")
    }

    @Test("A transport stream whose clock starts anew is no exception")
    func joined() throws {
        let work = try Workspace()
        let part = try make(Recipe("a.ts", Self.h264 + " -muxrate 1M"), in: work)
        let data = try Data(contentsOf: URL(fileURLWithPath: part))
        let file = work.path("joined.ts")
        try (data + data).write(to: URL(fileURLWithPath: file))
        let all = try readAll(VideoReader(file)).frames
        try #require(all.count == 2 * Self.frames)
        for start in [20, 47, 90, 140] {
            var options = VideoReader.Options()
            options.start = all[start].sourceTime
            options.maximumFrames = 2
            let frames = try readAll(VideoReader(file, options: options)).frames
            #expect(frames.map(samples) == all[start..<start + 2].map(samples), "from \(start)")
            #expect(frames.map(\.sourceTime) == all[start..<start + 2].map(\.sourceTime))
        }
    }

    @Test("What cannot be sought in is read from its beginning")
    func pipe() throws {
        let work = try Workspace()
        let file = try make(Recipe("a.mkv", Self.h264), in: work)
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        try #require(data.count < 65536)
        let path = work.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let end = FileHandle(fileDescriptor: open(path, O_RDWR), closeOnDealloc: true)
        try end.write(contentsOf: data)
        var options = VideoReader.Options()
        options.start = 1
        options.maximumFrames = 1
        let frames = try readAll(VideoReader(path, options: options)).frames
        #expect(frames.map(number(of:)) == [25])
        try end.close()
    }

    @Test("Behind the end there is no frame, and the length is told")
    func behindTheEnd() throws {
        let work = try Workspace()
        let file = try make(Recipe("a.mp4", Self.h264), in: work)
        var options = VideoReader.Options()
        options.start = 1e9
        let reader = try VideoReader(file, options: options)
        #expect(try readAll(reader).frames.isEmpty)
        #expect(
            reader.reasonForNoFrame
                == "there is no frame at 1000000000.0 s or later; it is 3.0 s long")
    }
}
