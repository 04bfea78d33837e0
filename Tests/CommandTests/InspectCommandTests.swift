import Foundation
import Testing

/// `inspect` as a user runs it.
extension ProgramTests {
    @Suite struct Inspect {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func files(_ directory: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: scratch.path(directory)).sorted()
        }

        @Test func aFrameOfAVideo() throws {
            let run = try scratch.succeed(
                "inspect", Scratch.sample, "--frame", "100", "-o", "out", "--weights",
                Scratch.demoWeights, "--score-threshold", "0.5")
            #expect(run.output.isEmpty)
            #expect(try scratch.listing() == ["out"])
            let files = try files("out")
            #expect(
                run.errors.contains("wrote out: index.html and \(files.count - 1) pictures; 6 "))
            #expect(files.contains("prototype-15.png"))
            #expect(files.contains("instance-06-sum-16.png"))
            let page = try scratch.text("out/index.html")
            #expect(page.contains("What the network sees in shapes.mp4, frame 100"))
            for name in ["ring", "star", "triangle", "square", "circle", "cross"] {
                #expect(page.contains(" \(name), "), "\(name)")
            }
            // The very frame, and the instances that `segment` finds in it.
            try scratch.ffmpeg(
                "-i", Scratch.sample, "-vf", "select=eq(n\\,100)", "-frames:v", "1", "there.png")
            let difference = try difference("out/frame.png", "there.png")
            #expect(difference > 30, "PSNR in dB")
            #expect(try self.difference("out/overlay.png", "there.png") < 30)
        }

        /// PSNR of two pictures, in dB.
        private func difference(_ one: String, _ other: String) throws -> Double {
            let run = try ChildProcess(
                "ffmpeg",
                [
                    "-nostdin", "-hide_banner", "-i", one, "-i", other, "-lavfi",
                    "[0]format=rgb24[a];[1]format=rgb24[b];[a][b]psnr", "-f", "null", "-",
                ], in: scratch.directory
            ).finish()
            let value = try #require(run.errors.firstMatch(of: /average:([0-9.]+|inf)/))
            return Double(value.1) ?? .infinity
        }

        @Test func timesAndPictures() throws {
            try scratch.succeed(
                "inspect", Scratch.sample, "--at", "2.99", "-o", "at", "--quiet")
            try scratch.succeed(
                "inspect", Scratch.sample, "--frame", "90", "-o", "number", "--quiet")
            #expect(try scratch.data("at/frame.png") == scratch.data("number/frame.png"))
            let run = try scratch.succeed(
                "inspect", "at/frame.png", "-o", "still", "--nms", "traditional", "--no-crop",
                "--engine", "openblas")
            #expect(run.errors.contains("wrote still: "))
            let page = try scratch.text("still/index.html")
            #expect(page.contains("Greedy NMS"))
            #expect(page.contains("not here: --no-crop"))
            #expect(page.contains("sees in frame.png"))
        }

        @Test func nothingIsReplacedUnasked() throws {
            try scratch.succeed("inspect", Scratch.sample, "-o", "out", "--quiet", "--top-k", "2")
            let before = try files("out")
            let page = try scratch.data("out/index.html")
            let again = try scratch.run("inspect", Scratch.sample, "-o", "out", "--top-k", "1")
            #expect(again.status == 73)
            #expect(again.complaints.count == 1)
            #expect(
                again.errors.contains("out/index.html: the file exists: --overwrite replaces it"))
            #expect(try scratch.data("out/index.html") == page)
            try scratch.succeed(
                "inspect", Scratch.sample, "-o", "out", "--quiet", "--top-k", "1", "--overwrite")
            #expect(try files("out") == before.filter { !$0.hasPrefix("instance-02") })
            // Not even then its own input.
            let input = try scratch.data("out/frame.png")
            let own = try scratch.run("inspect", "out/frame.png", "-o", "out", "--overwrite")
            #expect(own.status == 73)
            #expect(own.errors.contains("a file that INPUT reads"))
            #expect(try scratch.data("out/frame.png") == input)
        }

        @Test func badInputHasOneLineAndLeavesNothing() throws {
            try scratch.write(Data("no video".utf8), to: "text.mp4")
            let cases: [(Int32, String, [String])] = [
                (66, "none.mp4: cannot open", ["none.mp4"]),
                (65, "text.mp4: cannot open", ["text.mp4"]),
                (
                    65, "it has 300 frames, which count from 0", [Scratch.sample, "--frame", "300"]
                ),
                (65, "there is no frame at 60.0 s or later", [Scratch.sample, "--at", "60"]),
                (64, "give one of them", [Scratch.sample, "--at", "1", "--frame", "1"]),
                (64, "--frame must lie", [Scratch.sample, "--frame=-1"]),
                (64, "The value 'nan' is invalid", [Scratch.sample, "--at", "nan"]),
                (64, "no class 'dog'", [Scratch.sample, "--classes", "dog"]),
                (78, "none.pth", [Scratch.sample, "--weights", "none.pth"]),
            ]
            for (status, text, arguments) in cases {
                let run = try scratch.start(["inspect", "-o", "out", "--quiet"] + arguments)
                    .finish()
                #expect(run.status == status, "\(arguments): \(run.errors)")
                #expect(run.errorLines.count == 1, "\(run.errors)")
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(run.errors.contains(text), "\(run.errors)")
                #expect(try scratch.listing() == ["text.mp4"], "\(arguments)")
            }
            let file = try scratch.run("inspect", Scratch.sample, "-o", "text.mp4")
            #expect(file.status == 73)
            #expect(file.complaints.count == 1)
            try scratch.succeed("inspect", Scratch.sample, "-o", "no/such", "--top-k", "1")
            #expect(scratch.exists("no/such/index.html"), "directories of results are made")
            #expect(try scratch.run("inspect", Scratch.sample).status == 64)
        }
    }
}
