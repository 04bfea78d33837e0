import Logging
import Testing

@testable import yolact_video

@Suite struct GlobalOptionsTests {
    @Test func theLogLevelDependsOnQuiet() throws {
        #expect(try GlobalOptions.parse([]).makeLogger().logLevel == .info)
        #expect(try GlobalOptions.parse(["--quiet"]).makeLogger().logLevel == .warning)
        #expect(
            try GlobalOptions.parse(["-q", "--log-level", "debug"]).makeLogger().logLevel == .debug)
        #expect(throws: (any Error).self) { try GlobalOptions.parse(["--log-level", "loud"]) }
    }

    @Test func quietHasNoProgressLine() throws {
        #expect(try GlobalOptions.parse(["--quiet"]).makeProgressLine(total: 3) { 0 } == nil)
    }

    @Test func logLinesLookLikeErrorLines() {
        #expect(ConsoleLogHandler.line(level: .info, message: "hello") == "yolact-video: hello")
        #expect(
            ConsoleLogHandler.line(
                level: .warning, message: "odd", ["b": "2", "a": "1"])
                == "yolact-video: warning: odd a=1 b=2")
        struct Cause: Error, CustomStringConvertible { var description: String { "why" } }
        #expect(
            ConsoleLogHandler.line(level: .error, message: "failed", error: Cause())
                == "yolact-video: error: failed: why")
    }
}
