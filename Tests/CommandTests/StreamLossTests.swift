import Foundation
import Testing

@testable import Pipeline
@testable import yolact_video

/// A run of `stream` that lost something says so, with `-q` too, and does not end as a success.
extension ProgramTests {
    @Suite struct StreamLoss {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func run(_ arguments: [String]) throws -> ChildProcess.Result {
            try scratch.start(["stream", "--threads", "1", "--quiet"] + arguments).finish()
        }

        @Test(arguments: [
            // Nobody listens there: the output never works.
            (["-o", "rtsp://127.0.0.1:1/x"], 73, "rtsp://127.0.0.1:1/x"),
            (["--json", "/dev/full"], 73, "/dev/full"),
            (["-o", "good.mkv", "-o", "rtsp://127.0.0.1:1/x"], 73, "rtsp://127.0.0.1:1/x"),
        ])
        func ofAnOutputThatNeverWorked(
            _ outputs: [String], _ status: Int32, _ name: String
        ) throws {
            let run = try run([Scratch.sample, "--every-frame", "--frames", "20"] + outputs)
            #expect(run.status == status, "\(run.errors)")
            #expect(run.complaints.contains { $0.contains(name) }, "\(run.errors)")
            if outputs.contains("good.mkv") { #expect(try scratch.frameCount("good.mkv") == 20) }
        }

        @Test(arguments: [["-o", "x.mkv"], ["--json", "x.ndjson"]])
        func ofAFullDisk(_ output: [String]) throws {
            // The limit on a file's size stands for the disk's end.
            let words =
                ([
                    "stream", Scratch.sample, "--threads", "1", "--quiet", "--every-frame",
                    "--frames",
                    "60", "--crf", "1",
                ] + output).map { "'\($0)'" }.joined(separator: " ")
            let run = try ChildProcess(
                "bash", ["-c", "ulimit -f 12; exec '\(Repository.program())' \(words)"],
                in: scratch.directory
            ).finish()
            #expect(run.status == 2, "\(run.errors)")
            #expect(run.complaints.contains { $0.contains(output[1]) }, "\(run.errors)")
        }

        @Test func ofACameraThatNeverAnswered() throws {
            try scratch.write(Data("rtsp://127.0.0.1:1/a\nrtsp://127.0.0.1:1/b\n".utf8), to: "list")
            let run = try run(["--sources", "list", "--duration", "1"])
            #expect(run.status == 66, "\(run.errors)")
            #expect(run.complaints.count == 2, "\(run.errors)")
        }

        @Test func ofAContainerThatHoldsNoSuchVideo() throws {
            let run = try run([Scratch.sample, "-o", "x.webm"])
            #expect(run.status == 73, "\(run.errors)")
            #expect(run.complaints.first?.contains("webm cannot hold") == true, "\(run.errors)")
            #expect(try scratch.listing().isEmpty)
        }
    }
}

@Suite struct StreamLossesTests {
    private func camera(_ change: (inout CameraStatus) -> Void = { _ in }) -> CameraStatus {
        var camera = CameraStatus(name: "door", address: "rtsp://door/")
        camera.counts.received = 10
        camera.counts.processed = 10
        change(&camera)
        return camera
    }

    private func output(written: Int, dropped: Int, failures: Int = 0) -> StreamOutput.Status {
        var status = StreamOutput.Status()
        (status.name, status.written, status.dropped) = ("x.mkv", written, dropped)
        status.failures = failures
        return status
    }

    @Test func aWholeRunLostNothing() {
        let losses = StreamLosses(
            [camera { $0.outputs = [output(written: 10, dropped: 0)] }],
            records: ("r", StreamRecordLog.Status()))
        #expect(losses.lines.isEmpty)
        #expect(losses.reason == nil)
    }

    @Test func everyKindHasItsReason() {
        func reason(_ cameras: [CameraStatus]) -> ExitReason? {
            StreamLosses(cameras, records: nil).reason
        }
        let silent = camera { $0.counts = StreamCounts() }
        let blind = camera {
            $0.counts = StreamCounts()
            ($0.counts.received, $0.counts.drops[.beforeKeyframe]) = (5, 5)
        }
        #expect(reason([silent, blind]) == .noInput)
        #expect(reason([silent, camera()]) == .partlyDecoded)
        #expect(reason([camera { $0.fatal = "gone" }]) == .partlyDecoded)
        #expect(reason([camera { $0.presentationFailures = 1 }]) == .partlyDecoded)
        #expect(
            reason([camera { $0.outputs = [output(written: 1, dropped: 1)] }]) == .partlyDecoded)
        #expect(
            reason([camera { $0.outputs = [output(written: 1, dropped: 0, failures: 1)] }])
                == .partlyDecoded)
        #expect(
            reason([camera { $0.outputs = [output(written: 0, dropped: 9, failures: 1)] }])
                == .cannotWrite)
        var records = StreamRecordLog.Status()
        (records.written, records.lost) = (5, 1)
        #expect(StreamLosses([camera()], records: ("r", records)).reason == .partlyDecoded)
        records.written = 0
        #expect(StreamLosses([camera()], records: ("r", records)).reason == .cannotWrite)
    }

    @Test func theGravestComesFirst() {
        var records = StreamRecordLog.Status()
        records.lost = 1
        let losses = StreamLosses(
            [camera { $0.outputs = [output(written: 5, dropped: 1)] }], records: ("r", records))
        #expect(losses.lines.count == 2)
        #expect(losses.reason == .cannotWrite)
        #expect(losses.lines.first?.hasPrefix("r: ") == true)
    }
}
