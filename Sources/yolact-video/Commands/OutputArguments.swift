import ArgumentParser
import Foundation
import Pipeline
import VideoIO

/// What is written.
struct OutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            """
            The video to write; its extension chooses the container (.mp4, .mkv, .mov, ...). A picture \
            becomes one too (.png, .jpg, ...), a video many with a name such as out-%05d.png. \
            NAME.framemd5 writes checksums of the painted frames instead. Without it only --json is \
            written.
            """, valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write the instances of each frame as a line of JSON; - for standard output.",
            valueName: "file"),
        completion: .file())
    var json: String?

    @Option(help: "Encoder, as FFmpeg names it (default: libx264, or what the container needs).")
    var codec: String?

    @Option(help: "Constant rate factor of the encoder: lower is better and larger.")
    var crf: Double?

    @Option(help: "Preset of the encoder (default for libx264: veryfast).")
    var preset: String?

    @Option(
        help: ArgumentHelp(
            """
            Pixel format to encode, as FFmpeg names it (default: the input's; yuv420p for RGB, grey, palettes \
            and JPEG).
            """, valueName: "name"))
    var pixelFormat: String?

    @Flag(help: "Replace existing output files.")
    var overwrite = false

    func validate() throws {
        let given = [
            ("--codec", codec), ("--crf", crf.map { "\($0)" }), ("--preset", preset),
            ("--pixel-format", pixelFormat),
        ].filter { $0.1 != nil }.map(\.0)
        if let first = given.first, output == nil || writesChecksums {
            throw ValidationError(
                "\(first) is for an encoder, and "
                    + (output.map { "\($0) is written without one" } ?? "without -o there is none"))
        }
    }

    private var writesChecksums: Bool { output?.lowercased().hasSuffix(".framemd5") ?? false }

    func makeSink(source: MediaInfo) throws -> any FrameSink {
        guard let output else { return NullSink() }
        if writesChecksums {
            return try FrameMD5Sink(output, overwrite: overwrite)
        }
        var options = VideoWriter.Options()
        options.codec = codec
        options.crf = crf
        options.preset = preset
        options.pixelFormat = pixelFormat
        options.overwrite = overwrite
        return PictureWriter.takes(output)
            ? try PictureWriter(output, source: source, options: options)
            : try VideoWriter(output, source: source, options: options)
    }
}
