import ArgumentParser
import Foundation
import Pipeline

@main
struct YolactVideo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yolact-video",
        abstract: "Instance segmentation on video with YOLACT, on a CPU.",
        discussion: """
            Examples:
              yolact-video segment clip.mp4 -o out.mp4
              yolact-video models pull yolact-resnet50
              yolact-video evaluate --annotations instances.json --images val2017/
              yolact-video verify

            Exit status:
            \(ExitReason.documentation)
            """,
        version: Version.current,
        subcommands: [
            SegmentCommand.self, StreamCommand.self, StabilityCommand.self, LatencyCommand.self,
            EvaluateCommand.self, BenchCommand.self, InspectCommand.self, VerifyCommand.self,
            ConvertCommand.self, QuantizeCommand.self, InfoCommand.self, ModelsCommand.self,
        ])

    /// Runs the command that the arguments name. Instead of ArgumentParser's own `main` so that every
    /// error is one line and has its documented exit status.
    static func main() async {
        ThreadWaiting.shorten(for: CommandLine.arguments)
        // A file that may grow no further is an error of the write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        var name: [String] = []
        do {
            var command = try prepare(Array(CommandLine.arguments.dropFirst()), name: &name)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try StandardOutputError.checkAllWritten()
        } catch {
            exit(reporting: error, command: name)
        }
    }

    /// The command that the words name, when what they name is checked.
    private static func prepare(
        _ words: [String], name: inout [String]
    ) throws -> sending any ParsableCommand {
        let command = try parse(words, name: &name)
        name = CommandName.of(type(of: command), below: Self.self) ?? []
        if let command = command as? any FileUsing {
            let files = try command.files()
            try files.check()
            files.removeLeftovers(command.global.makeLogger())
        }
        return command
    }

    /// What the words name.
    ///
    /// - Throws: ArgumentParser's errors, or a `ValidationError` that explains more.
    private static func parse(
        _ words: [String], name: inout [String]
    ) throws -> sending any ParsableCommand {
        func complain(_ find: (ArgumentList) -> String?) throws {
            let list = ArgumentList(words)
            guard let text = find(list) else { return }
            name = list.path
            throw ValidationError(text)
        }
        if ArgumentList.mayRepeat(words) { try complain { $0.repetition } }
        do {
            let command = try parseAsRoot(words)
            // A question such as --help may be an answer that nobody asked for.
            if CommandName.of(type(of: command), below: self) == nil {
                try complain { $0.complaint(isAnswered: true) }
            }
            return command
        } catch {
            let isAnswered = exitCode(for: error) == .success
            try complain { $0.complaint(isAnswered: isAnswered) }
            throw error
        }
    }

    private static func exit(reporting error: any Error, command: [String]) -> Never {
        let outcome = Outcome(of: error, command: command)
        if let line = outcome.line { Console.standardError.write(line) }
        // Help, version and completion scripts are "errors" too; ArgumentParser prints those.
        if outcome.isAnswer {
            // Nothing else is answered with the bare version. What is said beside it loads a library, so
            // it is not in the configuration above, which every start evaluates.
            if message(for: error) == Version.current {
                print(Version.report)
                exit()
            }
            exit(withError: error)
        }
        exit(withError: ExitCode(outcome.reason.code))
    }
}
