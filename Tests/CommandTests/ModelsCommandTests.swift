import Foundation
import Testing

/// `models list` and `models pull`, the latter from a server on this machine.
extension ProgramTests {
    @Suite struct ModelsCommands {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        @Test func listsTheOfficialModels() throws {
            let run = try scratch.succeed("models", "list")
            #expect(run.errors.isEmpty)
            for name in [
                "yolact-resnet50", "yolact-darknet53", "yolact-base", "yolact-im700",
                "yolact-plus-resnet50", "yolact-plus-base",
            ] {
                let line = run.outputLines.first { $0.hasPrefix(name + " ") }
                #expect(line?.hasSuffix("not downloaded") == true, "\(run.output)")
            }
            #expect(run.output.contains("models pull NAME"))
            #expect(try scratch.succeed("models").output == run.output)
        }

        @Test func pullResumesAndPrintsThePath() throws {
            let server = try FileServer(serving: try largeCheckpoint(), scratch)
            let run = try scratch.succeed(
                "models", "pull", "yolact-base", "--base-url", "\(server.address)/cut3",
                "--directory", "models")
            let path = "models/yolact_base_54_800000.pth"
            #expect(run.output == path + "\n")
            #expect(run.errors.contains("\(server.address)/cut3/yolact-base/resolve/main/"))
            #expect(run.errors.contains("(100 %)"))
            #expect(
                FileManager.default.contentsEqual(
                    atPath: scratch.path(path), andPath: scratch.path("large")))
            let list = try scratch.succeed("models", "list", "--directory", "models")
            #expect(list.output.contains(path))
            // Once is enough: this address answers nothing.
            let again = try scratch.succeed(
                "models", "pull", "yolact-base", "--base-url", "\(server.address)/cut3",
                "--directory", "models", "--quiet")
            #expect(again.output == path + "\n")
            #expect(again.errors.isEmpty)
        }

        @Test(arguments: [
            ("page", "HTML page"), ("missing", "404"), ("broken", "503"), ("small", "too small"),
        ]) func pullSaysWhatWentWrong(_ mode: String, _ text: String) throws {
            try scratch.write(Data(repeating: 7, count: 5000), to: "file")
            let server = try FileServer(serving: "file", scratch)
            let run = try scratch.run(
                "models", "pull", "yolact-base", "--base-url", "\(server.address)/\(mode)",
                "--directory", "models", "--quiet")
            #expect(run.status == 69)
            #expect(run.output.isEmpty)
            #expect(run.errorLines.count == 1, "\(run.errors)")
            #expect(run.complaints.first?.contains(text) == true, "\(run.errors)")
            #expect(run.errors.contains(server.address))
            #expect(
                run.complaints.first?.hasSuffix(
                    "; the file can be put there by hand: models/yolact_base_54_800000.pth") == true
            )
            #expect(!scratch.exists("models/yolact_base_54_800000.pth"))
        }

        @Test func pullWithoutServerOrModel() throws {
            let nobody = try scratch.run(
                "models", "pull", "yolact-base", "--base-url", "http://127.0.0.1:1", "--directory",
                "models", "-q")
            #expect(nobody.status == 69)
            #expect(nobody.complaints.count == 1)
            let unknown = try scratch.run("models", "pull", "yolact-99")
            #expect(unknown.status == 64)
            #expect(unknown.errors.contains("there is no model 'yolact-99'; there are: "))
            let place = try scratch.run(
                "models", "pull", "yolact-base", "--base-url", "http://127.0.0.1:1", "--directory",
                "/dev/null/models", "-q")
            #expect(place.status == 73)
        }

        /// The name of a model is as good as its file, once it is there; a file of that name wins.
        @Test func weightsAreFoundByTheirName() throws {
            for name in ["yolact-resnet50", "yolact_resnet50", "yolact_resnet50_54_800000.pth"] {
                let run = try scratch.run("bench", "--runs", "1", "--weights", name)
                #expect(run.status == 78)
                #expect(run.errorLines.count == 1)
                #expect(
                    run.complaints.first?.hasSuffix(
                        "error: the model yolact-resnet50 is not there ("
                            + scratch.path("cache/yolact-video/yolact_resnet50_54_800000.pth")
                            + "); 'yolact-video models pull yolact-resnet50' downloads it") == true,
                    "\(run.errors)")
            }
            let other = try scratch.run("bench", "--runs", "1", "--weights", "yolact-99")
            #expect(other.status == 78)
            #expect(other.complaints.first?.contains("yolact-99: cannot open") == true)
            // As a command leaves it that failed.
            let empty = try scratch.run("bench", "--runs", "1", "--weights", "")
            #expect(empty.status == 64)
            #expect(empty.complaints.first?.contains("--weights is given no file") == true)

            // The demo's weights in the place of the model's: what they are is seen by the warning.
            try FileManager.default.createDirectory(
                atPath: scratch.path("cache/yolact-video"), withIntermediateDirectories: true)
            let place = scratch.path("cache/yolact-video/yolact_resnet50_54_800000.pth")
            try FileManager.default.copyItem(atPath: Scratch.demoWeights, toPath: place)
            let found = try scratch.succeed(
                "convert", place, "-o", "demo.safetensors", "--config", "yolact_shapes")
            #expect(found.errors.contains("wrote demo.safetensors"))
            let named = try scratch.succeed("bench", "--runs", "1", "--weights", "yolact-resnet50")
            #expect(named.output.contains(place))
            try scratch.write(Data("x".utf8), to: "yolact-resnet50")
            let file = try scratch.run("bench", "--runs", "1", "--weights", "yolact-resnet50")
            #expect(file.status == 78)
            #expect(file.complaints.first?.contains("yolact-resnet50: the file is text") == true)
        }

        /// A weights file as large as a model of unknown size has to be.
        private func largeCheckpoint() throws -> String {
            let bytes = 50_000_004
            let header = Data(
                """
                {"zeros":{"dtype":"F32","shape":[\(bytes / 4)],"data_offsets":[0,\(bytes)]}}
                """.utf8)
            let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
            try scratch.write(length + header, to: "large")
            let handle = try #require(FileHandle(forWritingAtPath: scratch.path("large")))
            try handle.truncate(atOffset: UInt64(length.count + header.count + bytes))
            try handle.close()
            return "large"
        }
    }
}

/// The file server of the model tests as a process beside the test.
private final class FileServer {
    private let process: ChildProcess
    private let input = Pipe()
    let address: String

    init(serving file: String, _ scratch: Scratch) throws {
        process = try ChildProcess(
            "python3",
            [Repository.path("Tests/ModelTests/Resources/weights/server.py"), file],
            in: scratch.directory, input: input.fileHandleForReading)
        try process.waitForOutput(lines: 1)
        let port = try #require(Int(process.outputSoFar.trimmingCharacters(in: .newlines)))
        address = "http://127.0.0.1:\(port)"
    }

    /// The server ends with its input; otherwise it is killed with `process`.
    deinit { try? input.fileHandleForWriting.close() }
}
