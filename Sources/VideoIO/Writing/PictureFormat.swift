import CFFmpeg

/// What a name says about pictures.
struct PictureFormat {
    let codec: UnsafePointer<AVCodec>
    let container: UnsafePointer<AVOutputFormat>
    /// Whether the name stands for many, as `out-%05d.png` does.
    let isPattern: Bool

    /// nil for a name that belongs to no format for pictures.
    init?(path: String) {
        guard let format = av_guess_format(nil, path, nil), text(format.pointee.name) == "image2",
            let codec = avcodec_find_encoder(
                av_guess_codec(format, nil, path, nil, AVMEDIA_TYPE_VIDEO))
        else { return nil }
        self.codec = codec
        container = format
        isPattern = av_filename_number_test(path) != 0
    }

    /// The name of a picture of the pattern.
    static func name(_ pattern: String, number: Int) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress,
                av_get_frame_filename2(
                    base, Int32(buffer.count), pattern, Int32(clamping: number), 0) >= 0
            else { return nil }
            return String(cString: base)
        }
    }
}
