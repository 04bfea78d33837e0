import ArgumentParser

/// How a command is called on the command line.
enum CommandName {
    /// The words that lead to a command, the program's name first; nil where it is not below `root`.
    static func of(
        _ command: any ParsableCommand.Type, below root: any ParsableCommand.Type
    ) -> [String]? {
        if command == root { return [word(root)] }
        for child in root.configuration.subcommands {
            if let rest = of(command, below: child) { return [word(root)] + rest }
        }
        return nil
    }

    private static func word(_ command: any ParsableCommand.Type) -> String {
        // ArgumentParser's rule, for the names that this program has.
        command.configuration.commandName ?? "\(command)".lowercased()
    }
}
