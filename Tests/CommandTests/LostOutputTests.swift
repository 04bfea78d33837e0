import Foundation
import Testing

/// No command ends as a success when its result could not be written, and what was measured is printed at least.
extension ProgramTests {
    @Suite struct LostOutput {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        /// Commands whose JSON goes to a disk that is full, and a word of what they measured.
        static let commands: [([String], String?)] = [
            (["segment", Scratch.sample, "--frames", "3"], nil),
            (["segment", Scratch.sample, "--frames", "3", "-o", "out.mp4"], nil),
            (["stream", Scratch.sample, "--frames", "3"], nil),
            (["latency", Scratch.sample, "--frames", "3", "--warm-up", "0"], "arrival to write"),
            (["bench", "--runs", "1"], "network"),
            (["stability", Scratch.sample, "--frames", "3"], "temporal consistency"),
            (
                [
                    "evaluate", "--annotations", Repository.path("samples/shapes.ndjson"),
                    "--video", Scratch.sample, "--max-images", "2",
                ], "Average Precision"
            ),
        ]

        @Test(arguments: commands)
        func isAnError(_ command: [String], _ measured: String?) throws {
            for quiet in [[], ["--quiet"]] {
                let run = try scratch.start(command + ["--json", "/dev/full"] + quiet).finish()
                #expect(run.status == 73, "\(command): \(run.errors)")
                #expect(!run.complaints.isEmpty, "\(command): \(run.errors)")
                #expect(run.complaints.contains { $0.contains("/dev/full") }, "\(run.errors)")
                if let measured { #expect(run.output.contains(measured), "\(run.output)") }
                #expect(!scratch.exists("out.mp4"))
            }
        }

        @Test(arguments: [
            ["convert", Scratch.demoWeights, "-o", "big.safetensors"],
            ["inspect", Scratch.sample, "-o", "big"],
            ["segment", Scratch.sample, "--frames", "4", "-o", "big.mkv", "--codec", "ffv1"],
            ["latency", Scratch.sample, "--frames", "4", "-o", "big.mkv", "--codec", "ffv1"],
        ])
        func ofAnyKindIsAnError(_ command: [String]) throws {
            // The limit on a file's size stands for the disk's end.
            let words = command.map { "'\($0)'" }.joined(separator: " ")
            let run = try ChildProcess(
                "bash", ["-c", "ulimit -f 8; exec '\(Repository.program())' \(words)"],
                in: scratch.directory
            ).finish()
            #expect(run.status == 73, "\(command): \(run.errors)")
            #expect(run.complaints.count == 1, "\(run.errors)")
            #expect(run.complaints.first?.contains("File too large") == true, "\(run.errors)")
            let left = try scratch.listing()
            #expect(left.allSatisfy { $0.contains(".partial.") || $0 == "cache" }, "\(left)")
        }
    }
}
