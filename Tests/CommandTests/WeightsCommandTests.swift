import Foundation
import Testing

/// `convert`, `info` on weights, `bench` and `verify`.
extension ProgramTests {
    @Suite struct WeightsCommands {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        /// The checksums of painted frames with some weights.
        private func sums(_ options: String...) throws -> String {
            let run = try scratch.start(
                ["segment", Scratch.sample, "-o", "a.framemd5", "--frames", "4", "-q"]
                    + ["--overwrite"] + options
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            return try scratch.text("a.framemd5")
        }

        // MARK: convert and info

        @Test func convertedWeightsComputeTheSame() throws {
            let converted = try scratch.succeed(
                "convert", Scratch.demoWeights, "-o", "demo.safetensors")
            #expect(converted.output.isEmpty)
            #expect(converted.errors.contains("wrote demo.safetensors: yolact_shapes, f32"))
            let original = try sums("--weights", Scratch.demoWeights)
            #expect(try sums("--weights", "demo.safetensors") == original)
            // Without its old name it still knows its configuration.
            try scratch.succeed(
                "convert", "demo.safetensors", "-o", "half.safetensors", "--precision", "f16", "-q")
            let half = try sums("--weights", "half.safetensors")
            #expect(half == (try sums()), "the built-in model is this one in half precision")
            #expect(half != original)
            #expect(
                try scratch.data("half.safetensors").count
                    < scratch.data("demo.safetensors").count * 6 / 10)
        }

        // MARK: precision

        @Test func precisionFallsBackWithAWarning() throws {
            func bench(_ precision: String, maximum: String) throws -> ChildProcess.Result {
                try scratch.start(
                    ["bench", "--runs", "1", "--precision", precision],
                    environment: ["DNNL_MAX_CPU_ISA": maximum]
                ).finish()
            }
            // oneDNN then acts as on a CPU without the instructions.
            let asked = try bench("bf16", maximum: "AVX512_CORE")
            #expect(asked.status == 0)
            #expect(asked.errorLines.count == 1)
            #expect(asked.errors.contains("computing in f32 instead of bf16"))
            #expect(asked.output.contains("onednn, f32, "))
            let automatic = try bench("auto", maximum: "AVX512_CORE")
            #expect(automatic.errors.isEmpty)
            #expect(automatic.output.contains("onednn, f32, "))
        }

        @Test func convertRefuses() throws {
            try scratch.write(Data("x".utf8), to: "a.safetensors")
            let existing = try scratch.run("convert", Scratch.demoWeights, "-o", "a.safetensors")
            #expect(existing.status == 73)
            #expect(existing.complaints.count == 1)
            #expect(try scratch.text("a.safetensors") == "x")
            let broken = try scratch.run("convert", "a.safetensors", "-o", "b.safetensors")
            #expect(broken.status == 78)
            let other = try scratch.run(
                "convert", Scratch.demoWeights, "-o", "b.safetensors", "--config", "yolact_base")
            #expect(other.status == 78)
            #expect(other.errors.contains("the weights do not fit yolact_base: "))
            #expect(try scratch.listing() == ["a.safetensors"])
            try scratch.succeed(
                "convert", Scratch.demoWeights, "-o", "a.safetensors", "--overwrite", "-q")
        }

        @Test func infoTellsWhatAWeightsFileHolds() throws {
            let run = try scratch.succeed("info", Scratch.demoWeights)
            #expect(run.errors.isEmpty)
            let rows = run.outputLines.map(String.init)
            for row in [
                "format         PyTorch (legacy)", "configuration  yolact_shapes, from file name",
                "input          256 x 256",
                "classes        6: circle, square, triangle, star, cross, ring",
                "usable         yes",
            ] { #expect(rows.contains(row), "\(run.output)") }
            let tensors = try scratch.succeed("info", Scratch.demoWeights, "--tensors").outputLines
            #expect(tensors.count == rows.count + 210)
            #expect(tensors.contains("  backbone.conv1.weight  F32  [16 x 3 x 7 x 7]"))
        }

        @Test func infoListsAllThatDoesNotFit() throws {
            let run = try scratch.run("info", Scratch.demoWeights, "--config", "yolact_base")
            #expect(run.status == 78)
            let rows = run.outputLines.map(String.init)
            #expect(rows.contains("configuration  yolact_base, from --config"))
            let count = rows.count {
                $0.hasPrefix("  missing: ") || $0.hasPrefix("  unused: ")
                    || $0.hasPrefix("  mis-shaped: ")
            }
            #expect(count > 100)
            #expect(rows.contains("usable         no: \(count) tensors do not fit yolact_base"))
            let video = try scratch.run("info", Scratch.sample, "--config", "yolact_base")
            #expect(video.status == 64)
            #expect(video.errors.contains("See 'yolact-video info --help' for more information."))
        }

        @Test func outputThatCannotBeWrittenIsNoticed() throws {
            let run = try ChildProcess(
                "sh",
                ["-c", "\"$0\" info \"$1\" >/dev/full", Repository.program(), Scratch.sample],
                in: scratch.directory
            ).finish()
            #expect(run.status == 73)
            #expect(run.errors.contains("standard output: writing failed: No space left"))
        }

        @Test func goldenFilesThatThereAreNot() throws {
            let run = try scratch.run("verify", "--only", "nope")
            #expect(run.status == 64)
            #expect(run.errors.contains("there is no golden file 'nope'; there are: "))
            #expect(run.errors.contains("See 'yolact-video verify --help'"))
        }

        @Test func infoTellsWhatAVideoHolds() throws {
            let run = try scratch.succeed("info", Scratch.sample)
            #expect(run.errors.isEmpty)
            let streams = run.outputLines.filter { $0.hasPrefix("stream ") }
            #expect(streams.count == 2)
            for text in [
                "h264", "640 x 360", "yuv420p", "30/1 frames a second", "colour bt709/bt709/bt709",
                "300 frames",
            ] { #expect(streams.first?.contains(text) == true, "\(run.output)") }
            #expect(streams.last?.contains("audio, aac, LC, 44100 Hz, mono") == true)
            #expect(run.outputLines.contains("duration       10.000 s"))
        }

        @Test(arguments: [
            ("none.mp4", 66), ("text.mp4", 65), ("text.pth", 78), ("none.safetensors", 78),
        ]) func infoFails(_ name: String, _ status: Int32) throws {
            for name in ["text.mp4", "text.pth"] {
                try scratch.write(Data("plain text\n".utf8), to: name)
            }
            let run = try scratch.run("info", name)
            #expect(run.status == status)
            #expect(run.errorLines.count == 1)
            #expect(run.complaints.first?.contains(name) == true)
            #expect(run.output.isEmpty)
        }

        /// Whoever uses weights looks at their values first.
        @Test(arguments: [
            ["segment", Scratch.sample, "--json", "-"], ["inspect", Scratch.sample, "-o", "page"],
            ["latency", Scratch.sample, "--frames", "3"],
            ["stability", Scratch.sample, "--frames", "3"], ["bench", "--runs", "1"],
            ["quantize", "--calibrate", Scratch.sample, "-o", "b.safetensors"], ["convert"],
            ["info"],
        ]) func weightsThatAreNoNumbersAreNotUsed(_ command: [String]) throws {
            let name = "prediction_layers.0.conf_layer.bias"
            try scratch.succeed("convert", Scratch.demoWeights, "-o", "a.safetensors", "-q")
            var file = try scratch.data("a.safetensors")
            let entry = try Self.tensor(name, in: file)
            let place = (entry.lowerBound + 8)..<(entry.lowerBound + 12)
            withUnsafeBytes(of: Float.nan) { file.replaceSubrange(place, with: $0) }
            try scratch.write(file, to: "a.safetensors")

            let text = "tensor \(name) holds nan at [2]; weights must be finite"
            let takesFile = ["convert", "info"].contains(command[0])
            let run = try scratch.start(
                command + (takesFile ? [] : ["--weights"]) + ["a.safetensors"]
                    + (command[0] == "convert" ? ["-o", "b.safetensors"] : [])
            ).finish()
            #expect(run.status == 78)
            if command[0] == "info" {
                #expect(run.outputLines.contains { $0 == "usable         no: \(text)" })
                #expect(
                    run.complaints == ["yolact-video: error: a.safetensors: not usable: \(text)"])
            } else {
                #expect(run.complaints.count == 1)
                #expect(run.complaints.first?.hasSuffix("a.safetensors: \(text)") == true)
                #expect(run.output.isEmpty)
            }
            #expect(try scratch.listing().contains("b.safetensors") == false)
        }

        // MARK: bench and verify

        @Test func benchEndsWithTheMedianAlone() throws {
            let run = try scratch.succeed("bench", "--runs", "3", "--threads", "1")
            let last = try #require(run.outputLines.last)
            let median = try #require(Double(last))
            #expect((0.1..<10_000).contains(median))
            #expect(run.output.contains("built-in demo model"))
            #expect(run.output.contains("onednn, f32, 1 threads"))
            #expect(run.output.contains("network    \(last) ms (median)"))
            let plain = try scratch.succeed(
                "bench", "--config", "yolact_shapes", "--engine", "openblas", "--runs", "1",
                "--threads", "1", "--layers")
            #expect(plain.outputLines.last.flatMap { Double($0) } != nil)
            #expect(plain.output.contains("yolact_shapes, seeded weights (salt 0)"))
            #expect(plain.outputLines.count > 50, "a line a layer")
            #expect(try scratch.run("bench", "--runs", "0").status == 64)
            let staged = try scratch.succeed(
                "bench", "--runs", "5", "--threads", "1", "--layers", "--stages", Scratch.sample,
                "--json", "-")
            let figures = try #require(
                JSONSerialization.jsonObject(with: Data(staged.output.utf8)) as? [String: Any])
            let network = try #require(figures["network"] as? [String: Any])
            #expect(network["runs"] as? Int == 5)
            #expect(
                try #require(network["median"] as? Double)
                    >= #require(network["min"] as? Double))
            #expect(try #require(figures["layers"] as? [Any]).count > 50)
            let video = try #require(figures["video"] as? [String: Any])
            #expect(video["width"] as? Int == 640)
            #expect(try #require(video["fileToFile"] as? Double) > 0)
            let stages = try #require(video["stages"] as? [[String: Any]])
            #expect(
                stages.compactMap { $0["name"] as? String } == [
                    "decode", "preprocess", "backbone", "heads", "NMS", "assembly", "overlay",
                    "encode",
                ])
            #expect(
                stages.allSatisfy {
                    ($0["service"] as? [String: Any])?["count"] as? Int == 5
                })
            #expect(try scratch.run("bench", "--runs", "1", "--stages", "no.mp4").status == 66)
            #expect(try scratch.run("bench", "--precision", "f8").status == 64)
        }

        @Test func verifyPassesHere() throws {
            let run = try scratch.succeed("verify", "--only", "yolact_resnet50")
            #expect(run.errors.isEmpty)
            #expect(run.outputLines.first == "yolact_resnet50 (salt 0, onednn, f32)")
            #expect(run.outputLines.last == "1 verified, 0 failed")
            let rows = run.outputLines.dropFirst().dropLast()
            #expect(rows.count > 20)
            #expect(rows.allSatisfy { $0.contains("  ok") })
            for name in ["input", "c3", "p7", "loc", "conf", "coef", "proto", "priors", "fast:"] {
                #expect(rows.contains { $0.hasPrefix("  \(name)") }, "\(name)")
            }
        }

        @Test func verifyNoticesOneWrongNumber() throws {
            let golden = Repository.path("Sources/Model/Resources/golden")
            for name in ["frame.safetensors", "yolact_resnet50.safetensors"] {
                try FileManager.default.copyItem(
                    atPath: "\(golden)/\(name)", toPath: scratch.path(name))
            }
            var file = try scratch.data("yolact_resnet50.safetensors")
            let entry = try Self.tensor("proto.value", in: file)
            // One of 2,048 samples, a little off.
            let value = file[entry].withUnsafeBytes { $0.loadUnaligned(as: Float.self) } + 0.5
            withUnsafeBytes(of: value) { file.replaceSubrange(entry.prefix(4), with: $0) }
            try scratch.write(file, to: "yolact_resnet50.safetensors")

            let run = try scratch.run("verify", scratch.directory)
            #expect(run.status == 1)
            #expect(run.outputLines.last == "1 verified, 1 failed: yolact_resnet50")
            let failures = run.outputLines.filter { $0.contains("FAILED") }
            #expect(failures.count == 1)
            #expect(failures.first?.hasPrefix("  proto") == true)
            #expect(run.complaints.count == 1, "the table says it")
        }

        @Test func verifyNeedsGoldenFiles() throws {
            for (arguments, text) in [
                (["/none"], "/none cannot be verified against: No such file or directory"),
                (["."], "it holds no golden file"),
            ] {
                let run = try scratch.start(["verify"] + arguments).finish()
                #expect(run.status == 66)
                #expect(run.errorLines.count == 1, "\(run.errors)")
                #expect(run.errors.contains(text), "\(run.errors)")
            }
        }

        /// Where a tensor's bytes lie in a safetensors file.
        private static func tensor(_ name: String, in file: Data) throws -> Range<Int> {
            let length = Int(file.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
            let header = try JSONSerialization.jsonObject(with: file[8..<(8 + length)])
            let entries = try #require(header as? [String: Any])
            let entry = try #require(
                entries[name] as? [String: Any], "no \(name) among \(entries.keys.sorted())")
            let offsets = try #require(entry["data_offsets"] as? [Int])
            return (8 + length + offsets[0])..<(8 + length + offsets[1])
        }
    }
}
