import Foundation
import Testing

/// Help, version, completions.
extension ProgramTests {
    @Suite struct Help {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private static let commands = [
            [], ["segment"], ["stability"], ["evaluate"], ["bench"], ["verify"], ["convert"],
            ["quantize"],
            ["info"], ["models"], ["inspect"], ["latency"], ["stream"], ["models", "list"],
            ["models", "pull"],
        ]

        @Test(arguments: commands) func helpHasExamples(_ command: [String]) throws {
            let run = try scratch.start(command + ["--help"]).finish()
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(run.output.contains("Examples:"), "\(run.output)")
            let name = (["yolact-video"] + command).joined(separator: " ")
            #expect(run.output.contains("USAGE: \(name)"))
            let examples = run.outputLines.filter { $0.hasPrefix("  yolact-video ") }
            #expect(!examples.isEmpty, "\(run.output)")
            if !command.isEmpty { #expect(examples.contains { $0.contains(name) }) }
            #expect(try scratch.start(["help"] + command).finish().output == run.output)
        }

        @Test func helpHasTheTableOfExitStatuses() throws {
            let help = try scratch.succeed("--help").output
            let numbers = help.split(separator: "\n").compactMap { line -> Int? in
                let words = line.split(separator: " ", maxSplits: 1)
                return line.hasPrefix("  ") && words.count == 2 ? Int(words[0]) : nil
            }
            #expect(numbers == [0, 1, 2, 3, 4, 64, 65, 66, 69, 70, 71, 73, 78, 129, 130, 141, 143])
            #expect(try scratch.succeed().output == help, "without arguments it helps")
        }

        @Test func everyOptionOfSegmentIsThere() throws {
            let help = try scratch.succeed("segment", "--help").output
            for option in [
                "--output", "--weights", "--config", "--score-threshold", "--top-k", "--classes",
                "--nms", "--alpha", "--no-masks", "--no-outlines", "--no-boxes", "--no-labels",
                "--codec", "--crf", "--preset", "--pixel-format", "--start", "--duration",
                "--frames", "--json",
                "--engine", "--threads", "--mode", "--networks", "--overwrite", "--quiet",
                "--log-level",
                "--size",
                "--class-names", "--nms-top-k", "--nms-threshold", "--confidence-threshold",
                "--max-detections", "--no-crop", "--no-track", "--smooth",
            ] { #expect(help.contains("\(option) ") || help.contains("\(option)\n"), "\(option)") }
        }

        /// The tables of the README name the options that there are, as they are explained by the program.
        @Test func theReadmeHasAllOptions() throws {
            struct Dump: Decodable {
                struct Name: Decodable {
                    var kind: String
                    var name: String
                }
                struct Argument: Decodable {
                    var kind: String
                    var names: [Name]?
                    var abstract: String?
                }
                struct Command: Decodable {
                    var commandName: String
                    var subcommands: [Command]?
                    var arguments: [Argument]?
                }
                var command: Command
            }
            let help = try scratch.succeed("--experimental-dump-help").output
            let readme = try String(contentsOfFile: Repository.path("README.md"), encoding: .utf8)
            func check(_ command: Dump.Command, _ path: [String]) throws {
                for child in command.subcommands ?? [] where child.commandName != "help" {
                    try check(child, path + [child.commandName])
                }
                guard !path.isEmpty, command.commandName != "models" else { return }
                let title = "### `\(path.joined(separator: " "))`\n"
                let start = try #require(readme.range(of: title), "\(title)").upperBound
                let end = readme[start...].firstRange(of: "\n#")?.lowerBound
                let section = readme[start..<(end ?? readme.endIndex)]
                for argument in command.arguments ?? [] where argument.kind != "positional" {
                    let name = argument.names?.last { $0.kind == "long" }?.name ?? ""
                    if ["help", "version"].contains(name) { continue }
                    let row = section.split(separator: "\n").first {
                        $0.contains("`--\(name)`") || $0.contains("`--\(name) ")
                    }
                    #expect(row != nil, "\(title): --\(name)")
                    #expect(row?.contains(argument.abstract ?? "") == true, "\(title): --\(name)")
                }
            }
            try check(JSONDecoder().decode(Dump.self, from: Data(help.utf8)).command, [])
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func completions(_ shell: String) throws {
            let run = try scratch.succeed("--generate-completion-script", shell)
            #expect(run.errors.isEmpty)
            for word in ["segment", "models", "pull", "score-threshold", "onednn"] {
                #expect(run.output.contains(word), "\(word)")
            }
            try scratch.write(Data(run.output.utf8), to: "completion")
            // The shell itself, where it is installed, accepts the script.
            let there = try ChildProcess("which", [shell], in: scratch.directory).finish()
            guard there.status == 0 else { return }
            let check = try ChildProcess(shell, ["-n", "completion"], in: scratch.directory)
                .finish()
            #expect(check.status == 0, "\(check.errors)")
            #expect(check.errors.isEmpty)
        }

        @Test func unknownCommandsAndShells() throws {
            for arguments in [
                ["frobnicate"], ["--frobnicate"], ["--generate-completion-script", "csh"],
                ["models", "frobnicate"],
            ] {
                let run = try scratch.start(arguments).finish()
                #expect(run.status == 64, "\(arguments): \(run.errors)")
                #expect(run.errorLines.count == 1, "\(run.errors)")
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(run.output.isEmpty)
            }
        }
    }
}
