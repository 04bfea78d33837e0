import Foundation
import Pipeline
import VideoIO

extension ReportOrigin {
    /// This run of the program.
    static var current: ReportOrigin {
        ReportOrigin(program: Version.program, command: command(CommandLine.arguments))
    }

    /// A command line as it can be given to a shell, but for secrets, which are masked.
    ///
    /// - Parameter arguments: The program and its arguments.
    static func command(_ arguments: [String]) -> String {
        let name = arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        let words = [name] + arguments.dropFirst().map(redactedAddress)
        return words.map(quoted).joined(separator: " ")
    }

    /// A word in quotes, where a shell would make something else of it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.isASCII
                ? $0.properties.isAlphabetic || $0.properties.numericType != nil
                    || "-_./:=,+@%".unicodeScalars.contains($0)
                : $0.properties.isAlphabetic
        }
        if isPlain && !word.isEmpty { return word }
        return "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
