import Foundation
import Testing

/// `stability`, run as a user runs it.
extension ProgramTests {
    @Suite struct Stability {
        let scratch: Scratch

        init() throws { scratch = try Scratch() }

        private static let truth = Repository.path("samples/shapes.ndjson")

        @Test func aClipIsMeasuredInAllWays() throws {
            let run = try scratch.succeed(
                "stability", Scratch.sample, "--truth", Self.truth, "--compare", "off,light",
                "--frames", "12", "-o", "report.html", "--json", "figures.json")
            #expect(run.errors.contains("12 frames"))
            for name in [
                "temporal consistency", "shape IoU", "static flicker %", "parts a mask",
                "specks a mask", "centre jitter %",
                "coverage %", "agreement with untouched", "sMOTSA", "identity switches",
                "mask AP of what is shown",
            ] {
                #expect(run.outputLines.contains { $0.hasPrefix("  \(name)") }, "\(name)")
            }
            let header = try #require(run.outputLines.first)
            #expect(header.split(separator: " ") == ["off", "light", "truth"])

            let json = try JSONSerialization.jsonObject(with: scratch.data("figures.json"))
            let document = try #require(json as? [String: Any])
            #expect(document["frames"] as? Int == 12)
            let variants = try #require(document["variants"] as? [[String: Any]])
            #expect(variants.map { $0["smoothing"] as? String } == ["off", "light"])
            func values(_ name: String) -> [Double] {
                variants.map { variant in
                    let figures = variant["figures"] as? [String: Any]
                    let all = figures?["all"] as? [String: Any]
                    return all?[name] as? Double ?? .nan
                }
            }
            let flicker = values("staticFlicker")
            #expect(flicker[1] < 0.6 * flicker[0])
            // Calm masks are not bought with confetti.
            let (parts, specks) = (values("partsPerMask"), values("specksPerMask"))
            #expect(parts[0] >= 1 && parts[1] <= parts[0])
            #expect(specks[1] <= specks[0])
            let figures = variants[0]["figures"] as? [String: Any]
            let coverage = figures?["coverage"] as? [String: Any]
            // What identities alone do leaves masks as they are.
            #expect(coverage?["agreement"] as? Double == 1)
            #expect((figures?["tracks"] as? [Any])?.count ?? 0 >= 5)

            let page = try scratch.text("report.html")
            #expect(page.contains("<h2>Worst moments: off</h2>"))
            #expect(page.contains("<h2>Worst moments: light</h2>"))
            #expect(page.contains("data:image/jpeg;base64,"))
            #expect(page.contains("Temporal consistency over time"))
            #expect(
                page.contains("sMOTSA, light\u{A0}↑") && page.contains("static flicker %\u{A0}↓"))
            #expect(page.contains("--compare off,light --frames 12 -o report.html"))
            #expect(!page.contains("src=\"http") && !page.contains("href=\"http"))
            #expect(try scratch.listing() == ["figures.json", "report.html"])
        }

        @Test func jsonGoesToStandardOutputInsteadOfTheTable() throws {
            let run = try scratch.succeed(
                "stability", Scratch.sample, "--frames", "3", "--json", "-", "--quiet")
            #expect(run.errors.isEmpty)
            let document =
                try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            #expect(document?["frames"] as? Int == 3)
        }

        @Test func wrongArgumentsAreRefused() throws {
            try scratch.write(Data("old".utf8), to: "old.html")
            try scratch.write(
                Data(
                    """
                    {"frame":0,"instances":[{"id":1,"category":"cow","bbox":[0,0,1,1],\
                    "segmentation":{"size":[2,2],"counts":[0,1,3]}}]}
                    """.utf8), to: "cows.ndjson")
            try scratch.write(Data("{\"frame\":".utf8), to: "broken.ndjson")
            let cases: [([String], Int32, String)] = [
                (["--compare", "off,heavy"], 64, "--compare knows no 'heavy'"),
                (["--compare", "off,off"], 64, "--compare needs each way once"),
                (["--compare", ","], 64, "--compare needs each way once"),
                (["--truth", Self.truth, "--start", "1"], 64, "it cannot go with --start"),
                (["-o", "a", "--json", "a"], 64, "name the same file"),
                (["-o", Scratch.sample], 73, "a file that INPUT reads"),
                (["-o", "old.html"], 73, "old.html"),
                (["--truth", "none.ndjson"], 66, "none.ndjson"),
                (["--truth", "broken.ndjson"], 65, "broken.ndjson"),
                (["--truth", "cows.ndjson"], 64, "cow"),
            ]
            for (options, status, message) in cases {
                let run = try scratch.start(["stability", Scratch.sample] + options).finish()
                #expect(run.status == status, "\(options): \(run.errors)")
                #expect(run.errors.contains(message), "\(options): \(run.errors)")
                #expect(run.complaints.count == 1, "\(options): \(run.errors)")
            }
            #expect(try scratch.text("old.html") == "old")
        }

        @Test func theTrackerIsTimed() throws {
            let run = try scratch.succeed("bench", "--tracker")
            #expect(run.output.contains("50 instances, 1280 x 720"))
            #expect(run.outputLines.last.flatMap { Double($0) } ?? -1 >= 0)
        }
    }
}
