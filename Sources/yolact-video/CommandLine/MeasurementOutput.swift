import Foundation
import Pipeline

extension GlobalOptions {
    /// Gives the result of a measurement: lines for people, and JSON for programs.
    ///
    /// - Parameters:
    ///   - lines: For standard output, unless it takes the JSON; not with --quiet.
    ///   - answer: What is printed with --quiet too.
    ///   - json: The same for programs.
    ///   - path: Where the JSON goes, if anywhere; "-" for standard output.
    ///   - overwrite: Whether a file may be replaced.
    func publish(
        lines: [String], answer: String? = nil, json: @autoclosure () throws -> Data,
        to path: String?, overwrite: Bool
    ) throws {
        let shown = path == "-" ? [] : quiet ? answer.map { [$0] } ?? [] : lines
        for line in shown { print(line) }
        guard let path else { return }
        do {
            try OutputText.write(json(), to: path, overwrite: overwrite)
        } catch {
            // What took minutes to measure is not lost with its file.
            if path != "-", quiet { for line in lines { print(line) } }
            throw error
        }
    }
}

extension Encodable {
    /// One line of JSON, its keys sorted.
    func jsonLine() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
