import Foundation
import Model
import Synchronization
import Testing
import VideoIO

@testable import Pipeline

/// Whole runs over the sample with the built-in model. One at a time: each uses several cores.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SegmentationTests {
    /// 640x360, 30 frames a second, 300 frames.
    static let sample = repository("samples/shapes.mp4")
    /// The exact instances of the sample, in the format of the JSON output.
    static let truth = repository("samples/shapes.ndjson")

    static func repository(_ name: String) -> String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent(name).path
    }

    /// The built-in model.
    static func demo(threads: Int = 1) throws -> Network {
        try Network(
            configuration: .shapes, parameters: Checkpoint.builtInDemo(),
            threadsPerWorker: threads)
    }

    /// Reads the first frames of the sample.
    static func reader(frames: Int? = nil) throws -> VideoReader {
        try VideoReader(sample, options: options(frames: frames))
    }

    static func options(frames: Int?) -> VideoReader.Options {
        var options = VideoReader.Options()
        options.maximumFrames = frames
        return options
    }

    /// All frames of a file as they are decoded.
    static func frames(
        _ path: String, _ options: VideoReader.Options = .init()
    ) throws -> [VideoFrame] {
        let reader = try VideoReader(path, options: options)
        var frames: [VideoFrame] = []
        while let element = try reader.next() {
            if case .frame(let frame) = element { frames.append(frame) }
        }
        return frames
    }
}

/// A directory that the ffmpeg program makes files in.
extension TemporaryDirectory {
    /// Runs ffmpeg there; the last argument is the output, whose path is handed back.
    @discardableResult
    func ffmpeg(_ arguments: String...) throws -> String {
        let errors = file("ffmpeg-errors")
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        process.waitUntilExit()
        let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        try #require(
            process.terminationStatus == 0, "ffmpeg \(arguments.joined(separator: " ")): \(said)")
        return file(arguments.last ?? "")
    }
}

/// A sink that notes what happens to it and keeps the frames if wanted.
final class WatchfulSink: FrameSink {
    struct State {
        var timestamps: [Int64] = []
        var frames: [VideoFrame] = []
        var packets = 0
        var finishes = 0
        var discards = 0
    }

    private let content = Mutex(State())
    private let keepsFrames: Bool
    private let onFrame: @Sendable (_ number: Int) throws -> Void
    private let onFinish: @Sendable () throws -> Void

    init(
        keepsFrames: Bool = false, onFinish: @escaping @Sendable () throws -> Void = {},
        onFrame: @escaping @Sendable (_ number: Int) throws -> Void = { _ in }
    ) {
        self.keepsFrames = keepsFrames
        self.onFrame = onFrame
        self.onFinish = onFinish
    }

    var state: State { content.withLock { $0 } }

    func write(_ frame: VideoFrame) throws {
        try onFrame(content.withLock { $0.timestamps.count })
        content.withLock { state in
            state.timestamps.append(frame.presentationTimestamp ?? -1)
            if keepsFrames { state.frames.append(frame) }
        }
    }

    func write(_ packet: MediaPacket) { content.withLock { $0.packets += 1 } }

    func finish() throws -> SinkSummary {
        try onFinish()
        return content.withLock { state in
            state.finishes += 1
            var summary = SinkSummary()
            summary.framesWritten = state.timestamps.count
            return summary
        }
    }

    func discard() { content.withLock { $0.discards += 1 } }
}
