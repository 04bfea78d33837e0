import Foundation
import Testing

@testable import VideoIO

/// A temporary directory with files made by the ffmpeg program; removed when the test ends.
final class Workspace {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("videoio-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Names of all files, hidden ones too.
    func listing() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    /// Runs ffmpeg in the directory; the last argument is the output, whose path is handed back.
    @discardableResult
    func ffmpeg(_ arguments: String...) throws -> String { try ffmpeg(arguments) }

    /// The same with a list.
    @discardableResult
    func ffmpeg(_ arguments: [String]) throws -> String {
        _ = try run(
            "ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"] + arguments)
        return path(arguments.last ?? "")
    }

    /// Runs ffprobe and hands back what it prints, trimmed.
    func ffprobe(_ entries: String, _ file: String, _ more: String...) throws -> String {
        try run(
            "ffprobe",
            ["-loglevel", "error", "-show_entries", entries, "-of", "csv=p=0"] + more + [file]
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What ffmpeg writes to standard output.
    func ffmpegOutput(_ arguments: String...) throws -> String {
        try run("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error"] + arguments + ["-"])
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = directory
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        let errors = path(".stderr-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        try FileManager.default.removeItem(atPath: errors)
        if process.terminationStatus != 0 {
            throw Failure(text: "\(program) \(arguments.joined(separator: " ")): \(said)")
        }
        return String(decoding: data, as: UTF8.self)
    }

    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}

/// Everything a reader gives.
struct Contents {
    var frames: [VideoFrame] = []
    var packets: [MediaPacket] = []
    var times: [Int64] { frames.compactMap(\.presentationTimestamp) }
}

func readAll(_ reader: VideoReader) throws -> Contents {
    var contents = Contents()
    while let element = try reader.next() {
        switch element {
        case .frame(let frame): contents.frames.append(frame)
        case .packet(let packet): contents.packets.append(packet)
        }
    }
    return contents
}

/// Copies everything a reader gives into a sink and finishes it.
@discardableResult
func copy(_ reader: VideoReader, to sink: any FrameSink) throws -> SinkSummary {
    while let element = try reader.next() {
        switch element {
        case .frame(let frame): try sink.write(frame)
        case .packet(let packet): try sink.write(packet)
        }
    }
    return try sink.finish()
}

/// Re-encodes a file.
@discardableResult
func transcode(
    _ input: String, to output: String, reading: VideoReader.Options = .init(),
    writing: VideoWriter.Options = .init()
) throws -> SinkSummary {
    let reader = try VideoReader(input, options: reading)
    return try copy(reader, to: VideoWriter(output, source: reader.info, options: writing))
}

/// The samples of a frame without padding, plane after plane.
func samples(_ frame: VideoFrame) -> [UInt8] {
    frame.withPlanes { planes in
        planes.enumerated().flatMap { index, plane in
            let row = frame.format.planeSize(index, width: frame.width, height: frame.height)
                .rowBytes
            return (0..<plane.height).flatMap {
                plane.bytes[($0 * plane.bytesPerRow)..<($0 * plane.bytesPerRow + row)]
            }
        }
    }
}

/// The first frame of a file.
func firstFrame(_ path: String) throws -> VideoFrame {
    try #require(try readAll(VideoReader(path)).frames.first)
}
