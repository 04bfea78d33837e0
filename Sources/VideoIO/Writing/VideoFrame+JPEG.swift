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
        let part = try cropped(x: x, y: y, width: width, height: height)
        defer { free(part) }

        let size = (width: Int(part.pointee.width), height: Int(part.pointee.height))
        let scale = min(1, Double(max(16, largestSide)) / Double(max(size.width, size.height)))
        func scaled(_ side: Int) -> Int32 { Int32(max(1, (Double(side) * scale).rounded())) }
        let origin = PictureSpecification(part, codedHeight: colour.pictureHeight)
        // JFIF: full range, BT.601.
        var target = origin
        target.width = scaled(size.width)
        target.height = scaled(size.height)
        target.format = AV_PIX_FMT_YUVJ420P
        target.matrix = .bt470bg
        target.isFullRange = true
        let converted = try FramePool().makeFrame(
            width: target.width, height: target.height, format: target.format)
        defer { free(converted) }
        try PixelConverter().convert(part, as: origin, into: converted, as: target)
        return try encodePicture(converted, target, as: AV_CODEC_ID_MJPEG)
    }

    /// A frame that refers to a part of this one's samples: that part of a rectangle which lies in the
    /// picture, left and top rounded down to even numbers, as chroma has half the samples.
    func cropped(
        x: Int, y: Int, width: Int, height: Int
    ) throws -> UnsafeMutablePointer<AVFrame> {
        let (evenX, evenY) = (x & ~1, y & ~1)
        let left = min(max(evenX, 0), (self.width - 1) & ~1)
        let top = min(max(evenY, 0), (self.height - 1) & ~1)
        let right = min(max(evenX + width, left + 1), self.width)
        let bottom = min(max(evenY + height, top + 1), self.height)
        let part = try allocated(av_frame_alloc(), "a frame")
        do {
            try check(.internal, path: "", "refer to a frame") { av_frame_ref(part, raw) }
            part.pointee.crop_left = left
            part.pointee.crop_top = top
            part.pointee.crop_right = self.width - right
            part.pointee.crop_bottom = self.height - bottom
            try check(.internal, path: "", "cut a frame") {
                av_frame_apply_cropping(part, Int32(AV_FRAME_CROP_UNALIGNED))
            }
            return part
        } catch {
            free(part)
            throw error
        }
    }
}
