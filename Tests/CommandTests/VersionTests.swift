import Foundation
import Testing

@testable import yolact_video

/// `--version`: the program and the libraries it finds.
extension ProgramTests {
    @Suite struct VersionReport {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        /// What the program says behind a name; nil where it says nothing of it.
        private func value(_ name: String, _ run: ChildProcess.Result) -> String? {
            run.outputLines.first { $0.hasPrefix(name + " ") }.map {
                $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
            }
        }

        @Test func programAndCommit() throws {
            let run = try scratch.succeed("--version")
            #expect(run.errors.isEmpty)
            #expect(run.outputLines.count == 4, "\(run.output)")
            let program = try #require(value("yolact-video", run))
            // Built by make from a checkout, or by hand, or from an archive of the sources.
            let commit = /(\d+\.\d+\.\d+) \(commit (unknown|[0-9a-f]{7,40}(-dirty)?)\)/
            let match = try #require(try commit.wholeMatch(in: program), "\(program)")
            #expect(match.1 == Version.current)
        }

        @Test func subcommandsSayTheSame() throws {
            #expect(
                try scratch.succeed("segment", "--version").output
                    == scratch.succeed("--version").output)
        }

        @Test func libraries() throws {
            let run = try scratch.succeed("--version")
            let ffmpeg = try #require(value("FFmpeg", run))
            let tool = try ChildProcess("ffmpeg", ["-version"], in: scratch.directory).finish()
            let release = try #require(ffmpeg.split(separator: " ").first)
            #expect(tool.output.hasPrefix("ffmpeg version \(release) "), "\(ffmpeg)")
            #expect(try /.*\(libavformat [0-9.]+, libavcodec .*\)/.wholeMatch(in: ffmpeg) != nil)
            let oneDNN = try #require(value("oneDNN", run))
            #expect(try /\d+\.\d+\.\d+, [A-Z0-9_]+ instructions/.wholeMatch(in: oneDNN) != nil)
            let openBLAS = try #require(value("OpenBLAS", run))
            #expect(try /\d+\.\d+\.\d+\S*, \w+ kernels/.wholeMatch(in: openBLAS) != nil)
        }

        /// The variable of oneDNN makes any CPU a lesser one.
        @Test(arguments: ["SSE41", "AVX"]) func instructionsAreThoseInUse(_ name: String) throws {
            let run = try scratch.start(["--version"], environment: ["DNNL_MAX_CPU_ISA": name])
                .finish()
            #expect(run.status == 0)
            #expect(value("oneDNN", run)?.hasSuffix(", \(name) instructions") == true)
        }

        /// A file by OpenBLAS's name that is no library stands for a machine without it.
        @Test func openBLASMayBeMissing() throws {
            try scratch.write(Data(), to: "libopenblas.so.0")
            let run = try scratch.start(
                ["--version"], environment: ["LD_LIBRARY_PATH": scratch.directory]
            ).finish()
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(value("OpenBLAS", run)?.hasPrefix("not found") == true, "\(run.output)")
        }
    }
}
