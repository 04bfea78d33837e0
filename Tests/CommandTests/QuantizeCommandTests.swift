import Foundation
import TestSupport
import Testing

@testable import Model

/// `quantize`, and the other commands with what it makes.
extension ProgramTests {
    @Suite struct QuantizeCommand {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        @Test func aQuantisedFileWorksEverywhere() throws {
            guard OneDNNCapabilities.current.integers != .none else {
                let run = try scratch.run(
                    "quantize", "--calibrate", Scratch.sample, "-o", "a.safetensors", "--frames",
                    "1")
                #expect(run.status == 71)
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(run.errors.contains("no AVX2 instructions"))
                #expect(!scratch.exists("a.safetensors"))
                return NotRun.note("quantize, and a file that it made", needs: "AVX2")
            }
            let run = try scratch.succeed(
                "quantize", "--calibrate", Scratch.sample, "-o", "demo.int8.safetensors",
                "--frames", "3", "--keep", "fpn.")
            #expect(run.output.contains("proto_net.8 "))
            #expect(run.output.contains("int8, direct"))
            #expect(run.output.contains(" layers in int8; all together change"))

            let info = try scratch.succeed("info", "demo.int8.safetensors").output
            #expect(info.contains("quantised      int8, version 1, "))
            #expect(info.contains("on 3 frames of shapes.mp4, criterion mse"))
            #expect(info.contains("kept           fpn.lat_layers.0 in floating point"))
            #expect(info.contains("usable         yes"))
            #expect(!info.contains("yolact_quantisation"))
            #expect(
                try scratch.data("demo.int8.safetensors").count
                    < Data(contentsOf: URL(fileURLWithPath: Scratch.demoWeights)).count * 6 / 10)

            func segment(
                _ options: [String], environment: [String: String] = [:]
            ) throws -> (instances: Int, errors: String) {
                let run = try scratch.start(
                    ["segment", Scratch.sample, "--frames", "12", "--json", "a.ndjson"]
                        + ["-o", "a.framemd5", "--overwrite", "--log-level", "warning"]
                        + ["--weights", "demo.int8.safetensors"] + options,
                    environment: environment
                ).finish()
                #expect(run.status == 0, "\(run.errors)")
                let records = try scratch.text("a.ndjson")
                return (records.components(separatedBy: "\"score\"").count - 1, run.errors)
            }
            let exact = try segment([]).instances
            #expect(exact > 20)
            for options in [["--precision", "int8"], ["--precision", "auto"]] {
                let found = try segment(options)
                #expect(abs(found.instances - exact) <= exact / 5, "\(options)")
            }
            // oneDNN then acts as on a CPU without AVX-512, and as on one without products of bytes.
            let common = try segment(
                ["--precision", "int8"], environment: ["DNNL_MAX_CPU_ISA": "AVX2"])
            #expect(!common.errors.contains("warning"), "\(common.errors)")
            #expect(abs(common.instances - exact) <= exact / 5)
            let old = try segment(
                ["--precision", "int8"], environment: ["DNNL_MAX_CPU_ISA": "AVX"])
            #expect(old.errors.contains("no integer products (AVX2)"))
            #expect(abs(old.instances - exact) <= exact / 5)
            let plain = try segment(["--precision", "int8", "--engine", "openblas"])
            #expect(plain.errors.contains("openblas does not compute in int8"))
            #expect(abs(plain.instances - exact) <= exact / 5)

            let bench = try scratch.succeed(
                "bench", "--weights", "demo.int8.safetensors", "--precision", "auto", "--runs", "1",
                "--layers")
            #expect(bench.output.contains("onednn, int8, "))
            #expect(bench.output.contains("  int8  "))
            #expect(!bench.output.contains("ref:"))

            let again = try scratch.run(
                "quantize", "--calibrate", Scratch.sample, "-o", "demo.int8.safetensors")
            #expect(again.status == 73)
            #expect(again.complaints.count == 1)
        }

        @Test func int8WithoutAQuantisedFileIsRefused() throws {
            let run = try scratch.run("bench", "--runs", "1", "--precision", "int8")
            #expect(run.status == 78)
            #expect(run.errorLines.count == 1, "\(run.errors)")
            #expect(run.errors.contains("not quantised"))
            #expect(run.errors.contains("yolact-video quantize"))
        }

        /// What would be in the way at the end is told before the video is opened, which is not there.
        @Test func failsBeforeTheWork() throws {
            let missing = ["quantize", "--calibrate", "nothing.mp4"]
            let directory = try scratch.start(missing + ["-o", "none/a.safetensors"]).finish()
            #expect(directory.status == 73)
            #expect(directory.complaints.count == 1, "\(directory.errors)")
            #expect(directory.errors.contains("none/a.safetensors: "))
            let layer = try scratch.start(missing + ["-o", "a.safetensors", "--keep", "nothing"])
                .finish()
            #expect(layer.status == 64)
            #expect(layer.complaints.count == 1, "\(layer.errors)")
            #expect(layer.errors.contains("no layer 'nothing'"))
            #expect(!scratch.exists("a.safetensors"))
        }

        @Test func badArgumentsAreRefused() throws {
            for (options, status) in [
                (["--frames", "0"], 64), (["--criterion", "best"], 64),
                (["--threshold", "-1"], 64),
                (["--calibrate", "nothing.mp4"], 66),
            ] {
                let run = try scratch.start(
                    ["quantize", "-o", "a.safetensors"] + options
                        + (options[0] == "--calibrate" ? [] : ["--calibrate", Scratch.sample])
                ).finish()
                #expect(run.status == Int32(status), "\(options): \(run.errors)")
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(!scratch.exists("a.safetensors"))
            }
        }
    }
}
