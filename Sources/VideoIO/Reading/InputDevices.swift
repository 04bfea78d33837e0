import CFFmpeg
import Glibc

/// FFmpeg's capture devices, which are input formats of a library of their own.
///
/// That library brings a hundred others with it (displays, sound servers, filters), which would triple the time
/// that the program takes to start. It is loaded when a device is first asked for.
enum InputDevices {
    private static let registered: Bool = {
        guard let library = dlopen(yv_device_library(), RTLD_NOW | RTLD_GLOBAL),
            let symbol = dlsym(library, "avdevice_register_all")
        else { return false }
        unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
        return true
    }()

    /// An input format by name, devices among them; nil where FFmpeg or its library of devices lacks it.
    static func format(named name: String) -> UnsafePointer<AVInputFormat>? {
        if let found = av_find_input_format(name) { return found }
        return registered ? av_find_input_format(name) : nil
    }
}
