import Foundation
import Testing

@testable import VideoIO

@Suite("VideoWriter") struct WriterTests {
    @Test(
        "Frame count, timestamps and duration are the input's",
        arguments: [
            "mp4", "mkv", "mov", "ts", "avi", "flv", "webm",
        ])
    func timing(container: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=128x96:r=30000/1001:d=2", "-c:v", "libx264", "a.mp4")
        let output = work.path("out.\(container)")
        let summary = try transcode(input, to: output)
        #expect(summary.framesWritten == 60)
        #expect(summary.repairedTimestamps == 0)
        #expect(summary.path == output)
        let frames = try readAll(VideoReader(output)).frames
        #expect(frames.count == 60)
        let first = try #require(frames.first?.presentationTime)
        for (index, frame) in frames.enumerated() {
            let time = try #require(frame.presentationTime) - first
            #expect(abs(time - Double(index) * 1001 / 30000) < 0.00101)
        }
        if ["mp4", "mov"].contains(container) {
            #expect(frames.map(\.presentationTimestamp) == (0..<60).map { Int64($0) * 1001 })
            let before = try work.ffprobe("stream=duration_ts,time_base", input)
            #expect(try work.ffprobe("stream=duration_ts,time_base", output) == before)
        }
        let codec = try VideoReader.probe(output).videoStream?.codec
        #expect(codec == (container == "webm" ? "vp9" : "h264"))
        #expect(try work.listing() == ["a.mp4", "out.\(container)"])
    }

    @Test(
        "A variable frame rate stays variable",
        arguments: [
            ("mp4", "mp4"), ("mkv", "mkv"),
            ("mkv", "mp4"), ("mp4", "mov"),
        ])
    func variableRate(from: String, to: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=2", "-vf",
            "select='not(mod(n,3))+gt(n,30)',settb=1/1000,setpts=PTS+mod(7*N\\,11)", "-fps_mode",
            "vfr",
            "-enc_time_base", "1/1000", "-c:v", "libx264", "-video_track_timescale", "24000",
            "a.\(from)".hasSuffix("mkv") ? "a.mkv" : "a.mp4")
        let output = work.path("b.\(to)")
        try transcode(input, to: output)
        let times = try readAll(VideoReader(input)).frames.compactMap(\.presentationTime)
        let written = try readAll(VideoReader(output)).frames.compactMap(\.presentationTime)
        #expect(times.count == written.count)
        #expect(
            Set(zip(times, times.dropFirst()).map { Int((($1 - $0) * 1000).rounded()) }).count > 3)
        for (a, b) in zip(times, written) { #expect(abs(a - b) < 0.0006) }
    }

    @Test(
        "Audio is copied bit by bit and stays in sync",
        arguments: [
            ("a.mp4", "b.mp4"), ("a.mp4", "b.mkv"), ("a.mkv", "b.mov"), ("a.ts", "b.mp4"),
            ("a.mov", "b.ts"),
        ])
    func audio(from: String, to: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=3", "-f", "lavfi", "-i",
            "sine=frequency=440:d=3", "-c:v", "libx264", "-bf", "2", "-c:a", "aac", from)
        let output = work.path(to)
        let summary = try transcode(input, to: output)
        #expect(summary.copiedStreams.count == 1)
        #expect(summary.omittedStreams.isEmpty)
        #expect(summary.refusedPackets == 0)
        // Transport streams put an ADTS header before each packet; the filter takes it off.
        func sum(_ file: String) throws -> String {
            try work.ffmpegOutput(
                "-i", file, "-map", "0:a", "-c", "copy", "-bsf:a", "aac_adtstoasc", "-f", "md5")
        }
        #expect(try sum(input) == sum(output))
        func offset(_ file: String) throws -> Double {
            func start(_ kind: String) throws -> Double {
                let times = try work.ffprobe(
                    "packet=pts_time", file, "-select_streams", kind
                ).split { $0.isNewline || $0 == "," }.compactMap { Double($0) }
                return try #require(times.min())
            }
            return try start("a") - start("v")
        }
        #expect(abs(try offset(input) - offset(output)) < 0.0015)
    }

    @Test("Tags, chapters, languages and dispositions are copied")
    func metadata() throws {
        let work = try Workspace()
        let tags = """
            ;FFMETADATA1
            title=A title
            artist=Someone
            [CHAPTER]
            TIMEBASE=1/1000
            START=0
            END=1000
            title=One
            [CHAPTER]
            TIMEBASE=1/1000
            START=1000
            END=3000
            title=Two

            """
        try Data(tags.utf8).write(to: URL(fileURLWithPath: work.path("tags.txt")))
        for (from, to) in [("a.mp4", "b.mp4"), ("a.mkv", "b.mkv"), ("a.mkv", "c.mov")] {
            let input = try work.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=96x64:d=3", "-f", "lavfi", "-i", "sine=d=3",
                "-f", "lavfi", "-i", "sine=d=3:f=880", "-i", "tags.txt", "-map", "0", "-map", "1",
                "-map", "2", "-map_metadata", "3", "-map_chapters", "3", "-metadata:s:a:0",
                "language=eng", "-metadata:s:a:1", "language=fra", "-disposition:a:0", "0",
                "-disposition:a:1", "default", "-c:v", "libx264", "-c:a", "aac", from)
            let output = work.path(to)
            let summary = try transcode(input, to: output)
            let info = try VideoReader.probe(output)
            #expect(info.metadata["title"] == "A title")
            #expect((info.metadata["artist"] ?? info.metadata["ARTIST"]) == "Someone")
            #expect(info.chapters.map { $0.metadata["title"] } == ["One", "Two"])
            #expect(info.chapters.map { Double($0.start) * $0.timeBase.doubleValue } == [0, 1])
            let audio = info.streams.filter { $0.kind == .audio }
            #expect(audio.map(\.language) == ["eng", "fra"])
            #expect(audio.map { $0.disposition.contains(.default) } == [false, true])
            #expect(summary.omittedStreams.isEmpty)
            #expect(info.streams.filter { $0.kind == .video }.count == 1)
        }
    }

    @Test("Chapters are cut and moved with the frames")
    func chaptersOfPart() throws {
        let work = try Workspace()
        let tags =
            ";FFMETADATA1\n"
            + (0..<4).map {
                "[CHAPTER]\nTIMEBASE=1/1000\nSTART=\($0 * 1000)\nEND=\($0 * 1000 + 1000)\ntitle=c\($0)\n"
            }.joined()
        try Data(tags.utf8).write(to: URL(fileURLWithPath: work.path("tags.txt")))
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=4", "-i", "tags.txt", "-map_chapters", "1",
            "-map", "0", "-c:v", "libx264", "a.mkv")
        var options = VideoReader.Options()
        options.start = 1.5
        options.duration = 1
        try transcode(input, to: work.path("b.mkv"), reading: options)
        let chapters = try VideoReader.probe(work.path("b.mkv")).chapters
        #expect(chapters.map { $0.metadata["title"] } == ["c1", "c2"])
        let unit = try #require(chapters.first).timeBase.doubleValue
        #expect(chapters.map { (Double($0.start) * unit * 10).rounded() } == [0, 5])
        #expect(chapters.map { (Double($0.end) * unit * 10).rounded() } == [5, 10])
        #expect(abs(try #require(try VideoReader.probe(work.path("b.mkv")).duration) - 1) < 0.05)
    }

    @Test("Streams the container cannot hold are named, the others kept")
    func omitted() throws {
        let work = try Workspace()
        try Data("1\n00:00:00,100 --> 00:00:00,900\nWords\n".utf8).write(
            to: URL(fileURLWithPath: work.path("s.srt")))
        try work.ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", "cover.png")
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-f", "lavfi", "-i", "sine=d=1", "-i",
            "s.srt", "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "aac",
            "-c:s", "srt", "-attach", "cover.png", "-metadata:s:t", "mimetype=image/png", "a.mkv")
        let toMP4 = try transcode(input, to: work.path("b.mp4"))
        #expect(toMP4.omittedStreams.map(\.content) == ["subtitle (subrip)"])
        let kept = try VideoReader.probe(work.path("b.mp4"))
        #expect(kept.streams.filter { $0.kind == .audio }.count == 1)
        #expect(kept.streams.filter(\.isAttachedPicture).count == 1)

        let toMKV = try transcode(input, to: work.path("b.mkv"))
        #expect(toMKV.omittedStreams.isEmpty)
        let all = try VideoReader.probe(work.path("b.mkv"))
        #expect(all.streams.filter { $0.kind == .subtitle }.count == 1)
        #expect(all.streams.filter(\.isAttachedPicture).map(\.codec) == ["png"])
        #expect(
            try work.ffmpegOutput("-i", input, "-map", "0:s", "-f", "md5", "-c", "copy")
                == work.ffmpegOutput(
                    "-i", work.path("b.mkv"), "-map", "0:s", "-f", "md5", "-c", "copy"))
    }

    @Test("Timecode and cover picture survive; HEVC gets the tag that players know")
    func quickTime() throws {
        let work = try Workspace()
        try work.ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", "cover.jpg")
        let movie = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-timecode", "01:02:03:04", "-c:v",
            "libx264", "a.mov")
        let summary = try transcode(movie, to: work.path("b.mov"))
        #expect(summary.omittedStreams.isEmpty)
        #expect(
            try VideoReader.probe(work.path("b.mov")).videoStream?.metadata["timecode"]
                == "01:02:03:04")
        let covered = try work.ffmpeg(
            "-i", movie, "-i", "cover.jpg", "-map", "0:v", "-map", "1:v", "-c", "copy",
            "-disposition:v:1", "attached_pic", "c.mp4")
        var options = VideoWriter.Options()
        options.codec = "libx265"
        options.preset = "ultrafast"
        let kept = try transcode(covered, to: work.path("d.mp4"), writing: options)
        #expect(kept.omittedStreams.isEmpty)
        #expect(kept.framesWritten == 25)
        let streams = try VideoReader.probe(work.path("d.mp4")).streams
        #expect(streams.filter(\.isAttachedPicture).map(\.codec) == ["mjpeg"])
        #expect(
            try work.ffprobe(
                "stream=codec_tag_string", work.path("d.mp4"), "-select_streams", "v:0") == "hvc1")
    }

    @Test("A stream that is copied keeps its display matrix; the one that is painted has none")
    func sideData() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:d=1", "-f", "lavfi", "-i",
            "testsrc2=s=64x48:d=1", "-map", "0", "-map", "1", "-c:v", "libx264", "a.mp4")
        try turn(input, clockwise: 90, track: 0)
        try turn(input, clockwise: 270, track: 1)
        // FFmpeg 5.1 writes none into Matroska.
        for container in ["mp4", "mov"] {
            let output = work.path("b.\(container)")
            try transcode(input, to: output)
            let videos = try VideoReader.probe(output).streams.compactMap(\.video)
            #expect(videos.map(\.orientation.rotation) == [0, 270], "\(container)")
            #expect(videos.map(\.width) == [64, 64])
        }
    }

    @Test("Other encoders: rate factor, preset, refused options")
    func encoders() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=128x96:d=1", "-c:v", "libx264", "a.mp4")
        for (codec, container, name) in [
            ("libx265", "mp4", "hevc"), ("mpeg4", "avi", "mpeg4"), ("ffv1", "mkv", "ffv1"),
            ("mjpeg", "mov", "mjpeg"), ("mpeg2video", "ts", "mpeg2video"), ("h264", "mkv", "h264"),
            ("libvpx-vp9", "mkv", "vp9"), ("prores_ks", "mov", "prores"),
        ] {
            var options = VideoWriter.Options()
            options.codec = codec
            if codec == "libx265" { (options.crf, options.preset) = (30, "ultrafast") }
            let output = work.path("\(codec).\(container)")
            try transcode(input, to: output, writing: options)
            #expect(try VideoReader.probe(output).videoStream?.codec == name)
            #expect(try readAll(VideoReader(output)).frames.count == 25)
        }
        for change: (inout VideoWriter.Options) -> Void in [
            { $0.codec = "nonsense" }, { $0.preset = "nonsense" },
            {
                $0.codec = "mpeg4"; $0.crf = 20
            }, { $0.encoderOptions = ["nonsense": "1"] },
            { $0.codec = "aac" },
        ] {
            var options = VideoWriter.Options()
            change(&options)
            let error = #expect(throws: VideoError.self) {
                try transcode(input, to: work.path("no.mp4"), writing: options)
            }
            #expect(error?.kind == .cannotWrite)
            #expect(error?.path == work.path("no.mp4"))
        }
        #expect(try work.listing().allSatisfy { !$0.contains("no.mp4") && !$0.contains("partial") })
    }

    @Test("Very short videos have decoding times, too", arguments: 1...4)
    func fewFrames(count: Int) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-frames:v", "\(count)", "-c:v", "ffv1",
            "a.mkv")
        for codec in ["libx264", "libx265"] {
            var options = VideoWriter.Options()
            options.codec = codec
            let output = work.path("\(codec).mp4")
            let summary = try transcode(input, to: output, writing: options)
            #expect(summary.repairedTimestamps == 0)
            let frames = try readAll(VideoReader(output)).frames
            let times = frames.compactMap(\.presentationTime)
            #expect(times.count == count)
            for (index, time) in times.enumerated() {
                #expect(abs(time - Double(index) / 25) < 0.001)
            }
            let packets = try work.ffprobe("packet=dts,pts", output).split { $0.isNewline }
                .map { $0.split(separator: ",").compactMap { Int($0) } }
            #expect(packets.allSatisfy { abs($0[0] - $0[1]) < 20_000 }, "\(packets)")
        }
    }

    @Test("Frames of a new size are scaled into the old one, in proportion")
    func sizeChange() throws {
        let work = try Workspace()
        try work.ffmpeg(
            "-f", "lavfi", "-i", "color=white:s=160x80:r=25:d=1", "-c:v", "libx264", "a.ts")
        try work.ffmpeg(
            "-f", "lavfi", "-i", "color=white:s=64x64:r=25:d=1", "-c:v", "libx264", "b.ts")
        var joined = try Data(contentsOf: URL(fileURLWithPath: work.path("a.ts")))
        joined.append(try Data(contentsOf: URL(fileURLWithPath: work.path("b.ts"))))
        try joined.write(to: URL(fileURLWithPath: work.path("ab.ts")))
        let summary = try transcode(work.path("ab.ts"), to: work.path("out.mp4"))
        #expect(summary.framesWritten == 50)
        #expect(summary.rescaledFrames == 25)
        let frames = try readAll(VideoReader(work.path("out.mp4"))).frames
        #expect(frames.count == 50)
        #expect(frames.allSatisfy { $0.width == 160 && $0.height == 80 })
        let last = samples(try #require(frames.last))
        #expect(last[40 * 160 + 80] > 220)
        #expect(last[40 * 160 + 44] > 220)
        #expect(last[40 * 160 + 20] < 24)
        #expect(last[40 * 160 + 140] < 24)
    }

    @Test(
        "Cut at a start, sound and picture begin together at zero", arguments: ["mp4", "mkv", "ts"])
    func startInSync(container: String) throws {
        let work = try Workspace()
        // A white flash and a beep, both at 3 seconds.
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "color=black:s=64x48:r=25:d=5", "-f", "lavfi", "-i",
            "aevalsrc='if(between(t,3,3.2),sin(2764*t),0)':d=5:s=48000", "-vf",
            "drawbox=color=white:t=fill:enable='between(t,3,3.19)'", "-c:v", "libx264", "-g", "50",
            "-c:a", "aac", "a.\(container)")
        var options = VideoReader.Options()
        options.start = 2.3
        let output = work.path("b.\(container)")
        try transcode(input, to: output, reading: options)
        let reader = try VideoReader(output)
        let frames = try readAll(reader).frames
        let origin = reader.info.timestampShift == 0 ? reader.info.startTime ?? 0 : 0
        let flash = try #require(frames.first { samples($0)[24 * 64 + 32] > 128 })
        let seen = try #require(flash.presentationTime) - min(origin, 0)
        #expect(abs(seen - 0.7) < 0.05)
        let silence = try work.ffmpegSilenceEnd(output)
        #expect(abs(silence - seen) < 0.06)
    }
}

extension Workspace {
    /// When the first sound is heard, on the file's own clock.
    func ffmpegSilenceEnd(_ file: String) throws -> Double {
        let listing = try ffmpegOutput(
            "-i", file, "-map", "0:a", "-af",
            "asetnsamples=480,astats=metadata=1:reset=1,"
                + "ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-", "-f", "null")
        var time = 0.0
        for line in listing.split(whereSeparator: \.isNewline) {
            if let range = line.range(of: "pts_time:") {
                time =
                    Double(line[range.upperBound...].trimmingCharacters(in: .whitespaces)) ?? time
            } else if let equals = line.firstIndex(of: "="),
                let level = Double(line[line.index(after: equals)...]), level > -30
            {
                return time
            }
        }
        throw Failure(text: "no sound in \(file)")
    }
}
