import Foundation
import Testing

/// What `segment` writes.
extension ProgramTests {
    @Suite struct SegmentOutput {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        // MARK: Video

        @Test func aWholeClipKeepsTimesSoundAndTags() throws {
            try scratch.cutSample(to: "in.mp4", seconds: 1)
            let run = try scratch.succeed(
                "segment", "in.mp4", "-o", "out.mp4", "--json", "out.ndjson", "--stage-times")
            #expect(run.output.isEmpty)
            #expect(run.complaints.isEmpty)
            #expect(run.warnsOfTheDemoModel)
            #expect(run.errors.contains("wrote out.mp4: 640 x 360, libx264"))
            for stage in ["decode", "preprocess", "backbone", "heads", "NMS", "assembly", "encode"]
            {
                let row = run.errorLines.first { $0.hasPrefix("\(stage) ") }
                #expect(try #require(row).count <= 80)
            }
            #expect(run.errors.contains("circle "), "the instances of each class")

            let times = ["packet=pts_time,duration_time", "-select_streams", "v"]
            let before = try scratch.ffprobe(times[0], "in.mp4", times[1], times[2]).sorted()
            let after = try scratch.ffprobe(times[0], "out.mp4", times[1], times[2]).sorted()
            let count = before.count
            #expect(count >= 30)
            #expect(after == before)
            #expect(run.errors.contains("\(count) frames in, \(count) out, 0 dropped"))
            #expect(try FrameLine.parse(scratch.text("out.ndjson")).count == count)
            let sound = ["-map", "0:a", "-c", "copy"]
            let soundBefore = try scratch.sums(
                "-i", "in.mp4", sound[0], sound[1], sound[2], sound[3])
            let soundAfter = try scratch.sums(
                "-i", "out.mp4", sound[0], sound[1], sound[2], sound[3])
            #expect(soundBefore.count > 40)
            #expect(soundAfter == soundBefore)
            let tags = """
                stream=codec_name,width,height,pix_fmt,color_range,color_space,color_transfer,\
                color_primaries,time_base,start_time,duration,nb_frames
                """
            #expect(
                try scratch.ffprobe(tags, "out.mp4", "-select_streams", "v")
                    == scratch.ffprobe(tags, "in.mp4", "-select_streams", "v"))
            #expect(try scratch.frameCount("out.mp4") == count)
            let names = try scratch.listing()
            #expect(names == ["in.mp4", "out.mp4", "out.ndjson"], "no temporary file stays")
        }

        @Test func objectsAreFollowedUnlessToldOtherwise() throws {
            func instances(_ options: String...) throws -> [[String: Any]] {
                let run = try scratch.start(
                    ["segment", Scratch.sample, "--json", "-", "--frames", "8", "-q"] + options
                ).finish()
                #expect(run.status == 0, "\(run.errors)")
                return try run.output.split(separator: "\n").flatMap { line in
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    return (object as? [String: Any])?["instances"] as? [[String: Any]] ?? []
                }
            }
            let tracked = try instances().compactMap { $0["id"] as? Int }
            #expect(tracked.count > 40)
            #expect(Set(tracked).count < 12)
            #expect(try instances("--no-track").allSatisfy { $0["id"] == nil })
            #expect(try instances("--smooth", "light").contains { $0["id"] != nil })
            let refused = try scratch.run(
                "segment", Scratch.sample, "--json", "-", "--no-track", "--smooth", "light")
            #expect(refused.status == 64)
            #expect(refused.errors.contains("--smooth follows tracks"))
        }

        @Test func theSummaryTellsWhatWasFollowed() throws {
            let run = try scratch.succeed(
                "segment", Scratch.sample, "--json", "out.ndjson", "--frames", "8", "--smooth",
                "strong")
            #expect(run.errors.contains(" identities, "))
            #expect(run.errors.contains("masks lag "))
        }

        @Test func aPartKeepsTheTimesAndSoundOfThatPart() throws {
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "out.mp4", "--frames", "20", "--quiet")
            func times(_ file: String) throws -> [Double] {
                try scratch.ffprobe("packet=pts_time", file, "-select_streams", "v")
                    .compactMap(Double.init).sorted()
            }
            let kept = try times("out.mp4")
            #expect(kept.count == 20)
            #expect(try Array(times(Scratch.sample).prefix(20)) == kept)
            let sound = try scratch.sums("-i", "out.mp4", "-map", "0:a", "-c", "copy")
            let whole = try scratch.sums("-i", Scratch.sample, "-map", "0:a", "-c", "copy")
            #expect((28...31).contains(sound.count), "\(sound.count) packets for 0.67 s")
            // The last packet may be cut short where the picture ends.
            #expect(whole.starts(with: sound.dropLast()))
        }

        @Test func startAndDurationChooseTheFrames() throws {
            let whole = try FrameLine.parse(
                scratch.succeed(
                    "segment", Scratch.sample, "--json", "-", "--frames", "26", "-q", "--no-track"
                ).output)
            let part = try FrameLine.parse(
                scratch.succeed(
                    "segment", Scratch.sample, "--json", "-", "--start", "0.5", "--duration", "0.3",
                    "-q", "--no-track"
                ).output)
            #expect(whole.map(\.frame) == Array(0..<26))
            // From 0.5 s up to but not including 0.8 s at 30 frames a second.
            #expect(part.map(\.frame) == Array(0..<9))
            #expect(part.map(\.instances) == whole[15..<24].map(\.instances))
            // The time tells where in the input it is.
            #expect(part.map(\.time) == whole[15..<24].map(\.time))
        }

        @Test func theTimeOfARecordLeadsToItsFrame() throws {
            try scratch.ffmpeg(
                "-i", Scratch.sample, "-t", "0.5", "-an", "-c:v", "libx264", "-output_ts_offset",
                "5", "late.mkv")
            let all = try FrameLine.parse(
                scratch.succeed("segment", "late.mkv", "--json", "-", "-q", "--no-track").output)
            #expect(all.map(\.time).prefix(2) == [0, 0.033])
            let wanted = try #require(all.dropFirst(9).first)
            let found = try FrameLine.parse(
                scratch.succeed(
                    "segment", "late.mkv", "--json", "-", "-q", "--no-track", "--start",
                    "\(wanted.time)", "--frames", "1"
                ).output)
            #expect(found.map(\.time) == [wanted.time])
            #expect(found.map(\.instances) == [wanted.instances])
        }

        @Test func picturesThroughAPipeAreTrackedAndOneIsNot() throws {
            try scratch.ffmpeg("-i", Scratch.sample, "-frames:v", "3", "-an", "%d.png")
            for (count, mentions) in [(1, false), (3, true)] {
                let all = try (1...count).reduce(Data()) { try $0 + scratch.data("\($1).png") }
                try scratch.write(all, to: "all")
                let pipe = try ChildProcess(
                    "sh",
                    [
                        "-c",
                        "cat all | '\(Repository.program())' segment - --json out.ndjson --overwrite",
                    ],
                    in: scratch.directory
                ).finish()
                #expect(pipe.status == 0, "\(pipe.errors)")
                #expect(pipe.errors.contains("identities") == mentions, "\(pipe.errors)")
                #expect(try FrameLine.parse(scratch.text("out.ndjson")).count == count)
            }
        }

        @Test func codecsAndContainersCanBeChosen() throws {
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "a.mp4", "--codec", "mpeg4", "--frames", "4", "-q")
            #expect(
                try scratch.ffprobe("stream=codec_name", "a.mp4", "-select_streams", "v")
                    == ["mpeg4"])
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "a.mkv", "--codec", "ffv1", "--frames", "4", "-q")
            #expect(
                try scratch.ffprobe("stream=codec_name", "a.mkv", "-select_streams", "v")
                    == ["ffv1"])
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "a.framemd5", "--frames", "4", "-q")
            // FFV1 loses nothing, so both outputs hold the same painted frames.
            let sum = { (line: String) in line.split(separator: ",").last.map { $0.trimmed } }
            let sums = try scratch.text("a.framemd5").split(separator: "\n")
                .filter { !$0.hasPrefix("#") }.map { sum(String($0)) }
            #expect(sums.count == 4)
            #expect(try scratch.sums("-i", "a.mkv", "-map", "0:v").map(sum) == sums)
            // x265 has a log of its own, which has to be quiet too.
            let quiet = try scratch.succeed(
                "segment", Scratch.sample, "-o", "b.mkv", "--codec", "libx265", "--preset",
                "ultrafast", "--frames", "4", "-q")
            #expect(quiet.errors.isEmpty, "\(quiet.errors)")
            // Quality and preset reach the encoder.
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "good.mp4", "--crf", "10", "--frames", "4", "-q")
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "poor.mp4", "--crf", "45", "--preset",
                "ultrafast", "--frames", "4", "-q")
            #expect(try scratch.data("good.mp4").count > 2 * scratch.data("poor.mp4").count)
        }

        @Test func aPictureBecomesAPicture() throws {
            try scratch.ffmpeg("-i", Scratch.sample, "-frames:v", "1", "in.png")
            for name in ["out.png", "out.jpg", "out.webp"] {
                let run = try scratch.succeed("segment", "in.png", "-o", name)
                #expect(run.errors.contains("wrote \(name): 640 x 360"), "\(run.errors)")
                #expect(try scratch.ffprobe("stream=width,height", name) == ["640,360"])
            }
            try scratch.succeed("segment", Scratch.sample, "-o", "p%d.png", "--frames", "2", "-q")
            #expect(
                try scratch.listing()
                    == ["in.png", "out.jpg", "out.png", "out.webp", "p1.png", "p2.png"])
            let video = try scratch.run("segment", Scratch.sample, "-o", "one.png", "-q")
            #expect(video.status == 73)
            #expect(video.errors.contains("-%05d.png"), "\(video.errors)")
        }

        @Test func aWarningNamesWhatPlayersNeed() throws {
            try scratch.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.1", "-c:v", "ffv1", "-pix_fmt",
                "yuv422p", "in.mkv")
            let kept = try scratch.succeed("segment", "in.mkv", "-o", "kept.mp4")
            #expect(kept.errors.contains("warning: browsers, QuickTime"), "\(kept.errors)")
            #expect(kept.errors.contains("--pixel-format yuv420p"), "\(kept.errors)")
            let asked = try scratch.succeed(
                "segment", "in.mkv", "-o", "asked.mp4", "--pixel-format", "yuv420p")
            #expect(!asked.errors.contains("browsers"), "\(asked.errors)")
            #expect(try scratch.ffprobe("stream=pix_fmt", "asked.mp4") == ["yuv420p"])
            for command in ["segment", "stream", "latency"] {
                let run = try scratch.run(command, "in.mkv", "-o", "no.mp4", "--pixel-format", "x")
                #expect(run.status == 73, "\(run.errors)")
                #expect(run.errors.contains("has no pixel format 'x'"), "\(run.errors)")
            }
        }

        @Test func eachPartOfTheOverlayHasASwitch() throws {
            let off = ["--no-masks", "--no-outlines", "--no-boxes", "--no-labels"]
            func sums(_ switches: [String]) throws -> String {
                let file = "\(switches.count)\(switches.first ?? "").framemd5"
                let arguments = ["segment", Scratch.sample, "-o", file, "--frames", "2", "-q"]
                let run = try scratch.start(arguments + switches).finish()
                #expect(run.status == 0, "\(run.errors)")
                return try scratch.text(file)
            }
            let all = try sums([])
            let variants = try off.map { try sums([$0]) } + [try sums(["--alpha", "0.9"])]
            #expect(Set(variants + [all]).count == 6)
            let none = try sums(off).split(separator: "\n").filter { !$0.hasPrefix("#") }
            let plain = try scratch.sums(
                "-i", Scratch.sample, "-map", "0:v", "-frames:v", "2", "-fps_mode", "passthrough",
                "-enc_time_base", "-1")
            #expect(none.map(String.init) == plain, "with all off, frames are as decoded")
        }

        @Test func readsFromAPipe() throws {
            try scratch.ffmpeg(
                "-i", Scratch.sample, "-t", "0.2", "-map", "0", "-c", "copy", "in.mkv")
            let input = try #require(FileHandle(forReadingAtPath: scratch.path("in.mkv")))
            let run = try scratch.start(["segment", "-", "-o", "out.mp4", "-q"], input: input)
                .finish()
            #expect(run.status == 0, "\(run.errors)")
            #expect(try scratch.frameCount("out.mp4") == scratch.frameCount("in.mkv"))
        }

        // MARK: Records

        @Test func aLineAFrameWithTheDocumentedFields() throws {
            let run = try scratch.succeed(
                "segment", Scratch.sample, "--json", "-", "--frames", "3", "--quiet")
            #expect(run.errors.isEmpty, "--quiet says nothing else: \(run.errors)")
            #expect(run.warnsOfTheDemoModel, "a result of the wrong model looks like one")
            #expect(run.output.hasSuffix("\n"))
            #expect(run.outputLines.count == 3)
            for (number, line) in run.outputLines.enumerated() {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                #expect(keys(of: object) == ["frame", "time", "instances"])
                let frame = try #require(object as? [String: Any])
                #expect(frame["frame"] as? Int == number)
                let time = try #require(frame["time"] as? Double)
                #expect(abs(time - Double(number) / 30) < 1e-9)
                let instances = try #require(frame["instances"] as? [[String: Any]])
                #expect((5...15).contains(instances.count))
                for instance in instances {
                    #expect(
                        keys(of: instance).subtracting(["id"])
                            == ["category", "score", "bbox", "segmentation"])
                    let mask = instance["segmentation"]
                    #expect(keys(of: mask) == ["size", "counts"])
                    #expect((mask as? [String: Any])?["size"] as? [Int] == [360, 640])
                }
            }
            #expect(try scratch.listing().isEmpty)
        }

        @Test func jsonGoesToStandardOutputBesideAVideo() throws {
            let run = try scratch.succeed(
                "segment", Scratch.sample, "-o", "out.mp4", "--json", "-", "--frames", "3")
            #expect(try FrameLine.parse(run.output).count == 3)
            #expect(run.errors.contains("3 frames in, 3 out"))
            #expect(try scratch.frameCount("out.mp4") == 3)
        }

        @Test func classesThresholdAndLimitSelectInstances() throws {
            func lines(_ options: String...) throws -> [FrameLine] {
                let base = ["segment", Scratch.sample, "--json", "-", "--frames", "3", "-q"]
                let run = try scratch.start(base + options).finish()
                #expect(run.status == 0, "\(run.errors)")
                return try FrameLine.parse(run.output)
            }
            let all = try lines("--score-threshold", "0.05", "--top-k", "100")
            let some = try lines(
                "--score-threshold", "0.05", "--top-k", "100", "--classes", "circle, RING")
            for (every, chosen) in zip(all, some) {
                let wanted = every.instances.filter { ["circle", "ring"].contains($0.category) }
                #expect(!wanted.isEmpty)
                #expect(chosen.instances == wanted)
                #expect(wanted.count < every.instances.count)
            }
            for (every, sure) in zip(all, try lines("--score-threshold", "0.9")) {
                #expect(sure.instances == every.instances.filter { $0.score > 0.9 })
            }
            for (every, best) in zip(all, try lines("--top-k", "2")) {
                #expect(best.instances == Array(every.instances.prefix(2)))
            }
        }

        @Test func enginesModesAndSuppressionsAgreeWhereTheyShould() throws {
            func lines(_ options: String...) throws -> [FrameLine] {
                let base = ["segment", Scratch.sample, "--json", "-", "--frames", "2", "-q"]
                let run = try scratch.start(base + options).finish()
                #expect(run.status == 0, "\(run.errors)")
                return try FrameLine.parse(run.output)
            }
            let usual = try lines("--score-threshold", "0.3")
            let others = [
                try lines("--score-threshold", "0.3", "--engine", "openblas", "--threads", "1"),
                try lines("--score-threshold", "0.3", "--mode", "latency", "--threads", "2"),
                try lines("--score-threshold", "0.3", "--nms", "traditional"),
                try lines("--score-threshold", "0.3", "--nms", "cross-class"),
            ]
            for other in others {
                // The surest of each frame is the same whatever computes it, to a rounding.
                for (one, two) in zip(usual, other) {
                    let first = try #require(one.instances.first)
                    let second = try #require(two.instances.first)
                    #expect(first.category == second.category)
                    #expect(abs(first.score - second.score) < 1e-3)
                    #expect(zip(first.bbox, second.bbox).allSatisfy { abs($0 - $1) <= 1 })
                }
            }
            #expect(
                usual.map { $0.instances.map(\.category) }
                    == others[0].map { $0.instances.map(\.category) })
        }
    }
}

extension Substring {
    /// Without blanks at its ends.
    var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
