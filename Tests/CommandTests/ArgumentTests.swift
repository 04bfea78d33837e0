import ArgumentParser
import Foundation
import Testing

@testable import yolact_video

/// Words that the parser alone would take in silence, or explain badly.
extension ProgramTests {
    @Suite struct Arguments {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        @Test(
            arguments: [
                (["segment", "-dash.mp4"], "a file of that name is './-dash.mp4'"),
                (["stream", "-start.mp4"], "a file of that name is './-start.mp4'"),
                (["stream", "--bogus"], "unknown option '--bogus'"),
                (["segment", "x.mp4", "--overwrit"], "did you mean '--overwrite'?"),
                (["segmnt"], "there is no command 'segmnt'; did you mean 'segment'?"),
                (["models", "pul"], "there is no command 'models pul'; did you mean 'pull'?"),
                (["segment", "x.mp4", "-o", "a.mp4", "-o", "b.mp4"], "--output is given twice"),
                (["segment", "x.mp4", "--output=a.mp4", "-o", "b.mp4"], "--output is given twice"),
                (["segment", "x.mp4", "--json", "-", "--json", "b"], "--json is given twice"),
                (["segment", "x.mp4", "-o", "a.mp4", "--threads", "999"], "between 1 and 256"),
                (["segment", "x.mp4", "-o", "a.mp4", "--start", "1:61"], "--start"),
            ] as [([String], String)])
        func isAUsageError(_ words: [String], _ part: String) throws {
            let run = try scratch.start(words).finish()
            #expect(run.status == 64, "\(run.errors)")
            #expect(run.errorLines.count == 1, "\(run.errors)")
            #expect(run.complaints.first?.contains(part) == true, "\(run.errors)")
            #expect(run.output.isEmpty)
            #expect(try scratch.listing().isEmpty)
        }

        @Test func whatIsRightIsTaken() throws {
            // Flags, options for several values, short names in one word, and names behind "--".
            for words in [
                ["segment", "missing.mp4", "-q", "-q", "-o", "a.mp4"],
                ["stream", "missing.mp4", "-o", "a.mp4", "-o", "b.mp4", "--max-reconnects", "0"],
                ["segment", "missing.mp4", "-qo", "a.mp4"],
                ["segment", "-o", "a.mp4", "--", "-dash.mp4"],
            ] {
                let run = try scratch.start(words).finish()
                #expect(run.status == 66, "\(words): \(run.errors)")
            }
        }
    }
}

@Suite struct SecondsTests {
    @Test(
        arguments: [
            ("90", 90), ("12.5", 12.5), ("1:30", 90), ("00:01:00", 60), ("1:02:03.5", 3723.5),
            ("0:90.5", nil),
            ("-3", -3), ("90:00", 5400), ("", nil), (":", nil), ("1:", nil), ("1:2:3:4", nil),
            ("1.5:00", nil),
            ("x", nil), ("nan", nil), ("1:-2", nil),
        ] as [(String, Double?)])
    func readsClockTimes(_ text: String, _ expected: Double?) {
        #expect(Seconds(argument: text)?.value == expected)
    }

    @Test func showsItsDefault() {
        #expect(Seconds(10).defaultValueDescription == "10")
        #expect(Seconds(0.5).defaultValueDescription == "0.5")
    }
}

@Suite struct SpellingTests {
    @Test func findsWhatIsNear() {
        let names = ["segment", "stream", "stability", "bench"]
        #expect(Spelling.closest(to: "segmnet", in: names) == "segment")
        #expect(Spelling.closest(to: "strem", in: names) == "stream")
        #expect(Spelling.closest(to: "frobnicate", in: names) == nil)
        #expect(Spelling.distance(Array("kitten"), Array("sitting")) == 3)
        #expect(Spelling.distance(Array("ab"), Array("ba")) == 1)
        #expect(Spelling.distance([], Array("abc")) == 3)
    }
}
