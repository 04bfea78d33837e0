import Foundation
import Model
import Testing

/// `bench --scaling` as a user runs it.
extension ProgramTests {
    @Suite struct Scaling {
        private struct Report: Decodable {
            struct Row: Decodable {
                struct Frame: Decodable {
                    var median: Double
                    var min: Double
                    var runs: Int
                }
                var networks: Int
                var threads: Int
                var framesPerSecond: Double
                var frame: Frame
                var speed: Double
                var efficiency: Double
            }
            struct Choice: Decodable {
                var networks: Int
                var threads: Int
                var options: String
            }
            var cores: Int
            var physicalCores: Int
            var precision: String
            var rows: [Row]
            var throughput: Choice
            var latency: Choice
        }

        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func readReport(_ data: Data) throws -> Report {
            try JSONDecoder().decode(Report.self, from: data)
        }

        @Test func tableAndJSONAgree() throws {
            let run = try scratch.succeed(
                "bench", "--scaling", "--runs", "1", "--size", "128", "--json", "scaling.json")
            #expect(run.errors.isEmpty)
            let report = try readReport(scratch.data("scaling.json"))
            #expect(report.cores == CPUCores.current.available)
            #expect(report.precision == "f32")
            let rows = run.outputLines.compactMap { line -> [Double]? in
                let words = line.split(separator: " ").filter { $0 != "%" }
                let numbers = words.compactMap { Double($0) }
                return numbers.count == 6 && words.count == 6 ? numbers : nil
            }
            #expect(rows.count == report.rows.count)
            for (row, told) in zip(rows, report.rows) {
                #expect(row[0] == Double(told.networks))
                #expect(row[1] == Double(told.threads))
                #expect(abs(row[2] - told.framesPerSecond) <= 0.006)
                #expect(abs(row[3] - told.frame.median) <= 0.006)
                #expect(abs(row[4] - told.speed) <= 0.006)
                #expect(abs(row[5] - 100 * told.efficiency) <= 0.6)
            }
            for line in run.outputLines { #expect(line.count <= 80, "\(line)") }
            let advice =
                "throughput: \(report.throughput.options); latency: \(report.latency.options)"
            let last = try #require(run.outputLines.last)
            #expect(String(last) == advice)
        }

        @Test func numbersAreConsistent() throws {
            let run = try scratch.succeed(
                "bench", "--scaling", "--runs", "1", "--size", "128", "--json", "-")
            let report = try readReport(Data(run.output.utf8))
            let one = try #require(report.rows.first)
            #expect(one.networks == 1 && one.threads == 1)
            #expect(one.speed == 1 && one.efficiency == 1)
            for row in report.rows {
                #expect(row.networks * row.threads <= report.cores)
                #expect(row.frame.runs == row.networks)
                #expect(row.frame.min <= row.frame.median)
                #expect(abs(row.speed - row.framesPerSecond / one.framesPerSecond) < 1e-9)
                let threads = Double(row.networks * row.threads)
                #expect(abs(row.efficiency - row.speed / threads) < 1e-9)
                // One frame of one network: both are the same time.
                if row.networks == 1 {
                    #expect(abs(row.framesPerSecond * row.frame.median / 1000 - 1) < 1e-3)
                }
            }
            let fastest = report.rows.max { $0.framesPerSecond < $1.framesPerSecond }
            #expect(report.throughput.networks == fastest?.networks)
            #expect(report.throughput.threads == fastest?.threads)
            #expect(report.latency.networks == 1)
        }

        @Test func theProgramMayUseFewerCores() throws {
            let run = try ChildProcess(
                "taskset",
                [
                    "-c", "0", Repository.program(), "bench", "--scaling", "--runs", "1", "--size",
                    "128", "--json", "-",
                ], in: scratch.directory
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            let report = try readReport(Data(run.output.utf8))
            #expect(report.cores == 1)
            #expect(report.rows.count == 1)
        }

        @Test(arguments: [
            (["--threads", "2"], "leave out --threads"), (["--tracker"], "--tracker"),
            (["--layers"], "--layers"), (["--stages", "clip.mp4"], "--stages"),
            (["--runs", "0"], "--runs must be at least 1"),
        ]) func whatDoesNotGoTogetherIsRefused(_ options: [String], _ reason: String) throws {
            let run = try scratch.start(["bench", "--scaling"] + options).finish()
            #expect(run.status == 64)
            #expect(run.output.isEmpty)
            #expect(run.errorLines.count == 1)
            #expect(run.complaints.first?.contains(reason) == true, "\(run.errors)")
        }
    }

    /// `--networks`, which `bench --scaling` advises.
    @Suite struct Sharing {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func segment(_ options: String...) throws -> ChildProcess.Result {
            try scratch.start(
                ["segment", Scratch.sample, "--frames", "4", "--json", "-"] + options
            ).finish()
        }

        @Test func networksShareTheThreads() throws {
            let run = try segment("--networks", "3", "--threads", "7")
            #expect(run.status == 0)
            #expect(run.errors.contains("3 x 2 threads"), "\(run.errors)")
            #expect(run.outputLines.count == 4)
        }

        @Test(arguments: ["0", "257"]) func networksAreLimited(_ count: String) throws {
            let run = try segment("--networks", count)
            #expect(run.status == 64)
            #expect(run.complaints.first?.contains("--networks must lie between") == true)
        }

        @Test func eachNetworkNeedsAThread() throws {
            let run = try segment("--networks", "3", "--threads", "2")
            #expect(run.status == 64)
            #expect(run.output.isEmpty)
            let reason = "--networks 3 needs --threads 3 or more; there are 2"
            #expect(run.complaints.first?.contains(reason) == true, "\(run.errors)")
        }
    }
}
