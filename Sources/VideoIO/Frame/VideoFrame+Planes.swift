import CFFmpeg

extension VideoFrame {
    /// Lends the planes for reading: Y, U, V, or Y and UV. They are valid only inside `body`.
    public func withPlanes<R>(_ body: (FramePlanes) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(FramePlanes(frame: self)) }
    }

    /// Lends the planes for writing, after giving the frame memory of its own if it shares any. They
    /// are valid only inside `body`, and nothing else may use the frame meanwhile.
    ///
    /// - Throws: ``VideoError`` when there is no memory for the copy, and what `body` throws.
    public func withMutablePlanes<R>(_ body: (MutableFramePlanes) throws -> R) throws -> R {
        try makeWritable()
        return try withExtendedLifetime(self) { try body(MutableFramePlanes(frame: self)) }
    }

    /// A frame with the same contents and memory of its own.
    ///
    /// - Throws: ``VideoError`` when there is no memory for it.
    public func copy() throws -> VideoFrame {
        let copy = try copiedSamples()
        let frame = VideoFrame(
            adopting: copy, format: format, timeBase: timeBase, codedHeight: colour.pictureHeight,
            orientation: sourceOrientation, pool: pool)
        frame.timing = timing
        return frame
    }

    /// Copies the samples into recycled memory when someone else refers to them too.
    private func makeWritable() throws {
        guard av_frame_is_writable(raw) == 0 else { return }
        let copy = try copiedSamples()
        defer { free(copy) }
        av_frame_unref(raw)
        av_frame_move_ref(raw, copy)
    }

    private func copiedSamples() throws -> UnsafeMutablePointer<AVFrame> {
        let copy = try pool.makeFrame(
            width: raw.pointee.width, height: raw.pointee.height, format: raw.pixelFormat)
        do {
            try check(.internal, path: "", "copy a frame") { av_frame_copy_props(copy, raw) }
            try check(.internal, path: "", "copy a frame") { av_frame_copy(copy, raw) }
            return copy
        } catch {
            free(copy)
            throw error
        }
    }

    /// Memory, bytes a row, samples a row and rows of one plane.
    func plane(
        _ index: Int
    ) -> (bytes: UnsafeMutableRawBufferPointer, bytesPerRow: Int, width: Int, height: Int) {
        let (start, stride) = raw.plane(index)
        let size = format.planeSize(index, width: width, height: height)
        // A cropped picture's last row may end where the memory does: the padding behind it is not
        // counted.
        let bytes = size.height == 0 ? 0 : stride * (size.height - 1) + size.rowBytes
        return (
            UnsafeMutableRawBufferPointer(start: start, count: bytes), stride, size.width,
            size.height
        )
    }
}

extension PixelFormat {
    /// Samples a row, rows and bytes a row of one plane; an interleaved UV pair is one sample.
    func planeSize(
        _ index: Int, width: Int, height: Int
    ) -> (width: Int, height: Int, rowBytes: Int) {
        guard index > 0 else { return (width, height, width * bytesPerSample) }
        let columns = (width + (1 << chromaShiftX) - 1) >> chromaShiftX
        let rows = (height + (1 << chromaShiftY) - 1) >> chromaShiftY
        return (columns, rows, columns * bytesPerSample * (isSemiPlanar ? 2 : 1))
    }
}
