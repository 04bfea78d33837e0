import CFFmpeg
import Foundation
import OutputFiles

/// Where a live stream is written to.
public struct LiveTarget: Sendable, Hashable {
    /// What kind of place it is.
    public enum Kind: String, Sendable {
        /// A file that can be read up to its last keyframe while it is written.
        case file
        /// A server that takes RTSP streams.
        case rtsp
        /// A server that takes RTMP streams.
        case rtmp
        /// An MPEG transport stream over SRT, UDP, TCP or another protocol.
        case transportStream = "MPEG-TS"
        /// A playlist with segments, in files beside it.
        case hls = "HLS"
    }

    /// What kind of place it is.
    public let kind: Kind
    /// The name without secrets.
    public let name: String
    let address: String
    /// FFmpeg's name of the container.
    let formatName: String

    /// Takes a URL, or the name of a file whose extension chooses the container.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite` where nothing can be written like that.
    public init(_ text: String) throws {
        address = text
        name = redactedAddress(text)
        switch LiveAddress(text: text).scheme {
        case "rtsp": (kind, formatName) = (.rtsp, "rtsp")
        case "rtmp", "rtmps": (kind, formatName) = (.rtmp, "flv")
        case "srt", "udp", "tcp": (kind, formatName) = (.transportStream, "mpegts")
        case nil where text.lowercased().hasSuffix(".m3u8"): (kind, formatName) = (.hls, "hls")
        case nil:
            kind = .file
            formatName = VideoIO.text(try Muxer.format(for: text).pointee.name) ?? ""
        case let scheme?:
            throw VideoError(
                .cannotWrite, path: text, operation: "choose a container",
                reason: "cannot stream to \(scheme): use a file, .m3u8, rtsp, rtmp, srt, udp or tcp"
            )
        }
    }

    /// Whether it is on this machine's disks, so that a failure will hardly go away by itself.
    public var isLocal: Bool { kind == .file || kind == .hls }

    /// The file of that number among rolling ones: `door.mkv` becomes `door-00001.mkv`.
    public func segment(_ number: Int) throws -> LiveTarget {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        let slash = address.lastIndex(of: "/") ?? address.startIndex
        guard let dot = address[slash...].lastIndex(of: "."), dot > slash else { return self }
        return try LiveTarget("\(address[..<dot])-\(padded)\(address[dot...])")
    }

    /// Whether a file of that name is there.
    public var exists: Bool { kind == .file && access(address, F_OK) == 0 }

    /// Files beside a playlist that have the names of its segments, which it writes over and removes.
    public var existingSegments: [String] {
        guard kind == .hls else { return [] }
        let slash = address.lastIndex(of: "/")
        let directory = slash.map { address[...$0] } ?? ""
        let stem = address[directory.endIndex...].dropLast(".m3u8".count)
        let names =
            (try? FileManager.default.contentsOfDirectory(
                atPath: directory.isEmpty ? "." : String(directory))) ?? []
        return names.filter { name in
            guard name.hasPrefix(stem), name.hasSuffix(".ts") else { return false }
            let number = name.dropFirst(stem.count).dropLast(3)
            return !number.isEmpty && number.allSatisfy(\.isNumber)
        }.map { directory + $0 }
    }

    /// Checks that the target can be made, as far as that can be told without making it.
    ///
    /// - Throws: ``VideoError`` `.cannotWrite`.
    public func check(overwrite: Bool) throws {
        guard isLocal else { return }
        func fail(_ reason: String) -> VideoError {
            VideoError(.cannotWrite, path: name, operation: "create the file", reason: reason)
        }
        if !overwrite && access(address, F_OK) == 0 { throw fail("the file exists") }
        let slash = address.lastIndex(of: "/")
        let directory = slash.map { $0 == address.startIndex ? "/" : String(address[..<$0]) } ?? "."
        guard access(directory, W_OK | X_OK) == 0 else {
            throw fail("\(directory): \(systemText(errno))")
        }
    }

    var format: UnsafePointer<AVOutputFormat>? { av_guess_format(formatName, nil, nil) }

    /// What FFmpeg opens. A path must not pass for a URL, but a playlist's name is also where the names of
    /// its segments come from, which are read by others, so that it cannot carry a scheme.
    var url: String {
        switch kind {
        case .file: "file:" + address
        case .hls: address.hasPrefix("/") ? address : "./" + address
        case .rtsp, .rtmp, .transportStream: address
        }
    }

    /// Options for the container.
    var headerOptions: [String: String] {
        switch formatName {
        case "mp4", "mov", "ipod":
            ["movflags": "frag_keyframe+empty_moov+default_base_moof"]
        case "rtsp": ["rtsp_transport": "tcp"]
        case "flv": ["flvflags": "no_duration_filesize"]
        case "hls":
            [
                "hls_time": "2", "hls_list_size": "6",
                "hls_flags":
                    "delete_segments+independent_segments+program_date_time+temp_file",
            ]
        default: [:]
        }
    }

    /// Options for what lies below the container.
    var protocolOptions: [String: String] {
        // Seven packets of a transport stream fit into a datagram.
        ["udp", "srt"].contains(LiveAddress(text: address).scheme) ? ["pkt_size": "1316"] : [:]
    }
}

extension LiveTarget {
    /// A target's name without secrets, whatever it is.
    public static func displayName(of text: String) -> String { redactedAddress(text) }
}
