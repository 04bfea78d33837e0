import Foundation
import Testing

@testable import VideoIO

@Suite("Interlaced video") struct FieldOrderTests {
    /// Encoders that can code fields: their frames say so. Those that cannot leave it to the container.
    static let encoders = [
        ("libx264", "mp4"), ("libx264", "mkv"), ("libx264", "ts"), ("mpeg2video", "ts"),
        ("mpeg2video", "mkv"), ("mpeg4", "mkv"), ("prores_ks", "mov"), ("ffv1", "mkv"),
    ]

    @Test(
        "Leaves as interlaced, the same field first", arguments: encoders,
        [FieldOrder.topFirst, .bottomFirst])
    func stays(encoder: (String, String), order: FieldOrder) throws {
        let work = try Workspace()
        let input = try Self.clip(work, order)
        #expect(try readAll(VideoReader(input)).frames.allSatisfy { $0.fieldOrder == order })
        var options = VideoWriter.Options()
        options.codec = encoder.0
        let output = work.path("b.\(encoder.1)")
        try transcode(input, to: output, writing: options)
        let reader = try VideoReader(output)
        let frames = try readAll(reader).frames
        #expect(frames.count == 10)
        #expect(frames.allSatisfy { $0.fieldOrder == order })
        let stream = try #require(reader.info.videoStream)
        // MPEG-4 part 2 tells it of frames only.
        if encoder.0 != "mpeg4" {
            #expect(FieldOrder(stream.parameters.raw.pointee.field_order) == order)
        }
    }

    @Test("Where the codec has no fields the container still tells")
    func container() throws {
        let work = try Workspace()
        let input = try Self.clip(work, .topFirst)
        var options = VideoWriter.Options()
        (options.codec, options.preset) = ("libx265", "ultrafast")
        try transcode(input, to: work.path("b.mkv"), writing: options)
        #expect(try work.ffprobe("stream=field_order", work.path("b.mkv")) == "tb")
    }

    @Test("A height that has no whole fields is encoded all the same")
    func oddFields() throws {
        let work = try Workspace()
        let input = try Self.clip(work, .topFirst, size: "64x50")
        try transcode(input, to: work.path("b.mp4"))
        #expect(try readAll(VideoReader(work.path("b.mp4"))).frames.count == 10)
    }

    @Test("Progressive video stays so", arguments: ["mp4", "mkv", "ts"])
    func progressive(container: String) throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.4", "-c:v", "libx264", "a.mp4")
        try transcode(input, to: work.path("b.\(container)"))
        let frames = try readAll(VideoReader(work.path("b.\(container)"))).frames
        #expect(frames.allSatisfy { $0.fieldOrder == .progressive })
    }

    @Test("Turning upside down swaps the fields, turning on the side ends them")
    func turned() throws {
        func turned(_ order: FieldOrder, _ swaps: Bool, _ rows: Bool, height: Int) -> FieldOrder {
            order.turned(
                Orientation(swapsAxes: swaps, reversesColumns: false, reversesRows: rows),
                height: height)
        }
        #expect(turned(.topFirst, false, true, height: 480) == .bottomFirst)
        #expect(turned(.bottomFirst, false, true, height: 480) == .topFirst)
        #expect(turned(.topFirst, false, true, height: 481) == .topFirst)
        #expect(turned(.topFirst, false, false, height: 480) == .topFirst)
        #expect(turned(.topFirst, true, false, height: 480) == .progressive)
        #expect(turned(.progressive, false, true, height: 480) == .progressive)
        let work = try Workspace()
        for (degrees, order) in [(180, FieldOrder.bottomFirst), (90, .progressive)] {
            let source = try Self.clip(work, .topFirst)
            let movie = try work.ffmpeg("-i", source, "-c", "copy", "a.mp4")
            try turn(movie, clockwise: degrees)
            #expect(try firstFrame(movie).fieldOrder == order)
        }
    }

    private static func clip(
        _ work: Workspace, _ order: FieldOrder, size: String = "64x48"
    ) throws -> String {
        let scan = order == .topFirst ? "tff" : "bff"
        return try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=\(size):r=50:d=0.4", "-vf", "interlace=scan=\(scan)",
            "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "2", "a.ts")
    }
}
