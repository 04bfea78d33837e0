import ArgumentParser
import Foundation

/// The words of a command line, held against what the commands know: finds what the parser takes in
/// silence or explains badly.
struct ArgumentList {
    private let command: CommandDescription
    /// The words that name the command, the program first.
    let path: [String]
    /// The words behind them.
    private let words: [String]

    init(_ words: some Sequence<String>) {
        var command = CommandDescription.program
        var path = [command.commandName]
        var rest = Array(words)
        while let first = rest.first,
            let child = command.subcommands?.first(where: { $0.commandName == first })
        {
            command = child
            path.append(first)
            rest.removeFirst()
        }
        (self.command, self.path, self.words) = (command, path, rest)
    }

    /// Whether two words may be the same option: what the commands know takes longer to learn than most of
    /// them to start.
    static func mayRepeat(_ words: [String]) -> Bool {
        let names = options(in: words).map { $0.drop { $0 == "-" }.prefix(1) }
        return Set(names).count < names.count
    }

    /// An option that is given twice although it has one value: the first would count for nothing.
    var repetition: String? {
        var seen: Set<String> = []
        for word in Self.options(in: words) {
            guard let option = command.option(word), option.kind == "option", !option.isRepeating
            else { continue }
            guard seen.insert(option.longName).inserted else {
                return "--\(option.longName) is given twice, and takes one value"
            }
        }
        return nil
    }

    /// What is wrong with the words where the parser's own answer misleads; nil where it does not.
    ///
    /// - Parameter isAnswered: Whether the parser took them for a question such as `--help`.
    func complaint(isAnswered: Bool) -> String? {
        if let first = words.first, !first.hasPrefix("-"), let children = command.subcommands,
            first != "help"
        {
            return unknown(command: first, of: children.map(\.commandName))
        }
        return Self.options(in: words).lazy.filter { !isAnswered || !$0.hasPrefix("--") }
            .compactMap(unknown(option:)).first
    }

    private func unknown(command name: String, of names: [String]) -> String {
        let close = Spelling.closest(to: name, in: names)
        return "there is no command '\((path.dropFirst() + [name]).joined(separator: " "))'"
            + (close.map { "; did you mean '\($0)'?" } ?? "")
    }

    private func unknown(option word: String) -> String? {
        let name = String(word.prefix { $0 != "=" })
        if name.hasPrefix("--") {
            let bare = String(name.dropFirst(2))
            guard !command.longNames.contains(bare) else { return nil }
            let close = Spelling.closest(to: bare, in: command.longNames)
            return "unknown option '\(name)'" + (close.map { "; did you mean '--\($0)'?" } ?? "")
        }
        // Several short names may be written as one word.
        let areShortNames = name.dropFirst().allSatisfy { command.option("-\($0)") != nil }
        guard !areShortNames, Double(name) == nil else { return nil }
        return "unknown option '\(word)'; a file of that name is './\(word)'"
    }

    /// The words that the parser takes for options.
    private static func options(in words: [String]) -> [String] {
        words.prefix { $0 != "--" }.filter { $0.hasPrefix("-") && $0 != "-" }
    }
}
