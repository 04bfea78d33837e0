import ArgumentParser
import Foundation
import Model
import Pipeline
import Testing

@testable import yolact_video

@Suite struct ExitReasonTests {
    private struct Cause: ExitReasonProviding, CustomStringConvertible {
        var exitReason: ExitReason { .cannotWrite }
        var description: String { "/tmp/x.mp4: write:\n  No space left on device" }
    }

    private struct Stranger: Error, CustomStringConvertible {
        var description: String { "never seen before" }
    }

    @Test func everyNumberHasOneMeaning() {
        let codes = ExitReason.all.map(\.code)
        #expect(codes == [0, 1, 2, 3, 4, 64, 65, 66, 69, 70, 71, 73, 78, 129, 130, 141, 143])
        #expect(Set(ExitReason.all.map(\.meaning)).count == codes.count)
        for code in codes { #expect(ExitReason.documentation.contains(" \(code)  ")) }
    }

    @Test func anErrorIsOneLineWithItsOwnStatus() {
        let outcome = Outcome(of: Cause())
        #expect(
            outcome.line == "yolact-video: error: /tmp/x.mp4: write: No space left on device")
        #expect(outcome.reason == .cannotWrite)
        #expect(!outcome.isAnswer)
    }

    @Test func aPipelineErrorHasTheStatusOfItsCause() {
        let outcome = Outcome(
            of: PipelineError(stage: "encode", sequence: 3, underlying: Cause()))
        #expect(outcome.reason == .cannotWrite)
        #expect(outcome.line?.hasPrefix("yolact-video: error: /tmp/x.mp4") == true)
    }

    @Test func anUnknownErrorIsAnInternalOne() {
        let outcome = Outcome(of: Stranger())
        #expect(outcome.line == "yolact-video: error: never seen before")
        #expect(outcome.reason == .internalError)
        let missing = Outcome(of: CocoaError(.fileReadNoSuchFile))
        #expect(missing.reason == .internalError)
        #expect(missing.line?.isEmpty == false)
    }

    @Test func aCPUIsNoDownload() {
        #expect(Outcome(of: QuantisationError.unsupportedCPU).reason.code == 71)
        #expect(Outcome(of: DownloadError(.status(404), source: "x", "y")).reason.code == 69)
    }

    @Test func anInterruptionHasTheStatusOfItsSignal() {
        #expect(Outcome(of: Interrupted(signal: 1)).reason.code == 129)
        #expect(Outcome(of: Interrupted(signal: 2)).reason.code == 130)
        #expect(Outcome(of: Interrupted(signal: 15)).reason.code == 143)
    }

    @Test func wrongArgumentsAreUsageErrorsInOneLine() throws {
        let error = try #require(throws: (any Error).self) {
            try YolactVideo.parseAsRoot(["--no-such-option"])
        }
        let outcome = Outcome(of: error)
        #expect(outcome.reason == .usage)
        let line = try #require(outcome.line)
        #expect(line.hasPrefix("yolact-video: error: Unknown option '--no-such-option'"))
        #expect(line.contains("--help"))
        #expect(!line.contains("\n"))
        let invalid = Outcome(of: ValidationError("--alpha must lie in 0...1"))
        #expect(invalid.reason == .usage)
        #expect(invalid.line?.hasPrefix("yolact-video: error: --alpha must lie in 0...1") == true)
    }

    @Test(arguments: ["--help", "--version", "--generate-completion-script=zsh"])
    func questionsAreAnswered(argument: String) throws {
        // Parsing throws the answer, or gives a help command that does.
        let error = #expect(throws: (any Error).self) {
            var command = try YolactVideo.parseAsRoot([argument])
            try command.run()
        }
        let outcome = try Outcome(of: #require(error))
        #expect(outcome.isAnswer)
        #expect(outcome.line == nil)
        #expect(outcome.reason == .success)
    }

    @Test func aClosedOutputEndsQuietly() {
        let closed = Outcome(of: StandardOutputError(code: EPIPE))
        #expect(closed.line == nil)
        #expect(closed.reason.code == 141)
        let full = Outcome(of: StandardOutputError(code: ENOSPC))
        #expect(
            full.line
                == "yolact-video: error: standard output: writing failed: No space left on device")
        #expect(full.reason == .cannotWrite)
    }

    @Test func commandsHaveTheirNames() {
        func name(_ command: any ParsableCommand.Type) -> [String]? {
            CommandName.of(command, below: YolactVideo.self)
        }
        #expect(name(YolactVideo.self) == ["yolact-video"])
        #expect(name(SegmentCommand.self) == ["yolact-video", "segment"])
        #expect(name(ModelsCommand.Pull.self) == ["yolact-video", "models", "pull"])
    }

    @Test func anExitCodeSaysNothingMore() {
        let outcome = Outcome(of: ExitCode(2))
        #expect(outcome.line == nil)
        #expect(outcome.reason == .partlyDecoded)
    }
}
