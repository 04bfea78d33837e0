import Foundation
import Testing

@testable import VideoIO

/// What is read in FFmpeg's log for want of a code, a flag or side data.
@Suite("Statements in the log") struct LogStatementTests {
    /// A line as FFmpeg's source has it. FFmpeg 5.1 and 7.1 use the same words for all of these.
    struct Sample: Sendable {
        let level: LogLevel
        let format: String
        let numbers: [Int]
        let statement: LogStatement?
        let text: String

        init(
            _ level: LogLevel, _ format: String, _ numbers: [Int], _ statement: LogStatement?,
            _ text: String
        ) {
            (self.level, self.format, self.numbers) = (level, format, numbers)
            (self.statement, self.text) = (statement, text)
        }
    }

    @Test(
        "Lines are known by their beginning, whatever their level",
        arguments: [
            Sample(
                .warning, "RTP: missed %d packets\n", [3], .networkLoss, "RTP: missed 3 packets"),
            Sample(
                .warning, "RTP: dropping old packet received too late\n", [], .networkLoss,
                "RTP: dropping old packet received too late"),
            Sample(
                .debug, "Continuity check failed for pid %d expected %d got %d\n", [256, 4, 6],
                .brokenContinuity, "Continuity check failed for pid 256 expected 4 got 6"),
            Sample(
                .error, "File ended prematurely at pos. %lu (0x%lx)\n", [256, 256], .prematureEnd,
                "File ended prematurely at pos. 256 (0x100)"),
            Sample(.error, "File ended prematurely\n", [], .prematureEnd, "File ended prematurely"),
            Sample(
                .error, "stream %d, offset 0x%lx: partial file\n", [0, 0x7f00_8b21_8d50],
                .sampleOutOfReach, "stream 0, offset 0x...: partial file"),
            Sample(.error, "moov atom not found\n", [], .noIndex, "moov atom not found"),
            Sample(
                .error, "SEI type %d size %d truncated at %d\n", [4, 9, 5], .unreadableDescription,
                "SEI type 4 size 9 truncated at 5"),
            // An error like any other: a broken connection has a return code.
            Sample(
                .error, "Stream ends prematurely at %lu, should be %lu\n", [5, 9], nil,
                "Stream ends prematurely at 5, should be 9"),
        ])
    func known(_ sample: Sample) throws {
        func say(_ sample: Sample) {
            withVaList(sample.numbers) {
                FFmpegLog.receive(nil, sample.level.rawValue, sample.format, $0)
            }
        }
        let (_, lines) = FFmpegLog.collectingLines {
            say(sample)
            say(Sample(.warning, "Something else\n", [], nil, ""))
        }
        #expect(lines.map(\.text) == [sample.text])
        #expect(lines.map(\.statement) == [sample.statement])
    }

    /// Should a version of FFmpeg choose other words, this tells before losses pass unseen.
    @Test("The FFmpeg that is installed uses these words")
    func installed() throws {
        FFmpegLog.install()
        // Not read as a file, whose size it would have.
        let maps = try #require(try FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd())
        let libraries = try ["/libavformat.so", "/libavcodec.so"].map { name in
            let path = try #require(
                String(decoding: maps, as: UTF8.self).split(separator: "\n")
                    .first { $0.contains(name) }?.split(separator: " ").last)
            return try Data(contentsOf: URL(fileURLWithPath: String(path)))
        }
        for beginning in LogStatement.allCases.flatMap(\.beginnings) {
            // A string of its own: what comes before it ends with a zero.
            let wanted = Data([0]) + Data("\(beginning)".utf8)
            #expect(libraries.contains { $0.firstRange(of: wanted) != nil }, "\(beginning)")
        }
    }

    @Test("A Matroska file that ends within an element is cut off, though it states no duration")
    func prematureEnd() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "libx264", "-g", "25",
            "-live", "1", "a.mkv")
        let whole = try VideoReader(file)
        #expect(whole.info.duration == nil)
        #expect(try readAll(whole).frames.count == 100)
        #expect(whole.endedEarly == nil)
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        try data.dropLast(50).write(to: URL(fileURLWithPath: file))
        let cut = try VideoReader(file)
        let frames = try readAll(cut).frames.count
        #expect(frames >= 95 && frames < 100)
        #expect(cut.endedEarly?.hasPrefix("File ended prematurely") == true)
    }

    @Test("A connection that breaks is told by its return code")
    func brokenConnection() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "libx264", "-live", "1",
            "a.mkv")
        let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
        // Promised as much as there is, it is whole; promised more, it is not.
        for (missing, reason) in [(0, nil), (1000, "Input/output error")] {
            let server = try ShortAnswer(file, promises: size + missing)
            let reader = try VideoReader("http://127.0.0.1:\(server.port)/a.mkv")
            #expect(try readAll(reader).frames.count == 100)
            #expect(reader.endedEarly?.prefix(18).description == reason)
        }
    }
}
