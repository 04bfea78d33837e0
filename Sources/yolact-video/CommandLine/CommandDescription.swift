import ArgumentParser
import Foundation

/// What ArgumentParser tells about a command, as `--experimental-dump-help` prints it.
struct CommandDescription: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var names: [Name]?
        var isRepeating: Bool

        var longName: String { names?.last { $0.kind == "long" }?.name ?? "" }
    }

    private struct Tool: Decodable {
        var command: CommandDescription
    }

    var commandName: String
    var subcommands: [CommandDescription]?
    var arguments: [Argument]?

    /// The whole program's.
    static var program: CommandDescription {
        let text = YolactVideo._dumpHelp()
        guard let tool = try? JSONDecoder().decode(Tool.self, from: Data(text.utf8)) else {
            preconditionFailure("what ArgumentParser tells about itself has another form")
        }
        return tool.command
    }

    /// Long names of all options and flags, and of those that ArgumentParser does not tell about.
    var longNames: [String] {
        (arguments ?? []).flatMap { ($0.names ?? []).filter { $0.kind == "long" }.map(\.name) }
            + ["help", "version", "help-hidden", "generate-completion-script"]
            + ["experimental-dump-help"]
    }

    /// The option or flag that a word of a command line names, its value behind "=" left out.
    func option(_ word: String) -> Argument? {
        let name = word.prefix { $0 != "=" }
        let kind = name.hasPrefix("--") ? "long" : "short"
        let bare = name.drop { $0 == "-" }
        return arguments?.first { argument in
            argument.names?.contains { $0.kind == kind && $0.name == bare } ?? false
        }
    }
}
