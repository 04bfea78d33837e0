import Foundation
import Testing

/// A temporary directory in which programs run; removed when the test ends.
final class Scratch {
    let directory: String

    init() throws {
        // The real path: programs show paths with symbolic links followed.
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        directory = "\(base)/commands-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The sample clip: 640x360, 30 frames a second, 300 frames, H.264 and AAC.
    static let sample = Repository.path("samples/shapes.mp4")
    /// The demo model as PyTorch wrote it.
    static let demoWeights = Repository.path(
        "Tests/ModelTests/Resources/yolact_shapes_0_11700.pth")

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try data(name), as: UTF8.self)
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: path(name)))
    }

    /// Names of all files, hidden ones too.
    func listing() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    /// Starts the program under test.
    func start(
        _ arguments: [String], input: FileHandle = .nullDevice,
        output: ChildProcess.OutputMode = .captured, environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            Repository.program(), arguments, in: directory,
            // Nothing of the user's own may change a test, and no test may leave anything there.
            environment: ["HOME": directory, "XDG_CACHE_HOME": path("cache")]
                .merging(environment) { $1 }, input: input, output: output)
    }

    /// Runs the program under test.
    func run(_ arguments: String...) throws -> ChildProcess.Result {
        try start(arguments).finish()
    }

    /// Runs the program under test and expects success.
    @discardableResult
    func succeed(
        _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ChildProcess.Result {
        let result = try start(arguments).finish()
        #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return result
    }

    /// Runs ffmpeg; the last argument is the output.
    func ffmpeg(_ arguments: String...) throws {
        try tool("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"] + arguments)
    }

    /// The first `seconds` of the sample without encoding it anew.
    func cutSample(to name: String, seconds: Double) throws {
        try ffmpeg("-i", Self.sample, "-t", "\(seconds)", "-map", "0", "-c", "copy", name)
    }

    /// Values that ffprobe gives, a line a packet, frame or stream.
    func ffprobe(_ entries: String, _ file: String, _ more: String...) throws -> [String] {
        try tool(
            "ffprobe",
            ["-loglevel", "error", "-show_entries", entries, "-of", "csv=p=0"] + more + [file]
        ).split(separator: "\n").map {
            // Side data, of which nothing is shown, adds a comma.
            String($0.last == "," ? $0.dropLast() : $0)
        }
    }

    /// Checksums of frames or packets, a line each, without the comment lines.
    func sums(_ arguments: String..., format: String = "framemd5") throws -> [String] {
        try tool(
            "ffmpeg",
            ["-nostdin", "-hide_banner", "-loglevel", "error"] + arguments + ["-f", format, "-"]
        ).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    /// The video frames that a file decodes to, counted.
    func frameCount(_ file: String) throws -> Int {
        try sums("-i", file, "-map", "0:v:0", "-fps_mode", "passthrough").count
    }

    @discardableResult
    private func tool(_ name: String, _ arguments: [String]) throws -> String {
        let result = try ChildProcess(name, arguments, in: directory).finish()
        guard result.status == 0 else {
            throw ChildProcess.Failure(
                description: "\(name) \(arguments.joined(separator: " ")): \(result.errors)")
        }
        return result.output
    }
}

/// The checkout that the tests were built from.
enum Repository {
    static func path(_ name: String) -> String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent(name).path
    }

    /// The program under test: what `YOLACT_VIDEO_BINARY` names, else the one beside the test executable.
    static func program() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["YOLACT_VIDEO_BINARY"], !path.isEmpty { return path }
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: executable).deletingLastPathComponent()
            .appendingPathComponent("yolact-video").path
        try #require(
            FileManager.default.isExecutableFile(atPath: path), "\(path) is not there; build first")
        return path
    }
}
