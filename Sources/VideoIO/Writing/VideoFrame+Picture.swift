import CFFmpeg

extension VideoFrame {
    /// A part of the picture, converted to what `adjust` makes of its specification, as a file of one picture.
    func picture(
        x: Int, y: Int, width: Int, height: Int, as codec: AVCodecID,
        adjust: (inout PictureSpecification) -> Void
    ) throws -> [UInt8] {
        let part = try cropped(x: x, y: y, width: width, height: height)
        defer { free(part) }
        let origin = PictureSpecification(part, codedHeight: colour.pictureHeight)
        var target = origin
        adjust(&target)
        let converted = try FramePool().makeFrame(
            width: target.width, height: target.height, format: target.format)
        defer { free(converted) }
        try PixelConverter().convert(part, as: origin, into: converted, as: target)
        return try encodePicture(converted, target, as: codec)
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
