import Foundation
import Testing

/// How `segment` fails: the exit status tells why, one line says so, nothing is left behind but what was finished.
extension ProgramTests {
    @Suite struct SegmentFailure {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        /// Runs `segment` and expects it to fail with that status and one line that holds the text.
        @discardableResult
        private func fail(
            _ status: Int32, _ text: String, _ arguments: String...,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> ChildProcess.Result {
            let before = try scratch.listing()
            let run = try scratch.start(["segment"] + arguments + ["--quiet"]).finish()
            #expect(run.status == status, "\(run.errors)", sourceLocation: sourceLocation)
            #expect(!run.wasKilled, sourceLocation: sourceLocation)
            #expect(run.errorLines.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
            #expect(run.complaints.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
            #expect(run.errors.contains(text), "\(run.errors)", sourceLocation: sourceLocation)
            #expect(run.output.isEmpty, sourceLocation: sourceLocation)
            #expect(
                try scratch.listing() == before, "something was left behind",
                sourceLocation: sourceLocation)
            return run
        }

        // MARK: Input

        @Test func inputsThatCannotBeRead() throws {
            try fail(66, "none.mp4: cannot open: No such file", "none.mp4", "-o", "out.mp4")
            try fail(66, "it is a folder, and holds no pictures", ".", "-o", "out.mp4")
            try fail(66, "cannot open", "http://127.0.0.1:1/a.mp4", "-o", "out.mp4")
        }

        @Test func inputsThatAreNoVideo() throws {
            try scratch.write(Data("not a video\n".utf8), to: "text.mp4")
            try fail(65, "text.mp4: cannot open: it is a text file", "text.mp4", "-o", "out.mp4")
            try scratch.write(Data(), to: "empty.mp4")
            try fail(65, "empty.mp4", "empty.mp4", "-o", "out.mp4")
            try scratch.ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", "sound.m4a")
            try fail(65, "no video stream, only audio", "sound.m4a", "-o", "out.mp4")
            // The index of an MP4 lies at its end.
            let whole = try Data(contentsOf: URL(fileURLWithPath: Scratch.sample))
            try scratch.ffmpeg("-i", Scratch.sample, "-t", "1", "-c", "copy", "late.mp4")
            try scratch.write(try scratch.data("late.mp4").prefix(20000), to: "late.mp4")
            try fail(65, "late.mp4", "late.mp4", "-o", "out.mp4")
            #expect(whole.count > 20000)
        }

        @Test func aPartWithoutFrames() throws {
            try fail(
                65, "there is no frame at 1000000000.0 s or later; it is 10.0 s long",
                Scratch.sample, "-o",
                "out.mp4", "--start", "1e9")
            let text = "there is no frame at 100.0 s or later"
            try fail(65, text, Scratch.sample, "-o", "out.mp4", "--start", "100")
            try fail(65, text, Scratch.sample, "-o", "out.framemd5", "--start", "100")
            try fail(65, text, Scratch.sample, "--json", "out.ndjson", "--start", "100")
        }

        @Test func aCutOffInputIsDoneAsFarAsItGoes() throws {
            try scratch.ffmpeg("-i", Scratch.sample, "-t", "1", "-c", "copy", "whole.mkv")
            let whole = try scratch.data("whole.mkv")
            try scratch.write(whole.prefix(whole.count * 2 / 3), to: "cut.mkv")
            let run = try scratch.run(
                "segment", "cut.mkv", "-o", "out.mp4", "--json", "out.ndjson", "-q")
            #expect(run.status == 2)
            #expect(run.errorLines.count == 1)
            #expect(run.errors.contains("cut.mkv: decoded in part: "))
            let lines = try FrameLine.parse(scratch.text("out.ndjson"))
            #expect((8..<30).contains(lines.count), "\(lines.count) of 30 frames")
            #expect(lines.map(\.frame) == Array(0..<lines.count))
            #expect(try scratch.frameCount("out.mp4") == lines.count)
        }

        @Test func whatIsMissingInTheMiddleIsTold() throws {
            try scratch.ffmpeg(
                "-i", Scratch.sample, "-t", "3", "-c", "copy", "-cluster_time_limit", "500",
                "in.mkv")
            var data = try scratch.data("in.mkv")
            let middle = data.count / 2..<data.count / 2 + 12_000
            data.replaceSubrange(middle, with: Data(count: middle.count))
            try scratch.write(data, to: "in.mkv")
            let run = try scratch.run("segment", "in.mkv", "--json", "out.ndjson", "-q")
            #expect(run.status == 2)
            #expect(run.errorLines.count == 1, "\(run.errors)")
            let told = try #require(run.errors.firstMatch(of: /about (\d+) frames? missing/))
            #expect(run.errors.contains(/the first gap at [12]\.\d\d s/), "\(run.errors)")
            let lines = try FrameLine.parse(scratch.text("out.ndjson"))
            let sum = lines.count + (Int(told.1) ?? 0)
            #expect((88...92).contains(sum), "\(lines.count) frames, \(run.errors)")
        }

        // MARK: Output

        @Test func existingOutputsStay() throws {
            try scratch.write(Data("precious".utf8), to: "out.mp4")
            try fail(
                73, "out.mp4: the file exists: --overwrite replaces it", Scratch.sample, "-o",
                "out.mp4")
            #expect(try scratch.text("out.mp4") == "precious")
            try fail(
                73, "out.mp4", Scratch.sample, "-o", "new.mp4", "--json", "out.mp4", "--frames", "1"
            )
            #expect(try scratch.text("out.mp4") == "precious")
            // With --overwrite it stays until the new one is complete, and if there never is one.
            try fail(
                73, "no encoder named nonesuch", Scratch.sample, "-o", "out.mp4", "--overwrite",
                "--codec", "nonesuch", "--frames", "1")
            #expect(try scratch.text("out.mp4") == "precious")
            try scratch.succeed(
                "segment", Scratch.sample, "-o", "out.mp4", "--overwrite", "--frames", "1", "-q")
            #expect(try scratch.frameCount("out.mp4") == 1)
        }

        @Test func placesThatCannotBeWritten() throws {
            try fail(73, "No such file or directory", Scratch.sample, "-o", "no/such/out.mp4")
            try scratch.write(Data(), to: "file")
            try fail(73, "Not a directory", Scratch.sample, "-o", "file/out.mp4")
            try fail(73, "no container", Scratch.sample, "-o", "out.xyz")
            try fail(73, "/dev/full", Scratch.sample, "--json", "/dev/full")
            if geteuid() == 0 {
                // Root may write anywhere but where the kernel itself keeps the files.
                try fail(73, "/proc/out.mp4", Scratch.sample, "-o", "/proc/out.mp4")
            } else {
                try FileManager.default.createDirectory(
                    atPath: scratch.path("locked"), withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o555])
                try fail(73, "Permission denied", Scratch.sample, "-o", "locked/out.mp4")
                try fail(73, "Permission denied", Scratch.sample, "--json", "locked/out.ndjson")
            }
        }

        @Test func theInputIsNeverReplaced() throws {
            try FileManager.default.copyItem(atPath: Scratch.sample, toPath: scratch.path("in.mp4"))
            try FileManager.default.createSymbolicLink(
                atPath: scratch.path("link.mp4"), withDestinationPath: "in.mp4")
            let before = try scratch.data("in.mp4")
            for name in ["in.mp4", "link.mp4", "./in.mp4"] {
                try fail(73, "a file that INPUT reads", "in.mp4", "-o", name, "--overwrite")
                try fail(73, "a file that INPUT reads", "in.mp4", "--json", name, "--overwrite")
            }
            #expect(try scratch.data("in.mp4") == before)
        }

        @Test func aReaderThatLeaves() throws {
            let process = try scratch.start(
                ["segment", Scratch.sample, "--json", "-", "-o", "out.mp4", "-q"], output: .unread)
            let output = try #require(process.unreadOutput)
            // As `| head -1` does.
            #expect(!output.availableData.isEmpty)
            try output.close()
            let run = try process.finish()
            // As if SIGPIPE had ended it, but with nothing left behind.
            #expect(run.status == 141)
            #expect(!run.wasKilled)
            #expect(run.errors.isEmpty, "\(run.errors)")
            #expect(try scratch.listing().isEmpty)
        }

        @Test func whatWasFinishedIsKeptWhenTheDiskIsFull() throws {
            try scratch.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1,noise=alls=100:allf=t", "-c:v",
                "ffv1", "in.mkv")
            // No file may be larger than 50 KiB, and the signal for it is withheld.
            let limited = "trap '' XFSZ; ulimit -f 50; exec \"$0\" \"$@\""
            let run = try ChildProcess(
                "/bin/bash",
                [
                    "-c", limited, Repository.program(), "segment", "in.mkv", "-o", "out.mkv",
                    "--codec", "ffv1", "--json", "out.ndjson", "--quiet",
                ], in: scratch.directory, environment: ["HOME": scratch.directory]
            ).finish()
            #expect(run.status == 73, "\(run.errors)")
            #expect(run.errorLines.count == 1, "\(run.errors)")
            #expect(run.errors.contains("File too large"), "\(run.errors)")
            for name in ["out.partial.mkv", "out.partial.ndjson"] {
                #expect(run.errors.contains(name), "\(run.errors)")
            }
            #expect(
                try scratch.listing() == ["in.mkv", "out.partial.mkv", "out.partial.ndjson"])
            #expect(try (2..<25).contains(scratch.frameCount("out.partial.mkv")))
            #expect(try !FrameLine.parse(scratch.text("out.partial.ndjson")).isEmpty)
        }

        // MARK: Arguments

        @Test(arguments: [
            (["--alpha", "2"], "--alpha must lie between 0 and 1"),
            (["--score-threshold", "1.5"], "--score-threshold must lie between 0 and 1"),
            (["--top-k", "0"], "--top-k must be at least 1"),
            (["--threads", "0"], "--threads must lie between 1 and 256"),
            (["--threads", "two"], "The value 'two' is invalid for '--threads"),
            (["--start=-1"], "--start must not be negative"),
            (["--start", "1e30"], "--start must be at most 1000000000 seconds"),
            (["--duration", "0"], "--duration must be above 0"),
            (["--duration", "1e300"], "--duration must be at most 1000000000 seconds"),
            (["--duration", "inf"], "--duration must be at most 1000000000 seconds"),
            (["--duration", "nan"], "The value 'nan' is invalid for '--duration"),
            (["--frames", "0"], "--frames must be at least 1"),
            (["--mode", "fast"], "The value 'fast' is invalid for '--mode"),
            (["--engine", "cuda"], "The value 'cuda' is invalid for '--engine"),
            (["--nms", "soft"], "The value 'soft' is invalid for '--nms"),
            (["--classes", "circle,dog"], "yolact_shapes has no class 'dog'; it has: circle,"),
            (["--classes", " , "], "--classes names no class"),
            (["--json", "out.mp4"], "--output and --json name the same file"),
            (["--json", "./x/../out.mp4"], "--output and --json name the same file"),
            (["--config", "yolact_resnet50"], "--config yolact_resnet50 needs --weights"),
            (["--weights", "seeded"], "seeded weights need a configuration"),
            (["--weights", "seeded:x", "--config", "yolact_base"], "is not a whole number"),
            (["--frobnicate"], "unknown option '--frobnicate'"),
        ]) func wrongArguments(_ options: [String], _ text: String) throws {
            let run = try scratch.start(
                ["segment", Scratch.sample, "-o", "out.mp4", "--quiet"] + options
            ).finish()
            #expect(run.status == 64)
            #expect(run.errorLines.count == 1, "\(run.errors)")
            #expect(run.complaints.count == 1, "\(run.errors)")
            #expect(run.errors.contains(text), "\(run.errors)")
            #expect(
                run.errors.contains("See 'yolact-video segment --help' for more information."),
                "\(run.errors)")
            #expect(run.output.isEmpty)
            #expect(try scratch.listing().isEmpty)
        }

        @Test(arguments: [
            "--codec=libx264", "--crf=20", "--preset=fast", "--pixel-format=yuv420p",
        ])
        func encoderOptionsNeedAnEncoder(_ option: String) throws {
            let name = option.prefix { $0 != "=" }
            try fail(
                64, "\(name) is for an encoder, and without -o there is none", Scratch.sample,
                "--json", "out.ndjson", option)
            try fail(
                64, "\(name) is for an encoder, and a.framemd5 is written without one",
                Scratch.sample, "-o", "a.framemd5", option)
        }

        @Test func presetsThatThereAreNot() throws {
            for codec in ["libx264", "libx265"] {
                try fail(
                    73, "\(codec): it has no preset 'nonesuch'; there are: ultrafast, ",
                    Scratch.sample, "-o", "out.mp4", "--codec", codec, "--preset", "nonesuch",
                    "--frames", "1")
            }
        }

        @Test func argumentsThatAreMissing() throws {
            try fail(64, "nothing to write: give -o OUTPUT, --json FILE, or both", Scratch.sample)
            try fail(64, "Missing expected argument '<input>'")
        }

        // MARK: Weights

        @Test func weightsThatCannotBeUsed() throws {
            let name = "yolact_resnet50_54_800000.pth"
            try fail(
                78, "none.pth: cannot open", Scratch.sample, "-o", "out.mp4", "--weights",
                "none.pth")
            try scratch.write(Data("<!DOCTYPE html><html>log in</html>".utf8), to: name)
            try fail(
                78, "\(name): the file is an HTML page, probably a failed download", Scratch.sample,
                "-o", "out.mp4", "--weights", name)
            let whole = try Data(contentsOf: URL(fileURLWithPath: Scratch.demoWeights))
            try scratch.write(whole.prefix(whole.count / 2), to: "yolact_shapes_1_2.pth")
            try fail(
                78, "yolact_shapes_1_2.pth", Scratch.sample, "-o", "out.mp4", "--weights",
                "yolact_shapes_1_2.pth")
            try fail(
                78, "add --config NAME or FILE", Scratch.sample, "-o", "out.mp4", "--weights",
                Repository.path("Tests/ModelTests/Resources/weights/zip.pth"))
            let run = try fail(
                78, "the weights do not fit yolact_resnet50: ", Scratch.sample, "-o", "out.mp4",
                "--weights", Scratch.demoWeights, "--config", "yolact_resnet50")
            let text = try #require(run.errorLines.first)
            #expect(text.contains("\(Scratch.demoWeights): the weights"))
            #expect(text.contains(" missing (backbone.layers.0.2.bn1.bias, "))
            #expect(text.contains(", ...), "))
            #expect(text.contains("--config yolact_resnet50' lists all"))
            #expect(text.count < 1000, "\(text.count)")
            let all = try scratch.run(
                "segment", Scratch.sample, "-o", "out.mp4", "--weights", Scratch.demoWeights,
                "--config", "yolact_resnet50", "--log-level", "debug")
            #expect(
                all.errorLines.contains(
                    "yolact-video: debug: mis-shaped: backbone.conv1.weight is [16, 3, 7, 7], "
                        + "not [64, 3, 7, 7]"))
            try fail(
                78, "nonesuch: neither a JSON file nor one of the known configurations",
                Scratch.sample, "-o", "out.mp4", "--weights", Scratch.demoWeights, "--config",
                "nonesuch")
        }

        @Test func aHostilePickleRunsNothing() throws {
            let name = "yolact_resnet50_54_800000.pth"
            let global = "cposix\nsystem\n"
            let command = "touch \(scratch.path("pwned"))"
            let call = global + "(S'\(command)'\ntR."
            // The same as newer pickles have it: BINUNICODE, TUPLE1, REDUCE.
            let text = Array(command.utf8)
            let length = (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
            let newer =
                Array(global.utf8) + [UInt8(ascii: "X")] + length + text
                + [0x85, UInt8(ascii: "R"), UInt8(ascii: ".")]
            // Magic number, protocol version and system information of a file by PyTorch, then the
            // object.
            let head: [UInt8] =
                [
                    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50,
                    0x19, 0x2E, 0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E, 0x80, 0x02, 0x7D, 0x71, 0x00,
                    0x2E,
                ]
            for bytes in [head + call.utf8, head + newer, Array(call.utf8), newer] {
                try scratch.write(Data(bytes), to: name)
                try fail(78, name, Scratch.sample, "-o", "out.mp4", "--weights", name)
            }
            #expect(!scratch.exists("pwned"))
        }
    }
}
