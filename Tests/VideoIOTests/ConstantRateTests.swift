import Foundation
import Testing

@testable import VideoIO

/// Outputs that count frames show each in time, whatever the times of the source are.
@Suite("Constant frame rate") struct ConstantRateTests {
    /// 30 frames a second for a second, 5 for a second more; the frame at 1 s is white. A beep goes with it.
    private static func variable(_ work: Workspace) throws -> String {
        try work.ffmpeg(
            "-f", "lavfi", "-i",
            "color=gray:s=64x48:r=30:d=2,geq=lum='if(eq(N,30),235,60)':cb=128:cr=128", "-f",
            "lavfi", "-i", "aevalsrc='if(gte(t,1),sin(2764*t),0)':d=2:s=48000", "-vf",
            "select='lt(t,1.01)+not(mod(n,6))'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a",
            "libmp3lame", "a.mp4")
    }

    @Test(
        "The white frame comes with the beep, in every output that counts frames",
        arguments: [
            ("avi", nil), ("avi", "mpeg4"), ("mpg", nil), ("vob", nil), ("mkv", "mpeg2video"),
            ("ts", "mpeg2video"), ("mxf", nil),
        ] as [(String, String?)])
    func inTime(container: String, codec: String?) throws {
        let work = try Workspace()
        let input = try Self.variable(work)
        var options = VideoWriter.Options()
        options.codec = codec
        let output = work.path("b.\(container)")
        let summary = try transcode(input, to: output, writing: options)
        let taken = try readAll(VideoReader(input)).frames.count
        #expect(summary.framesWritten == taken + summary.framesRepeated - summary.framesLeftOut)
        #expect(summary.framesRepeated > 10)
        #expect(summary.notes.contains { $0.contains("counts frames") })
        let frames = try readAll(VideoReader(output)).frames
        #expect(frames.count == summary.framesWritten)
        let first = try #require(frames.first?.presentationTime)
        let white = try #require(frames.first { samples($0)[24 * 64 + 32] > 150 })
        #expect(abs(try #require(white.presentationTime) - first - 1) < 0.04)
        if container != "mxf" {
            let beep = try work.ffmpegSilenceEnd(output)
            #expect(abs(beep - (try #require(white.presentationTime))) < 0.12)
        }
    }

    @Test("A constant rate loses and repeats nothing", arguments: ["24000/1001", "25", "30", "60"])
    func constant(rate: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=\(rate):d=1", "-c:v", "libx264", "a.mkv")
        for output in ["b.avi", "b.mpg"] {
            let summary = try transcode(input, to: work.path(output))
            #expect(summary.framesRepeated == 0)
            #expect(summary.framesLeftOut == 0)
            #expect(summary.notes.isEmpty)
            #expect(
                try readAll(VideoReader(work.path(output))).frames.count == summary.framesWritten)
        }
    }

    @Test("More frames than the output can hold are left out, and counted")
    func leftOut() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=120:d=0.5", "-c:v", "libx264", "a.mp4")
        let summary = try transcode(input, to: work.path("b.mpg"))
        #expect((30...31).contains(summary.framesWritten))
        #expect(summary.framesLeftOut == 60 - summary.framesWritten)
        #expect(summary.framesRepeated == 0)
    }

    @Test(
        "Rates",
        arguments: [
            // Average, smallest, wanted.
            ("350/19", "30/1", "30/1"), ("13500000/450677", "90000/1", "30000/1001"),
            ("25/1", "50/1", "25/1"), ("120/1", "120/1", "120/1"), ("15/1", "15/1", "15/1"),
            ("30000/1001", "30000/1001", "30000/1001"), ("10/1", "100/1", "10/1"),
            ("0/0", "24/1", "24/1"), ("0/0", "0/0", "25/1"),
        ]) func rates(average: String, smallest: String, wanted: String)
    {
        let rate = ConstantFrameRate.rate(
            average: Self.rational(average), smallest: Self.rational(smallest))
        #expect(rate.description == wanted)
    }

    @Test(
        "Rates that MPEG has",
        arguments: [
            ("30/1", "30/1"), ("12/1", "24/1"), ("15/1", "30/1"), ("120/1", "60/1"),
            ("7/1", "24000/1001"),
            ("2997/100", "30000/1001"), ("20/1", "60/1"), ("26/1", "30000/1001"),
        ]) func mpegRates(wanted: String, chosen: String)
    {
        let allowed = [
            "24000/1001", "24/1", "25/1", "30000/1001", "30/1", "50/1", "60000/1001", "60/1",
        ]
        let rate = ConstantFrameRate.closest(
            to: Self.rational(wanted), in: allowed.map(Self.rational))
        #expect(rate.description == chosen)
    }

    @Test func jitterMovesNothing() {
        var grid = FrameGrid(rate: Rational(30, 1))
        for index in 0..<300 {
            let jitter = Double((index * 7 + 5) % 11 - 5) / 10
            #expect(grid.place(at: (Double(index) + jitter) / 30) == index)
        }
    }

    @Test func aGapIsFilledAndACrowdIsThinned() {
        var grid = FrameGrid(rate: Rational(10, 1))
        #expect([0, 0.1, 0.5, 0.52, 0.54, 0.6].map { grid.place(at: $0) } == [0, 1, 5, 5, 6, 6])
        #expect(grid.place(at: nil) == 7)
        #expect(grid.end(of: 7, shownFor: 0.3) == 10)
        #expect(grid.end(of: 7, shownFor: 0) == 8)
    }

    @Test("A pause that no output of frames can hold is an error, not a disk full of copies")
    func endlessPause() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.2", "-vf",
            "setpts='PTS+gt(N,2)*1e6/TB'", "-fps_mode", "passthrough", "-c:v", "ffv1", "a.mkv")
        let error = #expect(throws: VideoError.self) {
            try transcode(input, to: work.path("b.avi"))
        }
        #expect(error?.reason.contains("counts frames") == true)
    }

    private static func rational(_ text: String) -> Rational {
        let parts = text.split(separator: "/").compactMap { Int32($0) }
        return Rational(parts[0], parts[1])
    }
}
