import VideoIO

/// Paints the time into pictures and sends them, as a camera would.
struct ClockSource {
    static let width = 640
    static let height = 360

    var frameCount: Int
    var frameRate: Int
    var interruption: Interruption

    /// Sends all pictures, each when it is due, and ends the stream.
    func run(into sink: any FrameSink) throws {
        let start = PipelineClock.monotonic.now()
        let period = UInt64(1_000_000_000 / frameRate)
        for number in 0..<frameCount {
            guard interruption.sleep(until: start + UInt64(number) * period) else { break }
            let frame = try VideoFrame(
                width: Self.width, height: Self.height, format: .yuv420p,
                presentationTimestamp: Int64(number), timeBase: Rational(1, Int32(frameRate)),
                duration: 1)
            try paintScene(number, on: frame)
            // Last, so that painting the scene does not count.
            try ClockCode.paint(PipelineClock.monotonic.now() / 1000, on: frame)
            try sink.write(frame)
        }
        _ = try sink.finish()
    }

    /// A disc that moves over a plain ground, below the code: something for the network to find.
    private func paintScene(_ number: Int, on frame: VideoFrame) throws {
        let radius = 60
        let centre = (x: 100 + number * 7 % (Self.width - 200), y: 220)
        try frame.withMutablePlanes { planes in
            for (index, plane) in planes.enumerated() {
                let shift = index == 0 ? 0 : 1
                let (ground, disc): (UInt8, UInt8) =
                    index == 0 ? (110, 82) : index == 1 ? (128, 90) : (128, 240)
                for y in 0..<plane.height {
                    for x in 0..<plane.width {
                        let (dx, dy) = (x << shift - centre.x, y << shift - centre.y)
                        let isInside = dx * dx + dy * dy < radius * radius
                        plane.bytes[y * plane.bytesPerRow + x] = isInside ? disc : ground
                    }
                }
            }
        }
    }
}
