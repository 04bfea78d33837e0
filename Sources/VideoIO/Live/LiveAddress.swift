import Glibc

/// How RTSP carries its packets.
public enum RTSPTransport: String, Sendable, CaseIterable {
    /// Within the connection: nothing is lost, the default.
    case tcp
    /// Packets of their own: some may be lost.
    case udp
    /// UDP, and TCP where the server refuses it or nothing comes.
    case auto
}

/// A place that live video comes from, and what FFmpeg has to be told to open it.
struct LiveAddress {
    /// File or URL, secrets included.
    let text: String

    /// The scheme of a URL in lower case; nil for a path.
    var scheme: String? {
        guard let mark = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<mark.lowerBound]
        return scheme.isEmpty ? nil : scheme.lowercased()
    }

    /// Whether it is a file that ends, rather than something that should never do so.
    var isFile: Bool {
        guard scheme == nil || scheme == "file" else { return false }
        return !isCamera
    }

    /// Whether it is a capture device.
    var isCamera: Bool {
        var status = stat()
        return stat(text, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
    }

    /// Whether it is an HTTP live stream, by its name.
    private var isPlaylist: Bool {
        let path = text.prefix { $0 != "?" && $0 != "#" }
        return scheme?.hasPrefix("http") == true && path.lowercased().hasSuffix(".m3u8")
    }

    /// Options for FFmpeg's protocol and demuxer.
    func inputOptions(transport: RTSPTransport, readDeadline: Double) -> [String: String] {
        let microseconds = "\(Int(max(0.001, min(readDeadline, 1e6)) * 1e6))"
        switch scheme {
        case "rtsp", "rtsps":
            var options = ["timeout": microseconds]
            if transport != .auto { options["rtsp_transport"] = transport.rawValue }
            if transport != .tcp {
                // A keyframe's packets come all at once.
                options["buffer_size"] = "4194304"
            }
            return options
        case "udp": return ["overrun_nonfatal": "1", "fifo_size": "50000"]
        case _ where isPlaylist: return ["live_start_index": "-1"]
        default: return [:]
        }
    }
}
