import Foundation
import Testing

@testable import VideoIO

@Suite("Pictures") struct PictureTests {
    @Test(
        "Accepted formats pass untouched",
        arguments: [
            ("yuv420p", PixelFormat.yuv420p), ("yuv422p", .yuv422p), ("yuv444p", .yuv444p),
            ("nv12", .nv12), ("yuv420p10le", .yuv420p10), ("yuv422p10le", .yuv422p10),
            ("yuv444p10le", .yuv444p10), ("p010le", .p010),
        ])
    func untouched(name: String, format: PixelFormat) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=98x54:r=5:d=1", "-pix_fmt", name, "-f", "rawvideo",
            "a.yuv")
        var reading = VideoReader.Options()
        reading.inputOptions = ["pixel_format": name, "video_size": "98x54", "framerate": "5"]
        let reader = try VideoReader(file, options: reading)
        let frames = try readAll(reader).frames
        #expect(frames.count == 5)
        #expect(frames.allSatisfy { $0.format == format })
        #expect(reader.statistics.convertedFrames == 0)
        let raw = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(frames.flatMap(samples) == Array(raw))
        // And on to a file, in the same depth and chroma.
        let output = work.path("out.mkv")
        try transcode(file, to: output, reading: reading)
        let written = try firstFrame(output)
        #expect(written.format.bitDepth == format.bitDepth)
        #expect(written.format.chromaShiftX == format.chromaShiftX)
        #expect(written.format.chromaShiftY == format.chromaShiftY)
        var lossless = VideoWriter.Options()
        lossless.codec = "ffv1"
        try transcode(file, to: work.path("exact.mkv"), reading: reading, writing: lossless)
        let exact = try readAll(VideoReader(work.path("exact.mkv"))).frames.flatMap(values)
        #expect(exact == frames.flatMap(values))
    }

    @Test(
        "Foreign formats become the nearest one",
        arguments: [
            ("rgb24", PixelFormat.yuv444p), ("gbrp", .yuv444p), ("gbrp10le", .yuv444p10),
            ("gray", .yuv420p), ("gray10le", .yuv420p10), ("yuv411p", .yuv422p),
            ("yuv410p", .yuv420p),
            ("yuv440p", .yuv444p), ("yuv420p12le", .yuv420p10), ("yuv444p16le", .yuv444p10),
            ("yuva420p", .yuv420p), ("yuva444p10le", .yuv444p10), ("rgba", .yuv444p),
            ("ya8", .yuv420p), ("uyvy422", .yuv422p), ("nv21", .yuv420p), ("pal8", .yuv444p),
            ("yuv422p10be", .yuv422p10), ("rgb48le", .yuv444p10), ("monob", .yuv420p),
        ])
    func nearest(name: String, format: PixelFormat) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1", "-pix_fmt", name, "-c:v", "rawvideo",
            "a.nut")
        let reader = try VideoReader(file)
        let frame = try #require(try readAll(reader).frames.first)
        #expect(frame.format == format)
        #expect(reader.statistics.convertedFrames == 5)
        // Against ffmpeg's own reading of the same frame as RGB.
        let wanted = Array(
            try Data(
                contentsOf: URL(
                    fileURLWithPath: try work.ffmpeg(
                        "-i", file, "-frames:v", "1", "-sws_flags", "accurate_rnd+full_chroma_int",
                        "-f", "rawvideo", "-pix_fmt", "rgb24", "want.raw"))))
        let got = rgb(frame)
        let difference =
            zip(wanted, got).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / wanted.count
        #expect(difference <= 6, "mean difference \(difference)")
    }

    @Test("Colours come out as they went in: matrix and range of RGB sources")
    func exactColours() throws {
        let work = try Workspace()
        for (size, matrix) in [("64x48", ColourMatrix.smpte170m), ("1280x720", .bt709)] {
            let file = try work.ffmpeg(
                "-f", "lavfi", "-i", "color=0xfe0000:s=\(size):r=1:d=1,format=rgb24", "-c:v", "png",
                "-f", "nut", "c.nut")
            let frame = try firstFrame(file)
            #expect(frame.colour.matrix == matrix)
            #expect(frame.colour.range == .limited)
            let planes = samples(frame)
            let count = frame.width * frame.height
            let wanted: [UInt8] = matrix == .bt709 ? [63, 102, 240] : [81, 90, 240]
            for (plane, value) in wanted.enumerated() {
                #expect(abs(Int(planes[plane * count + count / 2]) - Int(value)) <= 1)
            }
        }
    }

    @Test("Transparent pixels show the stated colour")
    func alpha() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "color=white@0.0:s=32x32:r=1:d=1,format=rgba", "-c:v", "png", "-f",
            "nut", "a.nut")
        #expect(rgb(try firstFrame(file)).allSatisfy { $0 < 2 })
        var options = VideoReader.Options()
        options.background = (255, 0, 0)
        let red = rgb(try #require(try readAll(VideoReader(file, options: options)).frames.first))
        #expect(red[0] > 252 && red[1] < 3 && red[2] < 3)
        let half = try work.ffmpeg(
            "-f", "lavfi", "-i", "color=white@0.5:s=32x32:r=1:d=1,format=yuva420p", "-c:v", "ffv1",
            "h.mkv")
        #expect(rgb(try firstFrame(half)).allSatisfy { abs(Int($0) - 127) < 3 })
    }

    @Test(
        "The transparency of WebM is seen as well",
        arguments: [("libvpx-vp9", "a.webm"), ("libvpx", "a.mkv")])
    func transparentWebM(codec: String, name: String) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i",
            "color=white:s=64x64:r=5:d=1,format=yuva420p,geq=lum=235:cb=128:cr=128:a='if(lt(X,32),255,0)'",
            "-c:v", codec, "-auto-alt-ref", "0", "-pix_fmt", "yuva420p", "-b:v", "1M", name)
        let reader = try VideoReader(file)
        let frames = try readAll(reader).frames
        #expect(frames.count == 5)
        #expect(!reader.statistics.ignoresTransparency)
        for frame in frames {
            let luma = samples(frame).prefix(64 * 64)
            #expect(luma[16] > 225 && luma[48] < 26, "\(luma[16]), \(luma[48])")
        }
    }

    @Test(
        "How a photograph has to be turned is known without reading it as video",
        arguments: [(1, 0, false), (2, 0, true), (3, 180, false), (5, 270, true), (6, 90, false)])
    func photograph(tag: UInt8, rotation: Int, isMirrored: Bool) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "a.jpg")
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        // One entry of Exif behind the first marker: orientation, a short.
        let entry: [UInt8] = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, tag, 0, 0]
        let exif =
            Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1] + entry + [0, 0, 0, 0]
        data.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif, at: 2)
        try data.write(to: URL(fileURLWithPath: file))
        let orientation = try #require(VideoReader.probe(file).videoStream?.video?.orientation)
        #expect(orientation.rotation == rotation)
        #expect(orientation.isMirrored == isMirrored)
        #expect(try firstFrame(file).sourceOrientation == orientation)
    }

    @Test("JPEG video is full range, and stays so")
    func fullRange() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p",
            "a.avi")
        let frame = try firstFrame(file)
        #expect(frame.format == .yuv420p)
        #expect(frame.colour.isFullRange)
        try transcode(file, to: work.path("b.mp4"))
        #expect(try work.ffprobe("stream=color_range", work.path("b.mp4")) == "pc")
    }

    @Test(
        "Colour tags go through",
        arguments: [
            ["yuv420p", "tv", "bt709", "bt709", "bt709", "left"],
            ["yuv420p", "pc", "smpte170m", "smpte170m", "smpte170m", "center"],
            ["yuv420p10le", "tv", "bt2020nc", "smpte2084", "bt2020", "topleft"],
            ["yuv420p10le", "tv", "bt2020nc", "arib-std-b67", "bt2020", "left"],
        ])
    func tags(_ tags: [String]) throws {
        let work = try Workspace()
        let locations = ["left", "center", "topleft"]
        let location = try #require(locations.firstIndex(of: tags[5]))
        // From 7 on, the ffmpeg program takes an encoder's colours from its frames, not from options.
        let tagged = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-vf", Self.setting(tags), "-pix_fmt",
            tags[0], "-x264-params", "chromaloc=\(location)", "-c:v", "libx264", "tagged.mp4")
        for container in ["mp4", "mkv"] {
            let file = try work.ffmpeg("-i", tagged, "-c", "copy", "a.\(container)")
            let entries =
                "stream=pix_fmt,color_range,color_space,color_transfer,color_primaries,"
                + "chroma_location"
            let before = try work.ffprobe(entries, file)
            let name = tags[1] == "pc" ? "yuvj420p" : tags[0]
            #expect(before == ([name] + tags[1...]).joined(separator: ","))
            let output = work.path("b.\(container)")
            try transcode(file, to: output)
            #expect(try work.ffprobe(entries, output) == before)
        }
    }

    /// A filter that tags frames with range, matrix, transfer and primaries.
    private static func setting(_ tags: [String]) -> String {
        "setparams=range=\(tags[1]):colorspace=\(tags[2]):color_trc=\(tags[3]):"
            + "color_primaries=\(tags[4])"
    }

    @Test("HDR is refused by 8-bit encoders, and nothing is left")
    func highDynamicRange() throws {
        let work = try Workspace()
        let tags = ["yuv420p10le", "tv", "bt2020nc", "smpte2084", "bt2020"]
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-vf", Self.setting(tags), "-pix_fmt",
            tags[0], "-c:v", "libx264", "a.mp4")
        var options = VideoWriter.Options()
        options.codec = "mpeg4"
        let error = #expect(throws: VideoError.self) {
            try transcode(file, to: work.path("b.mp4"), writing: options)
        }
        #expect(error?.kind == .cannotWrite)
        #expect(error?.reason.contains("10 bits") == true)
        #expect(try work.listing() == ["a.mp4"])
    }

    @Test("Odd sizes are padded with the edge and say so; 4:4:4 stays")
    func oddSizes() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=66x48:r=5:d=1,scale=65:47", "-c:v", "ffv1", "-pix_fmt",
            "yuv420p",
            "a.mkv")
        var options = VideoWriter.Options()
        options.crf = 0
        let summary = try transcode(file, to: work.path("b.mkv"), writing: options)
        #expect(summary.notes.count == 1)
        #expect((summary.width, summary.height) == (66, 48))
        let before = try firstFrame(file)
        let after = try firstFrame(work.path("b.mkv"))
        #expect((after.width, after.height) == (66, 48))
        let (a, b) = (samples(before), samples(after))
        let luma = (0..<48).flatMap { y in
            (0..<66).map { x in a[min(y, 46) * 65 + min(x, 64)] }
        }
        #expect(Array(b.prefix(66 * 48)) == luma)
        #expect(a.suffix(2 * 33 * 24) == b.suffix(2 * 33 * 24))
        let full = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=66x48:r=5:d=1,scale=65:47", "-c:v", "ffv1", "-pix_fmt",
            "yuv444p",
            "c.mkv")
        let kept = try transcode(full, to: work.path("d.mkv"))
        #expect((kept.width, kept.height) == (65, 47))
        #expect(!kept.notes.contains { $0.contains("padded") })
    }

    @Test("Rotation is done once, as ffmpeg does it", arguments: [0, 90, 180, 270])
    func rotation(degrees: Int) throws {
        let work = try Workspace()
        for format in ["yuv420p", "yuv420p10le", "yuv444p"] {
            let file = try work.ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=5:d=1", "-pix_fmt", format, "-c:v",
                "libx264", "-vf", "setsar=4/3", "a.mp4")
            try turn(file, clockwise: degrees)
            let reader = try VideoReader(file)
            let frames = try readAll(reader).frames
            let raw = Array(
                try Data(
                    contentsOf: URL(
                        fileURLWithPath: try work.ffmpeg(
                            "-i", file, "-f", "rawvideo", "-pix_fmt", format, "a.raw"))))
            #expect(frames.flatMap(samples) == raw)
            let frame = try #require(frames.first)
            #expect(frame.sourceRotation == degrees)
            #expect(reader.info.videoStream?.video?.orientation == frame.sourceOrientation)
            let turned = degrees % 180 == 90
            #expect((frame.width, frame.height) == (turned ? (64, 96) : (96, 64)))
            #expect(frame.sampleAspectRatio == (turned ? Rational(3, 4) : Rational(4, 3)))

            let output = work.path("\(format).mp4")
            try transcode(file, to: output)
            let after = try VideoReader.probe(output)
            #expect(after.videoStream?.video?.orientation == .upright)
            #expect(after.videoStream?.video?.width == frame.width)
            #expect(after.videoStream?.video?.sampleAspectRatio == frame.sampleAspectRatio)
        }
    }

    @Test("All eight orientations move samples where they belong")
    func orientations() throws {
        let frame = try VideoFrame(width: 6, height: 4, format: .yuv444p)
        try frame.withMutablePlanes { planes in
            for y in 0..<4 {
                for x in 0..<6 {
                    planes[0].bytes[y * planes[0].bytesPerRow + x] = UInt8(10 * y + x)
                }
            }
        }
        for swaps in [false, true] {
            for columns in [false, true] {
                for rows in [false, true] {
                    let orientation = Orientation(
                        swapsAxes: swaps, reversesColumns: columns, reversesRows: rows)
                    let (w, h) = swaps ? (4, 6) : (6, 4)
                    let out = try VideoFrame(width: w, height: h, format: .yuv444p)
                    FrameTurner.turn(
                        frame.raw, format: .yuv444p, orientation: orientation, into: out.raw)
                    let got = samples(out)
                    let wanted = (0..<h).flatMap { y in
                        (0..<w).map { x in
                            let (sx, sy) = (columns ? w - 1 - x : x, rows ? h - 1 - y : y)
                            return UInt8(swaps ? 10 * sx + sy : 10 * sy + sx)
                        }
                    }
                    #expect(Array(got.prefix(w * h)) == wanted)
                    // Turning clockwise and mirroring compose to the same thing.
                    let determinant = (swaps ? -1 : 1) * (columns ? -1 : 1) * (rows ? -1 : 1)
                    #expect(orientation.isMirrored == (determinant < 0))
                }
            }
        }
    }

    @Test("A 4:2:2 source on its side gets full chroma")
    func sideways() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=5:d=1", "-pix_fmt", "yuv422p", "-c:v",
            "libx264", "a.mov")
        let flat = samples(try firstFrame(file))
        try turn(file, clockwise: 270)
        let frame = try firstFrame(file)
        #expect(frame.format == .yuv444p)
        #expect((frame.width, frame.height) == (64, 96))
        let luma = samples(frame).prefix(64 * 96)
        let wanted = (0..<96).flatMap { y in (0..<64).map { x in flat[x * 96 + 95 - y] } }
        #expect(Array(luma) == wanted)
    }

    @Test("Sample aspect ratio goes through", arguments: ["mp4", "mkv", "mov", "ts"])
    func aspect(container: String) throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:d=1,setsar=16/11", "-c:v", "libx264",
            "a.\(container)")
        try transcode(file, to: work.path("b.\(container)"))
        #expect(
            try work.ffprobe("stream=sample_aspect_ratio", work.path("b.\(container)"))
                .hasPrefix("16:11"))
    }

    @Test("Painting does not change what others refer to")
    func copyOnWrite() throws {
        let work = try Workspace()
        let file = try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-c:v", "libx264", "-bf", "2", "a.mp4"
        )
        let clean = try readAll(VideoReader(file)).frames.map(samples)
        let reader = try VideoReader(file)
        var seen: [[UInt8]] = []
        while let element = try reader.next() {
            guard case .frame(let frame) = element else { continue }
            seen.append(samples(frame))
            try frame.withMutablePlanes { planes in
                for plane in planes { plane.bytes.initializeMemory(as: UInt8.self, repeating: 7) }
            }
        }
        #expect(seen == clean)
    }
}

/// The numbers that the samples stand for: Y, then U, then V, however they are stored.
func values(_ frame: VideoFrame) -> [Int] {
    let bytes = samples(frame)
    let numbers =
        frame.format.bytesPerSample == 1
        ? bytes.map(Int.init)
        : stride(from: 0, to: bytes.count, by: 2).map {
            (Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8) >> frame.format.lowPadding
        }
    guard frame.format.isSemiPlanar else { return numbers }
    let luma = frame.width * frame.height
    let pairs = stride(from: luma, to: numbers.count, by: 2)
    return numbers.prefix(luma) + pairs.map { numbers[$0] } + pairs.map { numbers[$0 + 1] }
}

/// RGB of a frame by the plain equations; chroma is repeated, not interpolated.
func rgb(_ frame: VideoFrame) -> [UInt8] {
    let format = frame.format
    let scale = Double(1 << (format.bitDepth - 8))
    let (kr, kb) = (Double(frame.colour.redWeight), Double(frame.colour.blueWeight))
    let full = frame.colour.isFullRange
    return frame.withPlanes { planes in
        func value(_ plane: Int, _ x: Int, _ y: Int, _ pair: Int = 0) -> Double {
            let step = format.isSemiPlanar && plane == 1 ? 2 : 1
            let offset =
                y * planes[plane].bytesPerRow + (x * step + pair) * format.bytesPerSample
            let raw =
                format.bytesPerSample == 1
                ? Int(planes[plane].bytes[offset])
                : Int(
                    planes[plane].bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                        >> UInt16(format.lowPadding))
            return Double(raw) / scale
        }
        var result: [UInt8] = []
        for y in 0..<frame.height {
            for x in 0..<frame.width {
                let (cx, cy) = (x >> format.chromaShiftX, y >> format.chromaShiftY)
                let luma = full ? value(0, x, y) / 255 : (value(0, x, y) - 16) / 219
                let span = full ? 255.0 : 224.0
                let u = (value(1, cx, cy) - 128) / span
                let v =
                    ((format.isSemiPlanar ? value(1, cx, cy, 1) : value(2, cx, cy)) - 128) / span
                let r = luma + 2 * (1 - kr) * v
                let b = luma + 2 * (1 - kb) * u
                let g = (luma - kr * r - kb * b) / (1 - kr - kb)
                for part in [r, g, b] {
                    result.append(UInt8(min(max((part * 255).rounded(), 0), 255)))
                }
            }
        }
        return result
    }
}
