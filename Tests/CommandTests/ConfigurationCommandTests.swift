import Foundation
import Testing

/// What the command line says about a network, and what is read off its weights.
extension ProgramTests {
    @Suite struct ConfigurationCommands {
        let scratch: Scratch

        /// What the demo model's weights do not tell.
        static let rest = """
            {"inputSize": 256, "classNames": ["circle", "square", "triangle", "star", "cross", "ring"],
             "anchors": {"scales": [[16], [32], [64], [112], [176]], "areSquare": false}}
            """

        init() throws {
            scratch = try Scratch()
            try scratch.write(
                Data(contentsOf: URL(fileURLWithPath: Scratch.demoWeights)), to: "mine.pth")
            try scratch.write(Data(Self.rest.utf8), to: "rest.json")
        }

        private func records(_ options: String...) throws -> String {
            let run = try scratch.start(
                ["segment", Scratch.sample, "--json", "-", "--frames", "3", "-q"] + options
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            return run.output
        }

        @Test func infoSaysWhatWasReadAndAssumed() throws {
            let rows = try scratch.succeed("info", "mine.pth").outputLines.map(String.init)
            for row in [
                "configuration  mine, from names and shapes of the tensors",
                "backbone       ResNet-26 of width 16", "input          550 x 550",
                "classes        6: class 1, class 2, class 3, class 4, class 5, class 6",
                "usable         yes",
            ] { #expect(rows.contains(row), "\(rows)") }
            let assumed = rows.filter { $0.hasPrefix("assumed ") }
            #expect(assumed.count == 4)
            #expect(assumed.contains { $0.hasSuffix("550 x 550 pixels (otherwise --size N)") })
            let sure = try scratch.succeed("info", "mine.pth", "--config", "rest.json").outputLines
            #expect(!sure.contains { $0.hasPrefix("assumed ") })
            #expect(sure.contains("input          256 x 256"))
        }

        @Test func aRenamedFileComputesTheSameWithWhatItDoesNotTell() throws {
            let original = try records("--weights", Scratch.demoWeights)
            #expect(original.contains("\"category\":"))
            #expect(try records("--weights", "mine.pth", "--config", "rest.json") == original)
            try scratch.succeed(
                "convert", "mine.pth", "-o", "mine.safetensors", "--config", "rest.json", "-q")
            #expect(try records("--weights", "mine.safetensors") == original)
        }

        @Test func assumptionsAreSaidAndFlagsOverruleThem() throws {
            try scratch.write(Data("a\nb\nc\nd\ne\nf\n".utf8), to: "names.txt")
            let run = try scratch.succeed(
                "segment", Scratch.sample, "--json", "out.ndjson", "--frames", "1", "--weights",
                "mine.pth", "--size", "300", "--class-names", "names.txt")
            #expect(run.errors.contains("mine.pth does not tell: assumed anchor scales 13, 26, 52"))
            #expect(!run.errors.contains("550"))
            #expect(!run.errors.contains("class 1"))
            try scratch.write(Data(#"["cat", "dog"]"#.utf8), to: "few.json")
            for (weights, name) in [
                (["--weights", "mine.pth", "--config", "rest.json"], "mine"),
                ([], "the built-in demo model"),
            ] {
                let few = try scratch.start(
                    ["segment", Scratch.sample, "--json", "x.ndjson", "--class-names", "few.json"]
                        + weights
                ).finish()
                #expect(few.status == 78)
                #expect(
                    few.complaints == [
                        "yolact-video: error: \(name): 2 class names were given, but the weights have 6 "
                            + "classes"
                    ])
            }
        }

        /// Whatever its name says, a file computes what its tensors say, and a warning tells why.
        @Test func aFileCalledAfterAnotherNetwork() throws {
            try FileManager.default.copyItem(
                atPath: scratch.path("mine.pth"), toPath: scratch.path("yolact_base_1_2.pth"))
            let rows = try scratch.succeed("info", "yolact_base_1_2.pth").outputLines
            #expect(rows.count { $0.hasPrefix("assumed ") } == 4)
            #expect(
                rows.contains {
                    $0.hasPrefix(
                        "warning        the name says yolact_base (ResNet-101, 80 classes)")
                })
            let run = try scratch.succeed(
                "convert", "yolact_base_1_2.pth", "-o", "a.safetensors", "--config", "rest.json")
            #expect(run.errors.contains("warning: yolact_base_1_2.pth: the name says yolact_base"))
            #expect(!run.errors.contains("assumed"), "rest.json tells all")
        }

        @Test func anyInputSize() throws {
            for size in ["128", "400"] {
                #expect(try records("--size", size).split(separator: "\n").count == 3)
            }
            #expect(try records("--size", "320") != records())
            #expect(try records("--size", "256") == records())
            let bench = try scratch.succeed(
                "bench", "--config", "yolact_shapes", "--size", "96", "--runs", "1")
            #expect(bench.outputLines.last.flatMap { Double($0) } != nil)
            for size in ["0", "31", "2049", "x"] {
                let run = try scratch.run("bench", "--size", size)
                #expect(run.status == 64)
            }
        }

        @Test func switchesThatAreNotSupportedAreNamed() throws {
            try scratch.write(Data(#"{"preserve_aspect_ratio": true}"#.utf8), to: "own.json")
            let run = try scratch.run(
                "segment", Scratch.sample, "--json", "x.ndjson", "--weights", "mine.pth",
                "--config", "own.json")
            #expect(run.status == 78)
            #expect(run.complaints.count == 1)
            #expect(run.errors.contains("needs preserve_aspect_ratio, which is not supported"))
        }

        // MARK: Detection

        @Test func detectionOptionsChangeTheInstances() throws {
            let usual = try records("--score-threshold", "0.01", "--top-k", "100")
            func differs(_ options: String...) throws {
                let run = try scratch.start(
                    [
                        "segment", Scratch.sample, "--json", "-", "--frames", "3", "-q",
                        "--score-threshold", "0.01", "--top-k", "100",
                    ] + options
                ).finish()
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.output.split(separator: "\n").count == 3)
                #expect(run.output != usual, "\(options)")
            }
            try differs("--no-crop")
            try differs("--nms-top-k", "1")
            try differs("--nms-threshold", "0.95")
            try differs("--confidence-threshold", "0.9")
            try differs("--max-detections", "2")
            try differs("--nms", "cross-class")
            try differs("--nms", "traditional")
        }

        @Test(arguments: [
            ("--nms-top-k", "0"), ("--nms-threshold", "0"), ("--nms-threshold", "1.1"),
            ("--confidence-threshold", "1"), ("--confidence-threshold", "-1"),
            ("--max-detections", "0"), ("--nms", "soft"),
        ])
        func wrongValues(option: String, value: String) throws {
            let run = try scratch.run(
                "segment", Scratch.sample, "--json", "x.ndjson", "\(option)=\(value)")
            #expect(run.status == 64)
            #expect(run.errors.contains(option))
        }
    }
}
