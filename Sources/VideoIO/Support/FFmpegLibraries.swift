import CFFmpeg

/// FFmpeg as it is on this machine: the libraries that the program was started with, which may be newer than
/// those it was built with.
public enum FFmpegLibraries {
    /// The release that the libraries come from, as its builder calls it: `5.1.9-0+deb12u1`.
    public static var release: String { String(cString: av_version_info()) }

    /// The libraries in use and their versions, such as `libavformat` and `59.27.100`.
    public static var versions: [(name: String, version: String)] {
        [
            ("libavformat", text(avformat_version())), ("libavcodec", text(avcodec_version())),
            ("libswscale", text(swscale_version())), ("libavutil", text(avutil_version())),
        ]
    }

    /// Eight bits each of minor and micro, as AV_VERSION_INT packs them.
    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 0xff).\(version & 0xff)"
    }
}
