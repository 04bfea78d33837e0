import Foundation
import Testing

/// Passwords in URLs appear in nothing that any command prints or writes.
extension ProgramTests {
    @Suite struct Secrets {
        let scratch: Scratch
        private let server: ChildProcess
        private let port: Int

        /// Made up anew for each place, always the same for each run of the tests.
        private static func secret(_ seed: UInt64) -> String {
            let letters = Array(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&*+,;")
            var state = seed
            return String(
                (0..<24).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return letters[Int(state >> 33) % letters.count]
                })
        }

        /// Where cameras have their passwords.
        enum Place: String, CaseIterable {
            case user, parameter, path
        }

        init() throws {
            scratch = try Scratch()
            try FileManager.default.createDirectory(
                atPath: scratch.path("www"), withIntermediateDirectories: false)
            try scratch.ffmpeg(
                "-i", Scratch.sample, "-t", "0.6", "-map", "0", "-c", "copy", "www/clip.ts")
            server = try ChildProcess(
                "/usr/bin/python3",
                ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", "www"],
                in: scratch.directory)
            try server.waitForOutput(lines: 1)
            let words = server.outputSoFar.split(separator: " ")
            let place = try #require(words.firstIndex(of: "port"))
            port = try #require(Int(words[place + 1]))
        }

        private func url(_ secret: String, _ place: Place, port: Int) throws -> String {
            switch place {
            case .user: return "http://admin:\(secret)@127.0.0.1:\(port)/clip.ts"
            case .parameter: return "http://127.0.0.1:\(port)/clip.ts?channel=1&authbasic=\(secret)"
            case .path:
                let folder = "user=admin_password=\(secret)"
                try FileManager.default.createDirectory(
                    atPath: scratch.path("www/\(folder)"), withIntermediateDirectories: true)
                let link = scratch.path("www/\(folder)/clip.ts")
                if !FileManager.default.fileExists(atPath: link) {
                    try FileManager.default.createSymbolicLink(
                        atPath: link, withDestinationPath: "../clip.ts")
                }
                return "http://127.0.0.1:\(port)/\(folder)/clip.ts"
            }
        }

        @Test(arguments: Place.allCases) func areShownNowhere(_ place: Place) throws {
            let secret = Self.secret(UInt64(place.rawValue.count))
            let works = try url(secret, place, port: port)
            let commands = [
                ["info", works],
                ["segment", works, "-o", "a.mp4", "--json", "a.ndjson"]
                    + ["--latency-report", "a", "--frames", "2"],
                ["latency", works, "--json", "b.json", "--frames", "4", "--warm-up", "0"],
                ["stability", works, "-o", "c.html", "--json", "c.json", "--frames", "3"],
                ["inspect", works, "-o", "d", "--top-k", "1"],
                ["stream", works, "-o", "e.mkv", "--json", "e.ndjson", "--latency-report", "e"]
                    + ["--frames", "2", "--every-frame"],
            ]
            for words in commands {
                let isLogged = !["info"].contains(words[0])
                let run = try scratch.start(words + (isLogged ? ["--log-level", "debug"] : []))
                    .finish()
                #expect(run.status == 0, "\(words): \(run.errors)")
                #expect(!run.errors.contains(secret), "\(words): \(run.errors)")
                #expect(!run.output.contains(secret), "\(words): \(run.output)")
            }
            // Nobody listens there.
            let fails = try url(secret, place, port: 1)
            for words in [
                ["info", fails], ["segment", fails, "-o", "f.mp4"],
                ["stream", fails, "--max-reconnects", "0", "--json", "-"],
                ["stream", Scratch.sample, "--frames", "2", "-o", fails],
            ] {
                let run = try scratch.start(words).finish()
                #expect(run.status != 0)
                #expect(!(run.errors + run.output).contains(secret), "\(words): \(run.errors)")
            }
            try scratch.write(Data("door \(fails)\n".utf8), to: "list")
            let listed = try scratch.run("stream", "--sources", "list", "--max-reconnects", "0")
            #expect(!(listed.errors + listed.output).contains(secret), "\(listed.errors)")
            try FileManager.default.removeItem(atPath: scratch.path("list"))
            try checkFiles(secret)
        }

        /// Looks into everything that was written.
        private func checkFiles(_ secret: String) throws {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: scratch.directory)
            let written = paths.filter { !$0.hasPrefix("www") }
            #expect(written.count > 20)
            for path in written {
                guard let data = FileManager.default.contents(atPath: scratch.path(path)) else {
                    continue
                }
                #expect(data.firstRange(of: Data(secret.utf8)) == nil, "\(path)")
            }
        }
    }
}
