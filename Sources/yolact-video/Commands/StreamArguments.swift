import ArgumentParser
import Foundation
import Model
import Pipeline
import VideoIO

/// When cameras and outputs are connected to again.
struct ReconnectArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Connect again this long after a failure, twice as long after each further one; up to half of it \
            is taken off at random.
            """, valueName: "time"))
    var reconnectDelay: Seconds = 0.5

    @Option(
        help: ArgumentHelp("The longest wait before connecting again.", valueName: "time"))
    var maxReconnectDelay: Seconds = 30.0

    func validate() throws {
        guard reconnectDelay > 0, maxReconnectDelay >= reconnectDelay,
            maxReconnectDelay.value.isFinite
        else {
            throw ValidationError(
                "--reconnect-delay must be above 0, and --max-reconnect-delay no less than it")
        }
    }

    var backoff: Backoff {
        Backoff(initial: reconnectDelay.value, maximum: maxReconnectDelay.value)
    }
}

/// How cameras are read.
struct StreamInputArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Read cameras from this file too: a line each, 'NAME URL', 'NAME=URL' or just a URL; # begins \
            a comment.
            """, valueName: "file"),
        completion: .file())
    var sources: String?

    @Option(help: "How RTSP carries packets: tcp, udp, or auto (UDP first).")
    var transport = RTSPTransport.tcp

    @Option(
        help: ArgumentHelp("A camera has to answer within this time.", valueName: "time"))
    var openTimeout: Seconds = 10.0

    @Option(
        help: ArgumentHelp(
            "A camera that sends nothing for this long is opened again.", valueName: "time"))
    var readTimeout: Seconds = 5.0

    @Option(
        help: ArgumentHelp(
            "Give a camera up after this many failures in a row (default: never).",
            valueName: "count"))
    var maxReconnects: Int?

    @OptionGroup var reconnect: ReconnectArguments

    @Flag(help: "Play files in real time, as if they came from a camera.")
    var realtime = false

    @Flag(name: .customLong("loop"), help: "Begin files anew when they end.")
    var loops = false

    @Option(
        help: ArgumentHelp(
            "End after this time: seconds, or hours:minutes:seconds.", valueName: "time"))
    var duration: Seconds?

    @Option(
        help: ArgumentHelp(
            "End after this many processed frames of each camera.", valueName: "count"))
    var frames: Int?

    func validate() throws {
        for (name, value) in [("open", openTimeout), ("read", readTimeout)] {
            guard value > 0, value.value.isFinite else {
                throw ValidationError("--\(name)-timeout must be above 0")
            }
        }
        if let maxReconnects, maxReconnects < 0 {
            throw ValidationError("--max-reconnects must not be negative")
        }
        if let duration, !(duration > 0 && duration.value.isFinite) {
            throw ValidationError("--duration must be above 0")
        }
        if let frames, frames < 1 { throw ValidationError("--frames must be at least 1") }
    }

    var options: LiveReader.Options {
        var options = LiveReader.Options()
        options.transport = transport
        options.openDeadline = openTimeout.value
        options.readDeadline = readTimeout.value
        options.maximumFailures = maxReconnects
        options.backoff = reconnect.backoff
        options.isPaced = realtime
        options.loops = loops
        return options
    }
}

/// Which frames are processed.
struct StreamPaceArguments: ParsableArguments {
    /// What happens when frames come faster than they can be processed.
    enum Delivery: String, EnumerableFlag {
        case latest
        case everyFrame

        static func help(for value: Delivery) -> ArgumentHelp? {
            switch value {
            case .latest: "Process the newest frame, leave out older ones (the default)."
            case .everyFrame: "Process every frame; a camera has to wait if there is no time."
            }
        }
    }

    @Flag var delivery = Delivery.latest

    @Option(
        help: ArgumentHelp(
            "Leave out frames that cannot be ready this soon after they came.", valueName: "ms"))
    var maxLatency: Double?

    func validate() throws {
        guard let maxLatency else { return }
        guard maxLatency > 0, maxLatency.isFinite else {
            throw ValidationError("--max-latency must be above 0")
        }
        if delivery == .everyFrame {
            throw ValidationError("--every-frame and --max-latency exclude each other")
        }
    }
}

/// What streams write.
struct StreamOutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            """
            Where to write the annotated video; may be given several times. A file (.mp4, .mkv, .ts), an \
            HLS playlist (.m3u8), or an rtsp:, rtmp:, srt:, udp: or tcp: URL. {camera} stands for the \
            camera's name.
            """, valueName: "file|url"))
    var output: [String] = []

    @Option(
        help: ArgumentHelp(
            "Begin a new file after this time: NAME-00001.mkv and so on.", valueName: "time"))
    var segmentTime: Seconds?

    @Option(help: "While a camera is away, outputs show: freeze, notice or stop (nothing).")
    var onLoss = LossPolicy.notice

    @Flag(help: "Write onto pictures that may be damaged that they are.")
    var markSuspect = false

    @Option(
        help: ArgumentHelp(
            """
            Add the instances of each frame to this file as a line of JSON; each run counts frames anew. - for \
            standard output.
            """,
            valueName: "file"),
        completion: .file())
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Begin a new --json file at this size, keep five old ones.", valueName: "megabytes"))
    var jsonRotate: Double?

    @Option(
        help: ArgumentHelp(
            """
            Serve a page with live pictures, /metrics, /healthz, /readyz and /events here; a port alone \
            means this machine only.
            """, valueName: "host:port"))
    var serve: String?

    @Option(help: "Encoder, as FFmpeg names it (default: libx264).")
    var codec: String?

    @Option(help: "Constant rate factor of the encoder: lower is better and larger.")
    var crf: Double?

    @Option(help: "Preset of the encoder (default for libx264: veryfast).")
    var preset: String?

    @Option(
        help: ArgumentHelp(
            """
            Pixel format to encode, as FFmpeg names it (default: yuv420p, which all players know; yuv420p10le \
            for HDR).
            """, valueName: "name"))
    var pixelFormat: String?

    @Option(
        help: ArgumentHelp("Time from keyframe to keyframe.", valueName: "time"))
    var keyframeInterval: Seconds = 1.0

    @Flag(help: "Replace existing output files; to those of --json lines are added all the same.")
    var overwrite = false

    func validate() throws {
        if let segmentTime, !(segmentTime > 0 && segmentTime.value.isFinite) {
            throw ValidationError("--segment-time must be above 0")
        }
        if let jsonRotate, !(jsonRotate > 0 && jsonRotate < 1e9) {
            throw ValidationError("--json-rotate must be above 0")
        }
        if let serve, ServerAddress(serve) == nil {
            throw ValidationError("--serve \(serve) is neither HOST:PORT nor a port")
        }
        guard keyframeInterval > 0, keyframeInterval <= 60 else {
            throw ValidationError("--keyframe-interval must lie between 0 and 60")
        }
    }

    var encoding: LiveEncoder.Options {
        var options = LiveEncoder.Options()
        options.codec = codec
        options.crf = crf
        options.preset = preset
        options.pixelFormat = pixelFormat
        options.keyframeInterval = keyframeInterval.value
        return options
    }

    /// Checks that every camera has outputs of its own.
    func checkOutputs(for sources: [StreamSource]) throws {
        guard sources.count > 1 else { return }
        for output in output where !output.contains("{camera}") {
            throw ValidationError(
                "with several cameras, --output \(LiveTarget.displayName(of: output)) needs {camera} in it"
            )
        }
    }

    /// Notes the files that are written, and checks that there can be such outputs.
    func note(for sources: [StreamSource], in files: inout CommandFiles) throws {
        for source in sources {
            for text in output {
                let path = text.replacingOccurrences(of: "{camera}", with: source.name)
                let target = try LiveTarget(path)
                try target.check(encoding)
                guard target.isLocal else { continue }
                // Rolling files never take a name that is taken.
                guard target.kind != .file || segmentTime == nil else { continue }
                for file in [path] + target.existingSegments {
                    files.write(file, as: "--output", .init(overwrite: overwrite))
                }
            }
        }
        files.write(json, as: "--json", .appended)
        guard let json, jsonRotate != nil else { return }
        for number in 1...StreamRecordLog.keptFiles {
            files.touch("\(json).\(number)", as: "--json")
        }
    }

    /// The outputs of a camera.
    func makeOutputs(
        for source: StreamSource, backoff: Backoff, log: @escaping StreamLog
    ) throws -> [StreamOutput] {
        try output.map { text in
            var options = StreamOutput.Options()
            options.backoff = backoff
            options.overwrite = overwrite
            let target = try LiveTarget(
                text.replacingOccurrences(of: "{camera}", with: source.name))
            if target.kind == .file { options.segmentTime = segmentTime?.value }
            return try StreamOutput(target, options: options, log: log)
        }
    }

    /// The server, if there is to be one.
    func makeServer(for sources: [StreamSource]) throws -> StreamServer? {
        try serve.flatMap { ServerAddress($0) }.map {
            try StreamServer($0, cameras: sources.map(\.name))
        }
    }

    /// The file of records, if there is to be one.
    func makeRecords(log: @escaping StreamLog) throws -> StreamRecordLog? {
        try json.map {
            try StreamRecordLog(
                path: $0, largestSize: jsonRotate.map { Int64($0 * 1e6) }, log: log)
        }
    }
}

/// The cameras that a command line names.
enum SourceList {
    /// Reads arguments (`URL` or `NAME=URL`) and a file of sources: one a line, as an argument or as
    /// `NAME URL`; what follows a `#` at the beginning of a word is a comment.
    static func sources(_ arguments: [String], file: String?) throws -> [StreamSource] {
        var named: [(name: String?, address: String)] = arguments.map(split)
        if let file { named += try read(file) }
        guard !named.isEmpty else { throw ValidationError("give a source, or --sources FILE") }
        let sources = named.enumerated().map { index, entry in
            StreamSource(name: entry.name ?? "camera\(index + 1)", address: entry.address)
        }
        var seen: Set<String> = []
        for source in sources where !seen.insert(source.name).inserted {
            throw ValidationError("two cameras are called \(source.name)")
        }
        return sources
    }

    /// Takes `NAME=` off the front.
    private static func split(_ argument: String) -> (name: String?, address: String) {
        guard let equals = argument.firstIndex(of: "="), isName(argument[..<equals]) else {
            return (nil, argument)
        }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }

    private static func read(_ path: String) throws -> [(name: String?, address: String)] {
        let text: Data
        do {
            text = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw VideoError(
                .noInput, path: path, operation: "read the list of sources",
                reason: error.localizedDescription)
        }
        return try LineReader.lines(text).compactMap { number, line in
            // A fragment in a URL has no blank before it.
            let words = line.split(whereSeparator: \.isWhitespace).prefix { !$0.hasPrefix("#") }
            switch words.count {
            case 0: return nil
            case 1: return split(String(words[0]))
            case 2 where isName(words[0]): return (String(words[0]), String(words[1]))
            default:
                throw VideoError(
                    .notDecodable, path: path, operation: "read the list of sources",
                    reason: "line \(number) is neither 'NAME URL', 'NAME=URL' nor a URL")
            }
        }
    }
}
