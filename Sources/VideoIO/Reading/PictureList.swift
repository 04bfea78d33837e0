import CFFmpeg
import Glibc

/// Pictures that follow one another like the frames of a video, 25 a second as FFmpeg has them: those of a folder, or
/// those whose names fit.
struct PictureList {
    /// Absolute paths in order: numbers in names count as numbers.
    let paths: [String]

    /// All pictures in a folder, not in folders within.
    ///
    /// - Parameter name: What the user called it.
    /// - Throws: ``VideoError`` where there are none, or of several kinds.
    init(folder: String, name: String) throws {
        guard let directory = opendir(folder) else {
            throw VideoError(.noInput, path: name, operation: "open", errno: errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(cString: $0)
                }
            }
            if !found.hasPrefix("."), PicturePattern.isPicture(found) { names.append(found) }
        }
        guard !names.isEmpty else {
            throw VideoError(
                .noInput, path: name, operation: "open",
                reason: "it is a folder, and holds no pictures")
        }
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        try self.init(names.map { base + $0 }, name: name)
    }

    /// The files that fit a pattern of the shell's; nil if there are none.
    init?(glob pattern: String, name: String) throws {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, GLOB_BRACE, nil, &found) == 0 else { return nil }
        let paths = (0..<Int(found.gl_pathc)).compactMap {
            found.gl_pathv[$0].map { String(cString: $0) }
        }
        try self.init(paths, name: name)
    }

    private init(_ paths: [String], name: String) throws {
        let kinds = Set(paths.map(Self.kind)).sorted()
        guard kinds.count == 1 else {
            throw VideoError(
                .notDecodable, path: name, operation: "open",
                reason:
                    "pictures of several kinds (\(kinds.joined(separator: ", "))) make no video; "
                    + "choose one with a pattern such as *.\(kinds[0])")
        }
        self.paths = paths.sorted(by: Self.precedes).map { path in
            guard let whole = realpath(path, nil) else { return path }
            defer { Glibc.free(whole) }
            return String(cString: whole)
        }
    }

    private static func kind(_ path: String) -> String {
        let end = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return ["jpeg": "jpg", "tiff": "tif"][end] ?? end
    }

    /// Compares names with the numbers in them as numbers.
    static func precedes(_ one: String, _ other: String) -> Bool {
        var (a, b) = (Substring(one), Substring(other))
        while let first = a.first, let second = b.first {
            if isDigit(first), isDigit(second) {
                let (m, n) = (a.prefix(while: isDigit), b.prefix(while: isDigit))
                let (x, y) = (m.drop { $0 == "0" }, n.drop { $0 == "0" })
                if x != y { return x.count == y.count ? x < y : x.count < y.count }
                a = a.dropFirst(m.count)
                b = b.dropFirst(n.count)
            } else {
                if first != second { return first < second }
                a = a.dropFirst()
                b = b.dropFirst()
            }
        }
        return a.isEmpty && b.isEmpty ? one < other : a.isEmpty
    }

    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character)
    }

    /// The pictures as FFmpeg's concat demuxer reads them.
    var script: [UInt8] {
        let lines = paths.map { path in
            let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''")
            let asItIs = PicturePattern.isPattern(path) ? "option pattern_type none\n" : ""
            return "file 'file:\(quoted)'\n\(asItIs)duration 0.04\n"
        }
        return Array(("ffconcat version 1.0\n" + lines.joined()).utf8)
    }
}
