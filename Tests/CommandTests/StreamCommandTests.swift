import Foundation
import Testing

/// `stream` with real servers that die, freeze, lose packets and come back changed.
extension ProgramTests {
    @Suite struct Stream {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private func start(_ arguments: String...) throws -> ChildProcess {
            try scratch.start(["stream", "--threads", "1"] + arguments)
        }

        @Test func playsAFileAndAccountsForEveryFrame() throws {
            let run = try start(
                Scratch.sample, "--every-frame", "--frames", "20", "-o", "a.mkv", "-o", "b.mp4",
                "-o", "c.m3u8", "--json", "-"
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            let lines = try StreamLine.parse(run.output)
            #expect(lines.map(\.frame) == Array(0..<20))
            #expect(lines.contains { !$0.instances.isEmpty })
            // Objects keep their numbers from frame to frame.
            let ids = lines.map { Set($0.instances.compactMap(\.id)) }
            #expect(zip(ids, ids.dropFirst()).contains { !$0.isDisjoint(with: $1) })
            let account = try StreamAccount(run.errors)
            #expect(account.processed == 20)
            #expect(account.isConserved)
            for file in ["a.mkv", "b.mp4"] { #expect(try scratch.frameCount(file) == 20) }
            // Segments are named as a web server or another machine finds them.
            let playlist = try scratch.text("c.m3u8").split(separator: "\n")
            #expect(playlist.filter { !$0.hasPrefix("#") } == ["c0.ts"])
            #expect(try scratch.ffprobe("stream=codec_name,width", "a.mkv") == ["h264,640"])
        }

        @Test(arguments: ["tcp", "udp"])
        func readsARealServer(_ transport: String) throws {
            let camera = try TestServer.camera(
                in: scratch, "--user", "admin", "--password", "geheim")
            let run = try start(
                "rtsp://admin:geheim@127.0.0.1:\(camera.port)/live", "--transport", transport,
                "--frames", "15", "--json", "-"
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            #expect(try StreamLine.parse(run.output).count == 15)
            #expect(try StreamAccount(run.errors).isConserved)
            #expect(!run.errors.contains("geheim"))
        }

        @Test func comesBackAfterEveryFault() throws {
            var camera = try TestServer.camera(in: scratch)
            let port = camera.port
            let proxy = try TestServer("fault-proxy.py", ["\(port)"], in: scratch)
            let process = try start(
                "rtsp://127.0.0.1:\(proxy.port)/live", "--read-timeout", "1", "--open-timeout", "2",
                "-o", "out.mkv", "--json", "-")
            var expected = 0
            func waitForMore() throws {
                expected = process.outputSoFar.split(separator: "\n").count + 15
                try process.waitForOutput(lines: expected)
            }
            try waitForMore()
            try proxy.tell("freeze")
            try process.waitForErrors("no data for 1.0 seconds")
            try proxy.tell("pass")
            try waitForMore()
            let told = process.errorsSoFar.ranges(of: "again in").count
            try proxy.tell("reset")
            // FFmpeg calls it a reset, an end or invalid data, after what it was doing.
            try process.waitForErrors("again in", times: told + 1)
            try proxy.tell("pass")
            try waitForMore()
            try proxy.tell("rate 500000")
            try waitForMore()
            camera.kill()
            camera = try TestServer.camera(
                in: scratch, port: port, "--width", "480", "--height", "270")
            try proxy.tell("pass")
            try process.waitForErrors("h264, 480 x 270")
            try waitForMore()
            process.send(SIGINT)
            #expect(process.ends(within: 10))
            let run = try process.finish()
            #expect(run.status == 130, "\(run.errors)")
            #expect(run.complaints.count == 1)
            let account = try StreamAccount(run.errors)
            #expect(account.isConserved)
            let times = try StreamLine.parse(run.output).map(\.time)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
            // Everything that was written decodes without a complaint.
            #expect(try scratch.frameCount("out.mkv") >= account.processed)
            let stamps = try scratch.ffprobe("packet=dts_time", "out.mkv").compactMap(Double.init)
            #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0 < $1 })
        }

        @Test func marksPicturesAfterPacketLoss() throws {
            let camera = try TestServer.camera(in: scratch, "--loss", "0.05")
            let run = try start(
                "rtsp://127.0.0.1:\(camera.port)/live", "--transport", "udp", "--every-frame",
                "--frames", "150", "--json", "-"
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            let lines = try StreamLine.parse(run.output)
            #expect(lines.contains { $0.suspect == true })
            #expect(lines.contains { $0.suspect == nil })
            #expect(try StreamAccount(run.errors).isConserved)
        }

        @Test func aKilledRecordingLosesAtMostOneGroupOfPictures() throws {
            for name in ["a.mkv", "b.mp4", "c.ts"] {
                let process = try start(
                    Scratch.sample, "--realtime", "--loop", "-o", name, "--keyframe-interval",
                    "0.5", "--json", "-")
                try process.waitForOutput(lines: 40)
                process.send(SIGKILL)
                let run = try process.finish()
                let processed = try #require(
                    StreamLine.parse(String(run.output.prefix { _ in true })).last)
                let stamps = try scratch.ffprobe("packet=pts_time", name).compactMap(Double.init)
                let end = try #require(stamps.max()) - (stamps.min() ?? 0)
                #expect(end >= processed.time - 0.8, "\(name): \(end) of \(processed.time) s")
                #expect(try scratch.frameCount(name) == stamps.count)
            }
        }

        @Test func publishesAndPublishesAgain() throws {
            var server = try TestServer.camera(in: scratch)
            let port = server.port
            let process = try start(
                Scratch.sample, "--realtime", "--loop", "-o", "rtsp://127.0.0.1:\(port)/record",
                "-o",
                "copy.mkv")
            // PORT, PUBLISHER, RECORDED 10, RECORDED 20
            try server.process.waitForOutput(lines: 4)
            server.kill()
            server = try TestServer.camera(in: scratch, port: port)
            try server.process.waitForOutput(lines: 4)
            try process.waitForErrors("writing again")
            process.send(SIGTERM)
            let run = try process.finish()
            #expect(run.status == 143, "\(run.errors)")
            let account = try StreamAccount(run.errors)
            #expect(account.isConserved)
            // The other output has missed nothing.
            #expect(try scratch.frameCount("copy.mkv") >= account.processed)
        }

        @Test func reportsWhereEachFramesTimeWent() throws {
            var camera = try TestServer.camera(in: scratch)
            let port = camera.port
            let process = try start(
                "rtsp://127.0.0.1:\(port)/live", "-o", "out.mkv", "--json", "-", "--latency-report",
                "report", "--warm-up", "0")
            // Sender reports, which tell when pictures were taken, come after some seconds.
            try process.waitForOutput(lines: 120)
            camera.kill()
            camera = try TestServer.camera(in: scratch, port: port)
            try process.waitForErrors("connected", times: 2)
            let now = process.outputSoFar.split(separator: "\n").count
            try process.waitForOutput(lines: now + 10)
            process.send(SIGINT)
            let run = try process.finish()
            #expect(run.status == 130, "\(run.errors)")
            let account = try StreamAccount(run.errors)
            let summary = try #require(
                JSONSerialization.jsonObject(with: scratch.data("report/summary.json"))
                    as? [String: Any])
            let frames = try #require(summary["frames"] as? [String: Any])
            #expect(frames["arrived"] as? Int == account.received)
            #expect(frames["written"] as? Int == account.processed)
            #expect(frames["dropped"] as? Int == account.dropped)
            let latency = try #require(summary["latency"] as? [String: Any])
            #expect(latency["captureSource"] as? String == "rtcp")
            let captured = try #require(latency["captureToWrite"] as? [String: Any])
            #expect(try #require(captured["count"] as? Int) >= 30)
            let trace = try scratch.text("report/trace.json")
            #expect(trace.contains("\"name\":\"lost: "))
            #expect(trace.contains("\"name\":\"connected\""))
            try checkSums(scratch.text("report/frames.csv"), written: account.processed)
        }

        /// Waiting and working add up to the whole, for every frame.
        private func checkSums(_ table: String, written: Int) throws {
            let lines = table.split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            let head = try #require(lines.first)
            func value(_ name: String, _ line: [String]) throws -> Int? {
                Int(line[try #require(head.firstIndex(of: name))])
            }
            var count = 0
            for line in lines.dropFirst() {
                guard let end = try value("encode_end_ns", line) else { continue }
                let arrival = try #require(try value("arrival_ns", line))
                var ready = arrival
                var sum = 0
                for stage in ["decode", "network", "track", "paint", "encode"] {
                    let begin = try #require(try value("\(stage)_start_ns", line))
                    let done = try #require(try value("\(stage)_end_ns", line))
                    #expect(ready <= begin && begin <= done)
                    sum += begin - ready + done - begin
                    ready = done
                }
                #expect(sum == end - arrival)
                count += 1
            }
            #expect(count == written)
        }

        @Test func oneDyingCameraDoesNotDisturbAnother() throws {
            let camera = try TestServer.camera(in: scratch)
            try "# two cameras\ngood \(Scratch.sample)\n".write(
                toFile: scratch.path("list"), atomically: true, encoding: .utf8)
            let process = try start(
                "bad=rtsp://127.0.0.1:\(camera.port)/live", "--sources", "list", "--realtime",
                "--loop", "-o", "{camera}.mkv", "--json", "-", "--max-reconnects", "1",
                "--duration", "60")
            try process.waitForOutput(lines: 20)
            camera.kill()
            try process.waitForErrors("bad: given up")
            let now = process.outputSoFar.split(separator: "\n").count
            try process.waitForOutput(lines: now + 30)
            process.send(SIGINT)
            let run = try process.finish()
            let lines = try StreamLine.parse(run.output)
            #expect(lines.suffix(25).allSatisfy { $0.source == "good" })
            #expect(Set(lines.map(\.source)) == ["good", "bad"])
            #expect(try StreamAccount(run.errors, camera: "good").isConserved)
            #expect(try StreamAccount(run.errors, camera: "bad").isConserved)
        }

        @Test func outputsGoOnWhileTheCameraIsAway() throws {
            let camera = try TestServer.camera(in: scratch)
            // Four failures in a row take more than three seconds.
            let process = try start(
                "rtsp://127.0.0.1:\(camera.port)/live", "--json", "-", "-o", "seg.mkv",
                "--segment-time", "1", "--max-reconnects", "4")
            try process.waitForOutput(lines: 20)
            camera.kill()
            let run = try process.finish()
            #expect(run.status == 2, "\(run.errors)")
            let account = try StreamAccount(run.errors)
            let repeated = run.errors.split(separator: ",").compactMap { part in
                part.hasSuffix("pictures repeated") || part.contains("pictures repeated\n")
                    ? Int(part.split(separator: " ")[0]) : nil
            }.first
            let files = try scratch.listing().filter { $0.hasPrefix("seg-") }
            #expect(files.count >= 3, "\(files)")
            let written = try files.map(scratch.frameCount).reduce(0, +)
            #expect(try #require(repeated) >= 30)
            #expect(written == account.processed + (repeated ?? 0))
        }

        @Test(arguments: [
            (["nowhere.mp4"], 66, "No such file"),
            (["a", "b", "-o", "x.mkv"], 64, "{camera}"),
            (["a", "--serve", "x"], 64, "--serve"),
            (["a", "--every-frame", "--max-latency", "5"], 64, "exclude"),
            (["a", "-o", "/nowhere/x.mkv"], 73, "/nowhere"),
            (["a", "-o", "gopher://x/"], 73, "gopher"),
            (["rtsp://u:geheim@127.0.0.1:1/x", "--max-reconnects", "0"], 66, "refused"),
            (
                ["rtsp://u:ge/heim@127.0.0.1:1/x", "--max-reconnects", "0"], 66,
                "have to be percent-encoded"
            ),
        ])
        func badInputGetsOneLine(_ arguments: [String], _ status: Int32, _ text: String) throws {
            let run = try scratch.start(["stream"] + arguments).finish()
            #expect(run.status == status, "\(run.errors)")
            #expect(run.complaints.last?.contains(text) == true, "\(run.errors)")
            #expect(!run.errors.contains("geheim"))
        }
    }
}
