import Foundation
import Testing

@testable import VideoIO

@Suite("PNG pictures") struct PNGTests {
    /// What ffmpeg decodes from a file.
    private func decoded(_ png: [UInt8], _ format: String) throws -> [UInt8] {
        let work = try Workspace()
        try Data(png).write(to: URL(fileURLWithPath: work.path("a.png")))
        let raw = try work.ffmpeg(
            "-i", "a.png", "-f", "rawvideo", "-pix_fmt", format, "raw.bin")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: raw)))
    }

    @Test(
        "samples come back exactly",
        arguments: [(1, 1), (7, 5), (64, 64), (138, 137)], [PNGPicture.Samples.grey, .rgb])
    func exactSamples(size: (Int, Int), kind: PNGPicture.Samples) throws {
        let count = size.0 * size.1 * kind.bytesPerPixel
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let png = try PNGPicture.encode(bytes, kind, width: size.0, height: size.1)
        #expect(png.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        #expect(try decoded(png, kind == .grey ? "gray" : "rgb24") == bytes)
    }

    @Test(
        "frames and their parts", arguments: ["yuv444p", "yuv420p", "yuv420p10le", "yuvj420p"])
    func frames(format: String) throws {
        let work = try Workspace()
        // Red left, blue right; the border lies between chroma samples.
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i",
            "color=red:s=97x53,drawbox=48:0:60:60:blue:fill,format=rgb24,"
                + "scale=out_color_matrix=bt709,format=\(format)",
            "-frames:v", "1", "-colorspace", "bt709", "-c:v", "ffv1", "a.mkv")
        let frame = try firstFrame(input)
        let whole = try decoded(frame.png(), "rgb24")
        #expect(whole.count == 97 * 53 * 3)
        func isNear(_ pixel: ArraySlice<UInt8>, _ colour: [Int]) -> Bool {
            zip(pixel, colour).allSatisfy { abs(Int($0) - $1) <= 4 }
        }
        #expect(isNear(whole[0..<3], [255, 0, 0]), "\(whole[0..<3])")
        let blue = 3 * (40 * 97 + 90)
        #expect(isNear(whole[blue..<blue + 3], [0, 0, 255]), "\(whole[blue..<blue + 3])")
        // 51 becomes 50; the part ends with the picture.
        let part = try decoded(frame.png(x: 51, y: 11, width: 1000, height: 20), "rgb24")
        #expect(part.count == 47 * 20 * 3)
        #expect(isNear(part[0..<3], [0, 0, 255]), "\(part[0..<3])")
    }

    @Test("a copy has memory of its own")
    func copy() throws {
        let work = try Workspace()
        let input = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=98x54:d=0.1", "-c:v", "libx264", "a.mp4")
        let frame = try firstFrame(input)
        let before = samples(frame)
        let copy = try frame.copy()
        #expect(samples(copy) == before)
        #expect(copy.presentationTimestamp == frame.presentationTimestamp)
        #expect(copy.colour == frame.colour)
        try copy.withMutablePlanes { planes in
            for plane in planes { plane.bytes.initializeMemory(as: UInt8.self, repeating: 7) }
        }
        #expect(samples(frame) == before)
        #expect(samples(copy) != before)
    }
}
