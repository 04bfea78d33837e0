import CFFmpeg

extension VideoFrame {
    /// A part of the picture as a JPEG file, scaled down to fit if need be.
    ///
    /// - Parameters:
    ///   - x: Left column of the part; rounded down to an even one, as chroma has half the samples.
    ///   - y: Top row, likewise.
    ///   - width: Columns; parts outside of the picture are left out.
    ///   - height: Rows.
    ///   - largestSide: Pixels that the longer side of the file's picture may have, at least 16.
    /// - Returns: The file's bytes.
    /// - Throws: ``VideoError``.
    public func jpeg(
        x: Int, y: Int, width: Int, height: Int, largestSide: Int
    ) throws -> [UInt8] {
        try picture(x: x, y: y, width: width, height: height, as: AV_CODEC_ID_MJPEG) { target in
            let longest = Double(max(target.width, target.height))
            let scale = min(1, Double(max(16, largestSide)) / longest)
            func scaled(_ side: Int32) -> Int32 { max(1, Int32((Double(side) * scale).rounded())) }
            target.width = scaled(target.width)
            target.height = scaled(target.height)
            // JFIF: full range, BT.601.
            target.format = AV_PIX_FMT_YUVJ420P
            target.matrix = .bt470bg
            target.isFullRange = true
        }
    }
}
