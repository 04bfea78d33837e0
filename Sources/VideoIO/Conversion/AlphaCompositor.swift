import CFFmpeg

/// Lays a picture with an alpha plane over one colour. Works on luma and chroma, which are linear in
/// the coded RGB, so that it equals compositing there.
enum AlphaCompositor {
    /// Blends the planes of `frame`, yuva with alpha last, in place; its memory must be its own.
    ///
    /// - Parameter background: Y, U and V of the colour behind, at the frame's depth.
    static func composite(
        _ frame: UnsafeMutablePointer<AVFrame>, format: PixelFormat, background: [Int]
    ) {
        if format.bytesPerSample == 1 {
            blend(frame, UInt8.self, format: format, background: background)
        } else {
            blend(frame, UInt16.self, format: format, background: background)
        }
    }

    /// Y, U and V of an RGB colour (0...255 each).
    static func components(
        of colour: (red: UInt8, green: UInt8, blue: UInt8), in description: ColourDescription,
        depth: Int
    ) -> [Int] {
        let (kr, kb) = (Double(description.redWeight), Double(description.blueWeight))
        let (r, g, b) = (
            Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255
        )
        let luma = kr * r + (1 - kr - kb) * g + kb * b
        let u = (b - luma) / (2 * (1 - kb))
        let v = (r - luma) / (2 * (1 - kr))
        let scale = Double(1 << (depth - 8))
        let peak = Double(1 << depth) - 1
        let values =
            description.isFullRange
            ? [luma * peak, 128 * scale + u * peak, 128 * scale + v * peak]
            : [(16 + 219 * luma) * scale, (128 + 224 * u) * scale, (128 + 224 * v) * scale]
        return values.map { Int(min(max($0.rounded(), 0), peak)) }
    }

    private static func blend<Sample: FixedWidthInteger & UnsignedInteger>(
        _ frame: UnsafeMutablePointer<AVFrame>, _: Sample.Type, format: PixelFormat,
        background: [Int]
    ) {
        let width = Int(frame.pointee.width)
        let height = Int(frame.pointee.height)
        let opaque = (1 << format.bitDepth) - 1
        let alpha = frame.plane(3)
        guard let alphaStart = alpha.start else { return }
        func row(_ start: UnsafeMutablePointer<UInt8>, _ stride: Int, _ y: Int)
            -> UnsafeMutablePointer<Sample>
        {
            UnsafeMutableRawPointer(start + y * stride).assumingMemoryBound(to: Sample.self)
        }
        for plane in 0..<3 {
            let (start, stride) = frame.plane(plane)
            guard let start else { continue }
            let (sx, sy) = plane == 0 ? (0, 0) : (format.chromaShiftX, format.chromaShiftY)
            let size = format.planeSize(plane, width: width, height: height)
            for y in 0..<size.height {
                let samples = row(start, stride, y)
                let y0 = y << sy
                let y1 = min(y0 + (1 << sy) - 1, height - 1)
                let upper = row(alphaStart, alpha.stride, y0)
                let lower = row(alphaStart, alpha.stride, y1)
                for x in 0..<size.width {
                    let x0 = x << sx
                    let x1 = min(x0 + (1 << sx) - 1, width - 1)
                    // The mean over the luma samples that share this sample, times four.
                    let a = Int(upper[x0]) + Int(upper[x1]) + Int(lower[x0]) + Int(lower[x1])
                    let value = Int(samples[x]) * a + background[plane] * (4 * opaque - a)
                    samples[x] = Sample(
                        clamping: min((value + 2 * opaque) / (4 * opaque), opaque))
                }
            }
        }
    }
}
