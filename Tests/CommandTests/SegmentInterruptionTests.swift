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

        @Test(arguments: [
            (SIGINT, 130, "SIGINT"), (SIGTERM, 143, "SIGTERM"), (SIGHUP, 129, "SIGHUP"),
        ])
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
            // What is going to happen is said at once.
            #expect(run.errors.contains("\(name): finishing "), "\(run.errors)")
            #expect(run.errors.contains("\(lines.count) frames in, \(lines.count) out, 0 dropped"))
            #expect(try scratch.listing() == ["long.mp4", "out.mp4"])
        }

        @Test func aSecondSignalEndsAtOnce() throws {
            // Nobody reads the pipe, so the run stands still and could never finish in order.
            let process = try scratch.start(
                ["segment", "long.mp4", "-o", "out.mp4", "--json", "-"], output: .unread)
            let output = try #require(process.unreadOutput)
            #expect(!output.availableData.isEmpty)
            #expect(try scratch.listing().contains { $0.hasPrefix("out.partial-") })
            process.send(SIGINT)
            // Signals within 50 ms of the first count as one with it, so the second comes later.
            #expect(!process.ends(within: 0.1))
            process.send(SIGINT)
            let run = try process.finish()
            #expect(run.status == 130)
            #expect(!run.wasKilled)
            #expect(try scratch.listing() == ["long.mp4"], "no temporary file stays")
        }

        @Test func aClosedTerminalIsNothingToWhomItWasHiddenFrom() throws {
            // As nohup does it.
            let process = try ChildProcess(
                "bash",
                [
                    "-c",
                    "trap '' HUP; exec '\(Repository.program())' segment long.mp4 -o out.mp4 --json -",
                ], in: scratch.directory)
            try process.waitForOutput(lines: 5)
            process.send(SIGHUP)
            let count = process.outputSoFar.split(separator: "\n").count
            try process.waitForOutput(lines: count + 20)
            process.send(SIGINT)
            #expect(try process.finish().status == 130)
        }

        @Test func whatAKilledRunLeavesIsTakenAwayByTheNext() throws {
            let killed = try scratch.start(["segment", "long.mp4", "-o", "out.mp4", "--json", "-"])
            try killed.waitForOutput(lines: 5)
            killed.send(SIGKILL)
            #expect(try killed.finish().wasKilled)
            let left = try #require(
                scratch.listing().first { $0.hasPrefix("out.partial-") && $0.hasSuffix(".mp4") })
            // What another run works on stays, and so does what only looks like it.
            let working = try scratch.start(["segment", "long.mp4", "-o", "out.mp4", "--json", "-"])
            try working.waitForOutput(lines: 1)
            #expect(!scratch.exists(left))
            let others = try scratch.listing().filter { $0.hasPrefix("out.partial-") }
            #expect(others.count == 1)
            try scratch.write(Data("mine".utf8), to: "out.partial-copy.mp4")
            let next = try scratch.succeed("segment", "long.mp4", "-o", "out.mp4", "--frames", "3")
            #expect(next.errors.contains("removed ") == false)
            working.send(SIGINT)
            let beaten = try working.finish()
            #expect(beaten.status != 0)
            #expect(try scratch.text("out.partial-copy.mp4") == "mine")
            #expect(try scratch.frameCount("out.mp4") == 3, "the file that was there first stays")
        }
    }
}
