import CFFmpeg

/// FFmpeg's capture devices, which are input formats of a library of their own.
enum InputDevices {
    private static let registered: Void = avdevice_register_all()

    /// An input format by name, devices among them.
    static func format(named name: String) -> UnsafePointer<AVInputFormat>? {
        _ = registered
        return av_find_input_format(name)
    }
}
