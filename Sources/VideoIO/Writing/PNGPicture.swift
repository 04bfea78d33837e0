import CFFmpeg

/// Pictures as PNG files.
public enum PNGPicture {
    /// How the bytes of a picture are to be understood.
    public enum Samples: Sendable, Hashable {
        /// One byte a pixel, 0 black to 255 white.
        case grey
        /// Three bytes a pixel: R, G, B.
        case rgb

        /// Bytes a pixel.
        public var bytesPerPixel: Int { self == .grey ? 1 : 3 }
    }

    /// A PNG file of a picture.
    ///
    /// - Parameters:
    ///   - bytes: The samples row by row, nothing between rows.
    ///   - samples: What they are.
    ///   - width: Columns, at least 1.
    ///   - height: Rows, at least 1.
    /// - Returns: The file's bytes.
    /// - Throws: ``VideoError``.
    public static func encode(
        _ bytes: [UInt8], _ samples: Samples, width: Int, height: Int
    ) throws -> [UInt8] {
        precondition(bytes.count == width * height * samples.bytesPerPixel)
        let format = samples == .grey ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24
        let frame = try FramePool().makeFrame(
            width: Int32(clamping: width), height: Int32(clamping: height), format: format)
        defer { free(frame) }
        let (start, stride) = frame.plane(0)
        let row = width * samples.bytesPerPixel
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress, let start else { return }
            for line in 0..<height {
                UnsafeMutableRawPointer(start + line * stride).copyMemory(
                    from: base + line * row, byteCount: row)
            }
        }
        return try encodePicture(
            frame, PictureSpecification(frame, codedHeight: height), as: AV_CODEC_ID_PNG)
    }
}

extension VideoFrame {
    /// The whole picture as a PNG file, 8 bits a component.
    ///
    /// - Returns: The file's bytes.
    /// - Throws: ``VideoError``.
    public func png() throws -> [UInt8] { try png(x: 0, y: 0, width: width, height: height) }

    /// A part of the picture as a PNG file, 8 bits a component.
    ///
    /// - Parameters:
    ///   - x: Left column of the part; rounded down to an even one, as chroma has half the samples.
    ///   - y: Top row, likewise.
    ///   - width: Columns; parts outside of the picture are left out.
    ///   - height: Rows.
    /// - Returns: The file's bytes.
    /// - Throws: ``VideoError``.
    public func png(x: Int, y: Int, width: Int, height: Int) throws -> [UInt8] {
        try picture(x: x, y: y, width: width, height: height, as: AV_CODEC_ID_PNG) { target in
            target.format = AV_PIX_FMT_RGB24
            target.matrix = .rgb
            target.isFullRange = true
        }
    }
}
