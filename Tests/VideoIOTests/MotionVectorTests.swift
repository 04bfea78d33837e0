import Testing

@testable import VideoIO

/// The decoder's motion vectors, of a picture that moves by known steps.
@Suite("Motion vectors") struct MotionVectorTests {
    /// A part of a still picture that moves 4 columns to the right and 2 rows down each frame, so that what
    /// is seen comes from there.
    private func pan(_ work: Workspace, _ name: String, _ encoder: String...) throws -> String {
        try work.ffmpeg(
            "-f", "lavfi", "-i", "color=gray:s=640x480", "-vf", "noise=alls=100,gblur=sigma=2",
            "-frames:v", "1", "picture.png")
        let arguments =
            ["-loop", "1", "-i", "picture.png", "-vf", "crop=320:240:n*4:n*2,format=yuv420p"]
            + ["-frames:v", "20"] + encoder + [name]
        return try work.ffmpeg(arguments)
    }

    private func frames(_ file: String, exports: Bool = true) throws -> [VideoFrame] {
        var options = VideoReader.Options()
        options.exportsMotion = exports
        return try readAll(VideoReader(file, options: options)).frames
    }

    @Test("H.264 and MPEG-4 give vectors that lead to where the picture was")
    func vectors() throws {
        let work = try Workspace()
        let files = [
            try pan(work, "a.mp4", "-c:v", "libx264", "-bf", "0", "-refs", "1"),
            try pan(work, "b.mkv", "-c:v", "mpeg4", "-q:v", "3"),
        ]
        for file in files {
            let frames = try frames(file)
            #expect(frames.count == 20)
            #expect(frames[0].motionVectors.isEmpty, "a keyframe has none")
            let vectors = frames.dropFirst().flatMap(\.motionVectors)
            #expect(vectors.count > 1000)
            #expect(vectors.allSatisfy { $0.width > 0 && $0.height > 0 && !$0.isFromLater })
            let right = vectors.count { abs($0.dx - 4) < 0.3 && abs($0.dy - 2) < 0.3 }
            #expect(Double(right) > 0.7 * Double(vectors.count), "\(file)")
        }
        #expect(try frames(files[0], exports: false).allSatisfy { $0.motionVectors.isEmpty })
    }

    @Test("B-frames also refer to later frames")
    func laterFrames() throws {
        let work = try Workspace()
        let file = try pan(work, "a.mp4", "-c:v", "libx264", "-bf", "3", "-b_strategy", "0")
        let vectors = try frames(file).flatMap(\.motionVectors)
        #expect(vectors.contains { $0.isFromLater })
        #expect(vectors.contains { !$0.isFromLater })
    }

    @Test("Lossless video and turned frames have none")
    func none() throws {
        let work = try Workspace()
        let file = try pan(work, "a.mkv", "-c:v", "ffv1")
        #expect(try frames(file).allSatisfy { $0.motionVectors.isEmpty })
        let upright = try pan(work, "b.mp4", "-c:v", "libx264", "-bf", "0")
        try turn(upright, clockwise: 90)
        let frames = try frames(upright)
        #expect(frames.first.map { ($0.width, $0.height) == (240, 320) } == true)
        #expect(frames.allSatisfy { $0.motionVectors.isEmpty })
    }
}
