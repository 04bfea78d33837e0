import Foundation
import Testing

@testable import VideoIO

/// Frames of changing size in one system of coordinates.
@Suite("Sizes within a video") struct SizeUnifierTests {
    /// A white frame.
    private func white(
        _ width: Int, _ height: Int, _ format: PixelFormat = .yuv420p, time: Int64 = 0
    ) throws -> VideoFrame {
        let frame = try VideoFrame(
            width: width, height: height, format: format, presentationTimestamp: time,
            timeBase: Rational(1, 25), duration: 1)
        try frame.withMutablePlanes { planes in
            for y in 0..<planes[0].height {
                for x in 0..<planes[0].width {
                    planes[0].bytes[y * planes[0].bytesPerRow + x] = 235
                }
            }
        }
        return frame
    }

    @Test("Frames of the first size pass as they are") func same() throws {
        let sizes = SizeUnifier()
        let frames = try [white(160, 80), white(160, 80, .yuv444p), white(160, 80)]
        for frame in frames { #expect(try sizes.unify(frame) === frame) }
        #expect(sizes.resizedFrames == 0)
    }

    @Test(
        "Others are fitted into it, in proportion",
        arguments: [(320, 160), (80, 40), (64, 64), (33, 71), (1, 1)])
    func other(width: Int, height: Int) throws {
        let sizes = SizeUnifier()
        _ = try sizes.unify(white(161, 81))
        let frame = try white(width, height, .yuv444p, time: 7)
        frame.timing = FrameTiming(arrival: 5, work: 3)
        frame.isSuspect = true
        let fitted = try sizes.unify(frame)
        #expect(fitted.width == 161 && fitted.height == 81)
        #expect(fitted.format == .yuv420p)
        #expect(fitted.presentationTimestamp == 7 && fitted.timeBase == Rational(1, 25))
        #expect(fitted.duration == 1)
        #expect(fitted.timing == frame.timing)
        #expect(fitted.isSuspect)
        #expect(sizes.resizedFrames == 1)
        // The part that is white, in proportion to a pixel or two.
        let shown = samples(fitted).count { $0 > 200 }
        let scale = min(161 / Double(width), 81 / Double(height))
        let expected = (Double(width) * scale, Double(height) * scale)
        #expect(abs(Double(shown) - expected.0 * expected.1) < 3 * (expected.0 + expected.1))
        #expect(samples(fitted)[40 * 161 + 80] > 200)
        // And back again.
        let last = try white(161, 81)
        #expect(try sizes.unify(last) === last)
    }

    @Test("Frames of a file that changes its size") func file() throws {
        let work = try Workspace()
        for (name, size, offset) in [("a", "160x80", "0"), ("b", "64x64", "0.2")] {
            try work.ffmpeg(
                "-f", "lavfi", "-i", "color=white:s=\(size):r=25:d=0.2", "-c:v", "libx264",
                "-output_ts_offset", offset, "\(name).ts")
        }
        var joined = try Data(contentsOf: URL(fileURLWithPath: work.path("a.ts")))
        joined.append(try Data(contentsOf: URL(fileURLWithPath: work.path("b.ts"))))
        try joined.write(to: URL(fileURLWithPath: work.path("ab.ts")))
        let sizes = SizeUnifier()
        let frames = try readAll(VideoReader(work.path("ab.ts"))).frames
        let fitted = try frames.map(sizes.unify)
        #expect(fitted.count == 10 && sizes.resizedFrames == 5)
        #expect(fitted.allSatisfy { $0.width == 160 && $0.height == 80 })
        #expect(
            fitted.map(\.presentationTimestamp) == frames.map(\.presentationTimestamp))
    }
}
