import Foundation
import Testing

/// The commands that the README shows with their output still print that.
extension ProgramTests {
    @Suite struct Readme {
        struct Transcript: CustomTestStringConvertible, Sendable {
            var command: String
            /// What is shown below it; "..." stands for any lines.
            var lines: [String]

            var testDescription: String { command }
        }

        /// Shown with files of the reader's own, or with an outcome that depends on the moment.
        private static let untried = [
            "yolact-video info mine.pth",
            "yolact-video convert mine.pth --config mine.json -o bottles.safetensors",
            "yolact-video segment clip.mp4 -o out.mp4 --weights bottles.safetensors",
            "yolact-video latency --compare before.json after.json | tail -1",
        ]

        private static let all = transcripts()
        static let tried = all.filter { !untried.contains($0.command) }

        private static func transcripts() -> [Transcript] {
            let path = Repository.path("README.md")
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            var found: [Transcript] = []
            var isInside = false
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("```") {
                    isInside = line == "```console"
                } else if isInside, line.hasPrefix("$ ") {
                    found.append(Transcript(command: String(line.dropFirst(2)), lines: []))
                } else if isInside, !line.isEmpty, !found.isEmpty {
                    found[found.count - 1].lines.append(String(line))
                }
            }
            return found
        }

        let scratch: Scratch

        init() throws {
            scratch = try Scratch()
            for (name, file) in [
                ("samples", Repository.path("samples")), ("yolact-video", try Repository.program()),
                ("yolact_shapes_0_11700.pth", Scratch.demoWeights),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: scratch.path(name), withDestinationPath: file)
            }
        }

        @Test func everyTranscriptIsKnown() {
            #expect(Self.tried.count >= 9)
            for command in Self.untried {
                #expect(Self.all.contains { $0.command == command }, "\(command)")
            }
        }

        @Test(arguments: tried) func theReadmeShowsWhatIsPrinted(_ transcript: Transcript) throws {
            if transcript.command.contains(" clip.mp4") {
                try scratch.cutSample(to: "clip.mp4", seconds: 2)
            }
            let run = try ChildProcess(
                "bash", ["-c", "PATH=\"$PWD:$PATH\" && (\(transcript.command)) 2>&1"],
                in: scratch.directory,
                environment: [
                    "HOME": scratch.directory, "XDG_CACHE_HOME": scratch.path("cache"),
                ]
            ).finish()
            #expect(run.status == 0, "\(run.output)")
            let printed = run.output.split(separator: "\n").map { Self.shape(String($0)) }
            var next = 0
            for line in transcript.lines where line.trimmingCharacters(in: .whitespaces) != "..." {
                let shape = Self.shape(line)
                // What is left out between two lines, and the progress, which depends on the time.
                while next < printed.count, printed[next] != shape { next += 1 }
                #expect(next < printed.count, "not printed: \(line)\n\(run.output)")
                next += 1
            }
        }

        /// A line without its numbers and the width of its columns, which depend on CPU and release.
        private static func shape(_ line: String) -> String {
            if let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) {
                return keys(of: object).sorted().joined(separator: " ")
            }
            let system = ["FFmpeg", "oneDNN", "OpenBLAS", "yolact-video 0."]
            if let name = system.first(where: line.hasPrefix) { return name }
            return line.replacing(/[0-9]+(\.[0-9]+)?(e-?[0-9]+)?/, with: "0")
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}
