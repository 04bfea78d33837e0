import CFFmpeg

extension PixelFormat {
    var raw: AVPixelFormat {
        switch self {
        case .yuv420p: AV_PIX_FMT_YUV420P
        case .yuv422p: AV_PIX_FMT_YUV422P
        case .yuv444p: AV_PIX_FMT_YUV444P
        case .nv12: AV_PIX_FMT_NV12
        case .yuv420p10: AV_PIX_FMT_YUV420P10LE
        case .yuv422p10: AV_PIX_FMT_YUV422P10LE
        case .yuv444p10: AV_PIX_FMT_YUV444P10LE
        case .p010: AV_PIX_FMT_P010LE
        }
    }

    init?(_ raw: AVPixelFormat) {
        guard let format = Self.allCases.first(where: { $0.raw == raw }) else { return nil }
        self = format
    }

    /// The format that FFmpeg names apart only for its full range, "yuvj420p".
    init?(fullRange raw: AVPixelFormat) {
        switch raw {
        case AV_PIX_FMT_YUVJ420P: self = .yuv420p
        case AV_PIX_FMT_YUVJ422P: self = .yuv422p
        case AV_PIX_FMT_YUVJ444P: self = .yuv444p
        default: return nil
        }
    }

    /// FFmpeg's old full-range name for an 8-bit planar format.
    var rawFullRange: AVPixelFormat? {
        switch self {
        case .yuv420p: AV_PIX_FMT_YUVJ420P
        case .yuv422p: AV_PIX_FMT_YUVJ422P
        case .yuv444p: AV_PIX_FMT_YUVJ444P
        default: nil
        }
    }

    /// The format that loses least of a foreign one.
    init(nearest raw: AVPixelFormat) {
        guard let descriptor = av_pix_fmt_desc_get(raw)?.pointee else {
            self = .yuv444p
            return
        }
        let deep = descriptor.comp.0.depth > 8
        let flags = descriptor.flags
        func has(_ flag: Int32) -> Bool { flags & UInt64(flag) != 0 }
        if has(AV_PIX_FMT_FLAG_BAYER) {
            self = .yuv420p
        } else if has(AV_PIX_FMT_FLAG_RGB) || has(AV_PIX_FMT_FLAG_PAL) {
            self = deep ? .yuv444p10 : .yuv444p
        } else if descriptor.nb_components <= 2 {
            // Grey, with or without alpha: the chroma that is missing costs least this way.
            self = deep ? .yuv420p10 : .yuv420p
        } else {
            switch (descriptor.log2_chroma_w, descriptor.log2_chroma_h) {
            case (0, _): self = deep ? .yuv444p10 : .yuv444p
            case (_, 0): self = deep ? .yuv422p10 : .yuv422p
            default: self = deep ? .yuv420p10 : .yuv420p
            }
        }
    }
}

/// FFmpeg's name of a pixel format.
func name(of format: AVPixelFormat) -> String {
    text(av_get_pix_fmt_name(format)) ?? "unknown (\(format.rawValue))"
}
