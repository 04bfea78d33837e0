import Foundation
import Testing

/// A server program of the tests' own (`Tests/Servers`): says its port first, then takes commands line by line.
final class TestServer {
    let port: Int
    let process: ChildProcess
    private let input = Pipe()
    private var answers = 1

    init(_ script: String, _ arguments: [String], in scratch: Scratch) throws {
        // Debian's own Python: GStreamer's bindings belong to it.
        process = try ChildProcess(
            "/usr/bin/python3", [Repository.path("Tests/Servers/\(script)")] + arguments,
            in: scratch.directory, input: input.fileHandleForReading)
        try process.waitForOutput(lines: 1)
        let words = process.outputSoFar.split(whereSeparator: \.isWhitespace)
        port = try #require(words.count >= 2 ? Int(words[1]) : nil)
    }

    /// An RTSP server with a moving picture at /live.
    static func camera(
        in scratch: Scratch, port: Int = 0, _ arguments: String...
    ) throws -> TestServer {
        try TestServer("rtsp-server.py", ["--port", "\(port)"] + arguments, in: scratch)
    }

    /// Sends a command and waits until it has been followed.
    func tell(_ command: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
        answers += 1
        try process.waitForOutput(lines: answers)
    }

    /// Ends it at once, as a crash would.
    func kill() {
        process.send(SIGKILL)
        _ = process.ends(within: 10)
    }

    deinit { process.send(SIGKILL) }
}

/// A line of the records that `stream` writes, as far as tests look at it.
struct StreamLine: Decodable {
    struct Found: Decodable {
        struct Mask: Decodable { var size: [Int] }
        var segmentation: Mask
        var id: Int?
    }

    var source: String
    var frame: Int
    var time: Double
    var suspect: Bool?
    var instances: [Found]

    static func parse(_ text: String) throws -> [StreamLine] {
        // The last line may be on its way.
        let whole = text.hasSuffix("\n") ? text[...] : text.prefix { _ in true }
        return try whole.split(separator: "\n").map {
            try JSONDecoder().decode(StreamLine.self, from: Data($0.utf8))
        }
    }
}

/// The line that accounts for a camera's frames, in the report at the end.
struct StreamAccount: Equatable {
    var received: Int
    var processed: Int
    var dropped: Int

    /// Reads `NAME: 12 frames received = 10 processed + 2 dropped`.
    init(_ errors: String, camera: String = "camera1") throws {
        let mark = "yolact-video: \(camera): "
        let line = try #require(
            errors.split(separator: "\n").first {
                $0.hasPrefix(mark) && $0.contains(" frames received = ")
            }, "\(errors)")
        let numbers = line.dropFirst(mark.count).split { !$0.isNumber }.compactMap { Int($0) }
        (received, processed, dropped) = (numbers[0], numbers[1], numbers[2])
    }

    var isConserved: Bool { received == processed + dropped }
}
