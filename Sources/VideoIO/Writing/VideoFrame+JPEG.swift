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
        let (evenX, evenY) = (x & ~1, y & ~1)
        let left = min(max(evenX, 0), (self.width - 1) & ~1)
        let top = min(max(evenY, 0), (self.height - 1) & ~1)
        let right = min(max(evenX + width, left + 1), self.width)
        let bottom = min(max(evenY + height, top + 1), self.height)
        let part = try cropped(left: left, top: top, right: right, bottom: bottom)
        defer { free(part) }

        let scale = min(1, Double(max(16, largestSide)) / Double(max(right - left, bottom - top)))
        func scaled(_ side: Int) -> Int32 { Int32(max(1, (Double(side) * scale).rounded())) }
        let origin = PictureSpecification(part, codedHeight: colour.pictureHeight)
        // JFIF: full range, BT.601.
        var target = origin
        target.width = scaled(right - left)
        target.height = scaled(bottom - top)
        target.format = AV_PIX_FMT_YUVJ420P
        target.matrix = .bt470bg
        target.isFullRange = true
        let converted = try FramePool().makeFrame(
            width: target.width, height: target.height, format: target.format)
        defer { free(converted) }
        try PixelConverter().convert(part, as: origin, into: converted, as: target)
        return try Self.encodeJPEG(converted, target)
    }

    /// A frame that refers to a part of this one's samples.
    private func cropped(
        left: Int, top: Int, right: Int, bottom: Int
    ) throws -> UnsafeMutablePointer<AVFrame> {
        let part = try allocated(av_frame_alloc(), "a frame")
        do {
            try check(.internal, path: "", "refer to a frame") { av_frame_ref(part, raw) }
            part.pointee.crop_left = left
            part.pointee.crop_top = top
            part.pointee.crop_right = width - right
            part.pointee.crop_bottom = height - bottom
            try check(.internal, path: "", "cut a frame") {
                av_frame_apply_cropping(part, Int32(AV_FRAME_CROP_UNALIGNED))
            }
            return part
        } catch {
            free(part)
            throw error
        }
    }

    private static func encodeJPEG(
        _ frame: UnsafePointer<AVFrame>, _ picture: PictureSpecification
    ) throws -> [UInt8] {
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG) else {
            throw VideoError(
                .internal, path: "", operation: "encode a JPEG picture",
                reason: "this FFmpeg has no encoder for it")
        }
        var options = VideoWriter.Options()
        options.threads = 1
        var colour = ColourDescription(pictureHeight: Int(picture.height))
        colour.matrix = picture.matrix
        colour.range = .full
        let encoder = try Encoder(
            EncoderChoice(codec: codec),
            settings: Encoder.Settings(
                width: picture.width, height: picture.height, format: picture.format,
                colour: colour, sampleAspectRatio: Rational(0, 1), timeBase: Rational(1, 1),
                frameRate: nil, hasConstantRate: true, needsGlobalHeader: false,
                options: options), path: "")
        var bytes: [UInt8] = []
        func take(_ packet: UnsafeMutablePointer<AVPacket>) {
            bytes.append(
                contentsOf: UnsafeBufferPointer(
                    start: packet.pointee.data, count: Int(packet.pointee.size)))
        }
        try encoder.encode(frame, timestamp: 0, duration: 1) { take($0) }
        try encoder.finish { take($0) }
        return bytes
    }
}
