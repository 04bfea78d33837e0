import ArgumentParser
import Foundation
import Model
import Pipeline

/// What an error that reached `main` means: the line to print and the exit status.
struct Outcome: Equatable {
    /// The message for standard error, without a line break; nil to print nothing.
    var line: String?
    var reason: ExitReason
    /// Whether the "error" is the answer to a question such as `--help`.
    var isAnswer = false

    /// - Parameter command: The words that name the command that ran, if one did; parsing errors know
    ///   themselves which command they are about.
    init(of error: any Error, command: [String] = []) {
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
            line = Self.line(Self.withHint(YolactVideo.message(for: error), error, command))
            reason = .usage
        default:
            // At which stage and item something failed is nothing to who gave the file.
            let error = (error as? PipelineError)?.underlying ?? error
            let text = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
            reason = ExitReason(of: error)
            // Programs in a pipeline end without a word when the next one has seen enough.
            line = reason == .outputClosed ? nil : Self.line(text + Self.advice(error))
        }
    }

    private static func line(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return "yolact-video: error: " + words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Where to find out more.
    private static func advice(_ error: any Error) -> String {
        guard let mismatch = error as? ParameterMismatch else { return "" }
        // A configuration of the user's own is known by its file, which the name does not tell.
        let isPreset = YolactConfiguration.presets.contains { $0.name == mismatch.configuration }
        let config = isPreset ? mismatch.configuration : "FILE"
        return "; 'yolact-video info \(mismatch.source) --config \(config)' lists all"
    }

    /// Adds ArgumentParser's "See '... --help' for more information.", which names the subcommand. For an
    /// error of a command that ran already, ArgumentParser would name the program alone.
    private static func withHint(
        _ message: String, _ error: any Error, _ command: [String]
    ) -> String {
        let lines = YolactVideo.fullMessage(for: error).split(whereSeparator: \.isNewline)
        guard var last = lines.last?.trimmingCharacters(in: .whitespaces), last.hasPrefix("See '")
        else { return message }
        if !command.isEmpty {
            last = "See '\(command.joined(separator: " ")) --help' for more information."
        }
        let isSentence = message.last.map { ".!?".contains($0) } ?? true
        return message + (isSentence ? "" : ".") + "\n" + last
    }
}
