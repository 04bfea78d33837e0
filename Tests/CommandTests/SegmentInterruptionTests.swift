import Foundation
import Testing

/// What signals do to `segment`.
extension ProgramTests {
    @Suite struct SegmentInterruption {
        let scratch: Scratch

        /// Long enough never to end by itself: 3,000 frames.
        init() throws {
            scratch = try Scratch()
            try scratch.ffmpeg("-stream_loop", "9", "-i", Scratch.sample, "-c", "copy", "long.mp4")
        }

        @Test(arguments: [(SIGINT, 130, "SIGINT"), (SIGTERM, 143, "SIGTERM")])
        func theFirstSignalFinishesThePlayableFile(
            _ signal: Int32, _ status: Int32, _ name: String
        ) throws {
            let process = try scratch.start(
                ["segment", "long.mp4", "-o", "out.mp4", "--json", "-"])
            try process.waitForOutput(lines: 5)
            #expect(!scratch.exists("out.mp4"), "it appears when it is complete")
            process.send(signal)
            let run = try process.finish()
            #expect(run.status == status)
            #expect(!run.wasKilled)
            #expect(run.complaints.count == 1)
            #expect(run.complaints.first?.contains("(\(name))") == true)
            let lines = try FrameLine.parse(run.output)
            #expect((5..<3000).contains(lines.count))
            #expect(lines.map(\.frame) == Array(0..<lines.count))
            #expect(try scratch.frameCount("out.mp4") == lines.count)
            #expect(run.errors.contains("\(lines.count) frames in, \(lines.count) out, 0 dropped"))
            #expect(try scratch.listing() == ["long.mp4", "out.mp4"])
        }

        @Test func aSecondSignalEndsAtOnce() throws {
            // Nobody reads the pipe, so the run stands still and could never finish in order.
            let process = try scratch.start(
                ["segment", "long.mp4", "-o", "out.mp4", "--json", "-"], output: .unread)
            let output = try #require(process.unreadOutput)
            #expect(!output.availableData.isEmpty)
            #expect(try scratch.listing().contains { $0.hasPrefix(".out.partial-") })
            process.send(SIGINT)
            // Signals within 250 ms of the first count as one with it, so the second comes later.
            #expect(!process.ends(within: 0.4))
            process.send(SIGINT)
            let run = try process.finish()
            #expect(run.status == 130)
            #expect(!run.wasKilled)
            #expect(try scratch.listing() == ["long.mp4"], "no temporary file stays")
        }
    }
}
