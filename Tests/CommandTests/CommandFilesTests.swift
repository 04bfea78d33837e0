import ArgumentParser
import Foundation
import Testing

@testable import yolact_video

/// What every command does about the files that it names, before it opens any of them.
@Suite struct CommandFilesTests {
    /// A command with the options that name its files.
    struct Line: CustomTestStringConvertible, Sendable {
        /// Words that make a valid command line; INPUT stands for the file that is read.
        var words: [String]
        /// Options that name something to read; nil for the argument that stands in ``words``.
        var inputs: [String?]
        /// Options that name a file to write.
        var outputs: [String]
        /// Options that name a directory to write into.
        var directories: [String] = []

        var testDescription: String { words[0] }
    }

    private static let model: [String?] = ["--weights", "--config", "--class-names"]

    static let lines = [
        Line(
            words: ["segment", "INPUT", "--json", "-"], inputs: [nil] + model,
            outputs: ["--output"],
            directories: ["--latency-report"]),
        Line(
            words: ["segment", "INPUT", "--output", "out.mp4"], inputs: [nil] + model,
            outputs: ["--json"], directories: ["--latency-report"]),
        Line(
            words: ["stream", "INPUT"], inputs: [nil] + model,
            outputs: ["--output", "--json"], directories: ["--latency-report"]),
        Line(
            words: ["stream", "--sources", "INPUT"], inputs: [nil],
            outputs: ["--output", "--json"], directories: ["--latency-report"]),
        Line(
            words: ["stability", "INPUT"], inputs: [nil, "--truth"] + model,
            outputs: ["--output", "--json"]),
        Line(
            words: ["latency", "INPUT"], inputs: [nil] + model, outputs: ["--output", "--json"],
            directories: ["--latency-report"]),
        Line(words: ["latency", "--merge", "INPUT"], inputs: [nil], outputs: ["--json"]),
        Line(
            words: ["latency", "--compare", "INPUT", "INPUT"], inputs: [nil], outputs: ["--json"]),
        Line(
            words: ["evaluate", "--annotations", "INPUT", "--images", "pictures"],
            inputs: [nil] + model, outputs: ["--json", "--report"]),
        Line(
            words: ["evaluate", "--annotations", "truth.json", "--results", "INPUT"],
            inputs: [nil] + model, outputs: ["--json", "--report"]),
        Line(words: ["bench"], inputs: model + ["--stages"], outputs: ["--json"]),
        Line(
            words: ["convert", "INPUT"], inputs: [nil, "--config", "--class-names"],
            outputs: ["--output"]),
        Line(
            words: ["quantize", "--calibrate", "INPUT"], inputs: [nil] + model,
            outputs: ["--output"]),
        Line(
            words: ["inspect", "INPUT"], inputs: [nil] + model, outputs: [],
            directories: ["--output"]),
    ]

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.write(Data("rtsp://127.0.0.1/camera\n".utf8), to: "input")
        try scratch.write(Data("{}".utf8), to: "there.json")
        for link in ["link", "there-link"] {
            try FileManager.default.createSymbolicLink(
                atPath: scratch.path(link),
                withDestinationPath: scratch.path(link == "link" ? "input" : "there.json"))
        }
        try FileManager.default.linkItem(
            atPath: scratch.path("input"), toPath: scratch.path("twin.mp4"))
    }

    private func check(_ words: [String]) throws {
        let command = try YolactVideo.parseAsRoot(words)
        try #require(command as? any FileUsing).files().check()
    }

    /// The words of a command line in which `path` is what `input` reads.
    private func words(_ line: Line, reading path: String, as input: String?) -> [String] {
        let words = line.words.map {
            $0 == "INPUT" ? (input == nil ? path : scratch.path("twin.mp4-not")) : $0
        }
        return words + (input.map { [$0, path] } ?? [])
    }

    /// `convert` and others need an output.
    private func complete(_ line: Line, _ words: [String]) -> [String] {
        let isRequired =
            ["convert", "quantize"].contains(line.words[0]) || line.directories == ["--output"]
        return isRequired && !words.contains("--output")
            ? words + ["--output", scratch.path("fresh")] : words
    }

    @Test(arguments: lines) func noOutputReplacesWhatIsRead(_ line: Line) throws {
        for input in line.inputs {
            for output in line.outputs {
                for name in ["input", "link", "twin.mp4"] {
                    // The container of a stream's output follows from its name.
                    let target = scratch.path(
                        line.words[0] == "stream" && output == "--output" ? "twin.mp4" : name)
                    let words = complete(
                        line, words(line, reading: scratch.path("input"), as: input))
                    let error = #expect(throws: OutputRefused.self, "\(words) \(output)") {
                        try check(words + [output, target, "--overwrite"])
                    }
                    #expect(error?.path == target)
                    #expect(error?.exitReason == .cannotWrite)
                    #expect(error?.reason.contains(output) == true)
                }
            }
            for directory in line.directories {
                // The report's page or summary is what is read.
                let name = line.words[0] == "inspect" ? "index.html" : "summary.json"
                let reports = scratch.path("reports")
                try? FileManager.default.createDirectory(
                    atPath: reports, withIntermediateDirectories: false)
                let inside = "\(reports)/\(name)"
                if !FileManager.default.fileExists(atPath: inside) {
                    try Data("x".utf8).write(to: URL(fileURLWithPath: inside))
                }
                #expect(throws: OutputRefused.self, "\(line.words) \(input ?? "") \(directory)") {
                    try check(
                        words(line, reading: inside, as: input) + [
                            directory, reports, "--overwrite",
                        ])
                }
            }
        }
    }

    @Test(arguments: lines) func whatExistsStays(_ line: Line) throws {
        for output in line.outputs {
            let words = words(line, reading: scratch.path("input"), as: line.inputs[0])
            // Records of a stream are added to those that are there.
            let appends = line.words[0] == "stream" && output == "--json"
            let there = scratch.path(appends ? "there.json" : "there.mp4")
            if !appends { try Data("x".utf8).write(to: URL(fileURLWithPath: there)) }
            if appends {
                try check(words + [output, there])
            } else {
                let error = #expect(throws: OutputRefused.self, "\(words) \(output)") {
                    try check(words + [output, there])
                }
                #expect(error?.reason == "the file exists: --overwrite replaces it")
                try check(words + [output, there, "--overwrite"])
            }
        }
    }

    @Test(arguments: lines) func whatCannotBeIsRefused(_ line: Line) throws {
        for output in line.outputs {
            let words = words(line, reading: scratch.path("input"), as: line.inputs[0])
            for (name, reason) in [
                ("nowhere/x.mp4", "No such file or directory"),
                ("input/x.mp4", "Not a directory"), (".", "it is a directory"),
            ] where !(line.words[0] == "stream" && output == "--output" && name == ".") {
                let error = #expect(throws: OutputRefused.self, "\(words) \(output) \(name)") {
                    try check(words + [output, scratch.path(name)])
                }
                #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
            }
        }
        for directory in line.directories {
            let words = words(line, reading: scratch.path("input"), as: line.inputs[0])
            #expect(throws: OutputRefused.self) {
                try check(words + [directory, scratch.path("input")])
            }
            // One that is not there is made, those above it too.
            try check(words + [directory, scratch.path("new/deeper")])
        }
    }

    @Test func twoOutputsAreTwoFiles() throws {
        for words in [
            ["segment", "in.mp4", "--output", "a.mp4", "--json", "./a.mp4"],
            [
                "evaluate", "--annotations", "t.json", "--results", "r.json", "--json", "a",
                "--report", "a",
            ],
            ["stream", "rtsp://camera/1", "--output", "a.mp4", "--output", "a.mp4"],
        ] {
            let error = #expect(throws: ValidationError.self) { try check(words) }
            #expect(error?.message.contains("the same file") == true)
        }
        // Standard output, devices and pipes may be named twice.
        try check(["segment", "in.mp4", "--output", "/dev/null", "--json", "/dev/null"])
    }

    @Test func filesThatAListNamesAreRead() throws {
        let list = "ffconcat version 1.0\nfile 'twin.mp4'\nfile with\\ space.mp4\n"
        try scratch.write(Data(list.utf8), to: "list.ffconcat")
        try scratch.write(Data("#EXTM3U\n#EXTINF:1,\nwith space.mp4\n".utf8), to: "list.m3u8")
        try scratch.write(Data("x".utf8), to: "with space.mp4")
        for (list, file) in [
            ("list.ffconcat", "twin.mp4"), ("list.ffconcat", "with space.mp4"),
            ("list.m3u8", "with space.mp4"),
        ] {
            #expect(throws: OutputRefused.self, "\(list) \(file)") {
                try check(
                    ["segment", scratch.path(list), "-o", scratch.path(file), "--overwrite"])
            }
        }
    }

    @Test func whatIsNoFileIsNotLookedInto() throws {
        let pipe = scratch.path("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        // With a reader, and bytes that are meant for the run: none of them may be missing afterwards.
        let descriptor = open(pipe, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(write(descriptor, "file twin.mp4", 13) == 13)
        try check(["segment", pipe, "--weights", pipe, "-o", scratch.path("fresh.mp4")])
        var bytes = [UInt8](repeating: 0, count: 64)
        #expect(read(descriptor, &bytes, 64) == 13)
    }

    @Test func picturesOfASequenceAreRead() throws {
        try scratch.write(Data("x".utf8), to: "1.png")
        for input in ["", "%d.png", "*.png"] {
            #expect(throws: OutputRefused.self, "\(input)") {
                try check(
                    ["segment", scratch.path(input), "-o", scratch.path("1.png"), "--overwrite"])
            }
            // Records may lie beside them.
            try check(
                [
                    "segment", scratch.path(input), "--json", scratch.path("there.json"),
                    "--overwrite",
                ])
        }
    }

    @Test func segmentsOfAPlaylistReplaceNothing() throws {
        try scratch.write(Data("x".utf8), to: "live0.ts")
        let words = ["stream", "rtsp://camera/1", "-o", scratch.path("live.m3u8")]
        #expect(throws: OutputRefused.self) { try check(words) }
        try check(words + ["--overwrite"])
        #expect(throws: OutputRefused.self) {
            try check(
                [
                    "stream", scratch.path("live0.ts"), "-o", scratch.path("live.m3u8"),
                    "--overwrite",
                ])
        }
    }

    @Test func recordsAreAddedToRecordsOnly() throws {
        try scratch.write(Data("not records".utf8), to: "notes.txt")
        let words = ["stream", "rtsp://camera/1", "--json"]
        let error = #expect(throws: OutputRefused.self) {
            try check(words + [scratch.path("notes.txt")])
        }
        #expect(error?.reason.contains("something else") == true)
        // What is renamed when a file is full may be an input of the next run.
        #expect(throws: OutputRefused.self) {
            try check(
                ["stream", scratch.path("r.ndjson.2"), "--json", scratch.path("r.ndjson")]
                    + ["--json-rotate", "1"])
        }
    }

    /// An option that completes to a file is one of those above, so that no new one is forgotten.
    @Test func everyFileOptionIsDeclared() throws {
        struct Dump: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable {
                    var kind: String
                    var name: String
                }
                struct Completion: Decodable {
                    struct Kind: Decodable {}
                    var file: Kind?
                    var directory: Kind?
                }
                var names: [Name]?
                var completionKind: Completion?
            }
            struct Command: Decodable {
                var commandName: String
                var subcommands: [Command]?
                var arguments: [Argument]?
            }
            var command: Command
        }
        let dump = try JSONDecoder().decode(
            Dump.self, from: Data(YolactVideo._dumpHelp().utf8))
        var found = 0
        for command in dump.command.subcommands ?? []
        where !["models", "verify", "info", "help"].contains(command.commandName) {
            let lines = Self.lines.filter { $0.words[0] == command.commandName }
            let declared = Set(
                lines.flatMap {
                    $0.words + $0.inputs.compactMap(\.self) + $0.outputs + $0.directories
                })
            for argument in command.arguments ?? [] {
                guard
                    argument.completionKind?.file != nil
                        || argument.completionKind?.directory != nil,
                    let name = argument.names?.last(where: { $0.kind == "long" })?.name
                else { continue }
                // The other name of an option that has two.
                if name == "video" || name == "results-out" { continue }
                found += 1
                #expect(declared.contains("--\(name)"), "\(command.commandName) --\(name)")
            }
        }
        #expect(found > 25)
    }

    @Test func resultsOutIsChecked() throws {
        let words = ["evaluate", "--annotations", scratch.path("input"), "--images", "pictures"]
        try check(words + ["--results-out", scratch.path("made/") + "/"])
        #expect(throws: OutputRefused.self) {
            try check(words + ["--results-out", scratch.path("nowhere/x")])
        }
        try scratch.write(Data("[]".utf8), to: "r_bbox_detections.json")
        #expect(throws: OutputRefused.self) {
            try check(words + ["--results-out", scratch.path("r")])
        }
    }
}
