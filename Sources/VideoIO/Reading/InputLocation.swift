import CFFmpeg
import Glibc

/// What a name given as input stands for.
///
/// What exists under a name is meant by it, whatever else the name could be read as. Only a name with nothing behind
/// it can be a pattern or a URL.
enum InputLocation {
    /// A pipe or terminal, `-` for standard input.
    case pipe(String)
    /// Pictures in order, as a script for FFmpeg's concat demuxer.
    case pictures(script: [UInt8])
    /// Something for FFmpeg to open.
    ///
    /// - Parameters:
    ///   - url: With a protocol where it is a file, so that nothing else is read into its name.
    ///   - format: The demuxer; nil for one that FFmpeg finds out.
    ///   - options: What the demuxer has to be told.
    case url(String, format: String? = nil, options: [String: String] = [:])

    /// Finds out what a name stands for.
    ///
    /// - Throws: ``VideoError`` where nothing is there.
    init(_ name: String) throws {
        guard name != "-" else {
            // Standard input from a file can be opened anew, and then sought in.
            var status = stat()
            let isFile = fstat(STDIN_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            self = isFile ? .url("file:/dev/fd/0") : .pipe(name)
            return
        }
        var file = name
        var status = stat()
        var code = stat(file, &status) == 0 ? 0 : errno
        if code != 0, name.hasPrefix("file:") {
            file = String(name.dropFirst("file:".count))
            code = stat(file, &status) == 0 ? 0 : errno
        }
        guard code == 0 else {
            self = try Self.pattern(file, name: name, errno: code)
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFIFO:
            self = .pipe(file)
        case S_IFDIR:
            self = .pictures(script: try PictureList(folder: file, name: name).script)
        case S_IFREG where status.st_size == 0:
            throw VideoError(
                .notDecodable, path: name, operation: "open", reason: "the file is empty")
        case S_IFREG where PicturePattern.isPattern(file):
            self = .url("file:" + file, format: "image2", options: ["pattern_type": "none"])
        case S_IFREG where FileHead(path: file)?.isList == true:
            // Who names a list means what is in it, wherever that lies.
            self = .url("file:" + file, format: "concat", options: ["safe": "0"])
        default:
            self = .url("file:" + file)
        }
    }

    /// What a name without a file stands for.
    private static func pattern(_ file: String, name: String, errno code: Int32) throws -> Self {
        if PicturePattern.isNumbered(file) { return .url("file:" + file) }
        if code == ENOENT, PicturePattern.isGlob(file), !isURL(name),
            let list = try PictureList(glob: file, name: name)
        {
            return .pictures(script: list.script)
        }
        // A URL perhaps. Anything else is reported with the system's words.
        guard isURL(name) else {
            throw VideoError(.noInput, path: name, operation: "open", errno: code)
        }
        return .url(name)
    }

    private static func isURL(_ name: String) -> Bool {
        name.contains(":") && !name.hasPrefix("file:")
    }
}

/// Which names FFmpeg's image2 demuxer takes for more than the name of a file.
enum PicturePattern {
    /// Whether a number, such as `%05d`, stands in the name of a picture.
    static func isNumbered(_ name: String) -> Bool {
        name.contains("%") && av_filename_number_test(name) == 1 && isPicture(name)
    }

    /// Whether a name has signs that stand for other signs.
    static func isGlob(_ name: String) -> Bool { name.contains { "*?[{".contains($0) } }

    /// Whether the name of a picture could be taken for that of several.
    static func isPattern(_ name: String) -> Bool {
        (name.contains("%") || isGlob(name)) && isPicture(name)
    }

    /// Whether FFmpeg knows a kind of picture by how the name ends.
    static func isPicture(_ name: String) -> Bool {
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return false }
        // Without a file FFmpeg chooses by name only where that is a pattern.
        var probe = AVProbeData()
        return "%d\(last[dot...])".withCString { text in
            probe.filename = text
            var score: Int32 = 0
            let format = av_probe_input_format2(&probe, 0, &score)
            return VideoIO.text(format?.pointee.name) == "image2"
        }
    }
}
