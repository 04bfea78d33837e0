import ArgumentParser
import Foundation

/// What an error that reached `main` means: the line to print and the exit status.
struct Outcome: Equatable {
    /// The message for standard error, without a line break; nil to print nothing.
    var line: String?
    var reason: ExitReason
    /// Whether the "error" is the answer to a question such as `--help`.
    var isAnswer = false

    init(of error: any Error) {
        if let code = error as? ExitCode {
            // A command has said all there is to say itself.
            line = nil
            reason = ExitReason.all.first { $0.code == code.rawValue } ?? .internalError
            return
        }
        switch YolactVideo.exitCode(for: error) {
        case .success:
            line = nil
            reason = .success
            isAnswer = true
        case .validationFailure:
            line = Self.line(Self.withHint(YolactVideo.message(for: error), error))
            reason = .usage
        default:
            let text = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
            line = Self.line(text)
            reason = ExitReason(of: error)
        }
    }

    private static func line(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return "yolact-video: error: " + words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Adds ArgumentParser's "See '... --help' for more information.", which names the subcommand.
    private static func withHint(_ message: String, _ error: any Error) -> String {
        let lines = YolactVideo.fullMessage(for: error).split(whereSeparator: \.isNewline)
        guard let last = lines.last?.trimmingCharacters(in: .whitespaces), last.hasPrefix("See '")
        else { return message }
        let isSentence = message.last.map { ".!?".contains($0) } ?? true
        return message + (isSentence ? "" : ".") + "\n" + last
    }
}
