import Foundation
import Testing

/// `evaluate` as a user runs it.
extension ProgramTests {
    @Suite struct Evaluate {
        let scratch: Scratch
        let set: TinyDataset
        private let model = ["evaluate", "--annotations", "instances.json", "--images", "images"]

        init() throws {
            scratch = try Scratch()
            set = try TinyDataset(in: scratch)
        }

        private func figures(_ arguments: [String]) throws -> FiguresFile {
            let run = try scratch.start(arguments + ["--json", "-", "--quiet"]).finish()
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errorLines.allSatisfy { $0.hasPrefix("yolact-video: warning: ") })
            return try FiguresFile.read(Data(run.output.utf8))
        }

        @Test func aModelAndItsResultsFilesGiveTheSameFigures() throws {
            let direct = try figures(model + ["--results-out", "out", "--threads", "2"])
            #expect(direct.images == 6)
            #expect(direct.truths == 42)
            #expect(direct.warnings.isEmpty)
            // The clip as a whole has 0.63 and 0.64; six pictures lie around that.
            for value in [direct.box?["AP"], direct.mask?["AP"]] {
                #expect((0.5...0.8).contains(try #require(value ?? nil)))
            }
            #expect(direct.categories.map(\.id) == [3, 5, 8, 17, 21, 90])
            #expect(direct.categories.map(\.truths).reduce(0, +) == 42)
            #expect(
                try scratch.listing().filter { $0.hasPrefix("out") }
                    == ["out_bbox_detections.json", "out_mask_detections.json"])
            let again = try figures([
                "evaluate", "--annotations", "instances.json", "--results",
                "out_mask_detections.json", "--results", "out_bbox_detections.json",
            ])
            #expect(again == direct)
            let masks = try figures([
                "evaluate", "--annotations", "instances.json", "--results",
                "out_mask_detections.json",
            ])
            #expect(masks.box == nil && masks.yolact.box == nil)
            #expect(masks.mask == direct.mask)
            // What the server takes: an array of objects with these members.
            let boxes = try JSONSerialization.jsonObject(
                with: scratch.data("out_bbox_detections.json"))
            let first = (boxes as? [Any])?.first
            #expect(keys(of: first) == ["image_id", "category_id", "bbox", "score"])
            #expect((boxes as? [Any])?.count == direct.detections)
        }

        @Test func framesAndPicturesGiveTheSameFigures() throws {
            let lines = try String(
                contentsOfFile: Repository.path("samples/shapes.ndjson"), encoding: .utf8
            ).split(separator: "\n")
            let some = set.frames.map { lines[$0] + "\n" }.joined()
            try scratch.write(Data(some.utf8), to: "some.ndjson")
            let video = try figures([
                "evaluate", "--annotations", "some.ndjson", "--video", Scratch.sample,
                "--results-out", "video",
            ])
            #expect(video.images == 6 && video.truths == 42)
            #expect(video.categories.map(\.name).first == "circle")
            let pictures = try figures(model)
            // PNG holds RGB, so colours were rounded once more.
            let (one, other) = (
                try #require(video.mask?["AP"] ?? nil), try #require(pictures.mask?["AP"] ?? nil)
            )
            #expect(abs(one - other) < 0.03)
            // Ids of frame records are those of the model's classes.
            let again = try figures([
                "evaluate", "--annotations", "some.ndjson", "--results",
                "video_bbox_detections.json", "--results", "video_mask_detections.json",
            ])
            #expect(again == video)
            // What `segment` writes are results too: here the first frame, as records.
            try scratch.succeed(
                "segment", Scratch.sample, "--json", "r.ndjson", "--frames", "1",
                "--score-threshold", "0", "--top-k", "100", "--quiet")
            let records = try figures([
                "evaluate", "--annotations", "some.ndjson", "--results", "r.ndjson",
                "--max-images", "1",
            ])
            let first = try figures([
                "evaluate", "--annotations", "some.ndjson", "--video", Scratch.sample,
                "--max-images", "1",
            ])
            #expect(records.mask == first.mask && records.box == first.box)
        }

        @Test func anInterruptedRunGoesOn() throws {
            let whole = try figures(model + ["--results-out", "whole"])
            // As if the run had ended after two images: the line of the third is cut off.
            let arguments = model + ["--results-out", "part/"]
            try FileManager.default.createDirectory(
                atPath: scratch.path("part"), withIntermediateDirectories: false)
            let first = try scratch.start(arguments + ["--max-images", "2", "--json", "/dev/full"])
                .finish()
            #expect(first.status == 73, "\(first.errors)")
            #expect(
                first.complaints.first?.contains("/dev/full: writing failed") == true)
            let partial = "part/partial_detections.ndjson"
            var text = try scratch.text(partial)
            #expect(text.split(separator: "\n").count == 3)
            text += "{\"image_id\":600,\"detections\":[{\"ima"
            try scratch.write(Data(text.utf8), to: partial)
            try? FileManager.default.removeItem(
                atPath: scratch.path("part/bbox_detections.json"))
            try? FileManager.default.removeItem(
                atPath: scratch.path("part/mask_detections.json"))

            let other = try scratch.start(arguments + ["--nms", "traditional"]).finish()
            #expect(other.status == 64)
            #expect(
                other.complaints.first?.contains("were made with other --nms; --restart") == true)
            let weights = try scratch.start(arguments + ["--weights", Scratch.demoWeights]).finish()
            #expect(weights.status == 64)
            #expect(weights.complaints.first?.contains("other weights") == true)

            let run = try scratch.start(arguments + ["--json", "figures.json"]).finish()
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("going on from there: 2 of 6 images are done"))
            #expect(run.errors.contains("4/4 images"))
            #expect(try FiguresFile.read(scratch.data("figures.json")) == whole)
            for kind in ["bbox", "mask"] {
                #expect(
                    try scratch.data("part/\(kind)_detections.json")
                        == scratch.data("whole_\(kind)_detections.json"))
            }
            #expect(!scratch.exists(partial))
            #expect(try scratch.start(arguments).finish().status == 73, "the files exist now")
        }

        @Test(arguments: [(SIGINT, 130, "SIGINT"), (SIGTERM, 143, "SIGTERM")])
        func aSignalEndsTheRunInOrder(_ signal: Int32, _ status: Int32, _ name: String) throws {
            let process = try scratch.start([
                "evaluate", "--annotations", Repository.path("samples/shapes.ndjson"), "--video",
                Scratch.sample, "--results-out", "r", "--json", "f.json", "--threads", "1",
            ])
            // Said just before the first image.
            try process.waitForErrors("1 x 1 threads")
            process.send(signal)
            let run = try process.finish()
            #expect(run.status == status && !run.wasKilled)
            #expect(run.complaints.count == 1)
            let complaint = try #require(run.complaints.first)
            #expect(complaint.contains("ended by \(name) after "))
            #expect(complaint.hasSuffix(" of 300 images; the same command goes on from there"))
            #expect(
                try scratch.listing() == [
                    "images", "instances.json", "r_partial_detections.ndjson",
                ])
            let done = try scratch.text("r_partial_detections.ndjson").split(separator: "\n").count
            #expect(complaint.contains("after \(done - 1) of 300"))
        }

        @Test func tablesAndAReport() throws {
            let run = try scratch.start(
                model + [
                    "--per-class", "--report", "report.html", "--report-classes", "star,Ring",
                    "--json", "figures.json",
                ]
            ).finish()
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.components(separatedBy: " Average Precision  (AP) @[").count == 13)
            #expect(run.output.contains("   box |") && run.output.contains("  mask |"))
            #expect(run.outputLines.contains { $0.hasPrefix("TRIANGLE ") })
            #expect(run.errors.contains("6 images, 42 truths, "))
            let figures = try FiguresFile.read(scratch.data("figures.json"))
            let report = try scratch.text("report.html")
            #expect(report.hasPrefix("<!DOCTYPE html>") && report.hasSuffix("</html>\n"))
            for (kind, values) in [("mask", figures.mask), ("box", figures.box)] {
                for name in ["AP", "AP50", "AP75"] {
                    let value = String(format: "%.3f", try #require(values?[name] ?? nil))
                    #expect(report.contains("<b>\(value)</b><span>\(kind) \(name)\u{A0}↑</span>"))
                }
            }
            #expect(report.contains("Ring: precision over recall"))
            #expect(!report.contains("circle: precision over recall"))
            #expect(report.contains("href=\"data:image/jpeg;base64,/9j/"))
            #expect(!report.contains("src=") && !report.contains("http"))
            let tags = ["section", "svg", "figure", "table", "details", "text", "path"]
            for tag in tags where tag != "path" {
                #expect(
                    report.components(separatedBy: "<\(tag)").count
                        == report.components(separatedBy: "</\(tag)>").count, "\(tag)")
            }
        }

        @Test func badInputIsOneLine() throws {
            try scratch.write(Data("{\"images\": [".utf8), to: "broken.json")
            try scratch.write(
                Data("[{\"image_id\":5,\"category_id\":3,\"bbox\":[1,2,3,4],\"score\":1}]".utf8),
                to: "strange.json")
            try scratch.write(
                Data(
                    """
                    {"images":[{"id":1,"width":9,"height":9,"file_name":"0.png"}],
                     "categories":[{"id":1,"name":"teapot"}],"annotations":[]}
                    """.utf8), to: "teapots.json")
            let some = ["evaluate", "--annotations", "instances.json"]
            let cases: [([String], Int32, String)] = [
                (some, 64, "nothing to evaluate"),
                (
                    some + ["--results", "strange.json"], 65,
                    "strange.json: image 5 is not in instances.json"
                ),
                (some + ["--results", "none.json"], 66, "none.json: opening failed"),
                (
                    some + ["--results", "strange.json", "--results-out", "x"], 64,
                    "--results-out is for a model"
                ),
                (some + ["--images", "none"], 66, "none: opening failed"),
                (some + ["--images", "."], 66, "the file of image 0 is not there, nor are those"),
                (
                    ["evaluate", "--annotations", "broken.json", "--images", "images"], 65,
                    "broken.json: "
                ),
                (
                    ["evaluate", "--annotations", "none.ndjson", "--video", "x"], 66,
                    "none.ndjson: opening failed"
                ),
                (
                    ["evaluate", "--annotations", "teapots.json", "--images", "images"], 64,
                    "none of its categories (teapot) is a class of the model (circle, square"
                ),
                (model + ["--max-images", "0"], 64, "--max-images must be at least 1"),
                (model + ["--score-threshold", "2"], 64, "--score-threshold must lie"),
                (
                    model + ["--json", "instances.json", "--overwrite"], 73,
                    "that --annotations reads"
                ),
                (model + ["--json", "instances.json"], 73, "that --annotations reads"),
                (
                    model + ["--report", "strange.json"], 73,
                    "strange.json: the file exists: --overwrite replaces it"
                ),
                (model + ["--report", "no/r.html"], 73, "no/r.html: "),
                (
                    model + ["--report", "r.html", "--report-classes", "cat"], 64,
                    "has no class 'cat'"
                ),
                (model + ["--weights", "none.pth"], 78, "none.pth"),
            ]
            let before = try scratch.listing()
            for (arguments, status, text) in cases {
                let run = try scratch.start(arguments).finish()
                #expect(run.status == status, "\(arguments): \(run.errors)")
                #expect(run.complaints.count == 1, "\(run.errors)")
                #expect(run.complaints.first?.contains(text) == true, "\(run.errors)")
                #expect(run.output.isEmpty)
            }
            #expect(try scratch.listing() == before)
        }

        /// A truth without masks ends in no figure of masks, and one whose picture's sides are swapped in
        /// no warning that is not true.
        @Test(arguments: ["none", "null", "empty", "some", "swapped"]) func truthsWithoutMasks(
            _ form: String
        ) throws {
            let text = try scratch.data("instances.json")
            var object = try #require(
                JSONSerialization.jsonObject(with: text) as? [String: Any])
            var annotations = try #require(object["annotations"] as? [[String: Any]])
            var images = try #require(object["images"] as? [[String: Any]])
            for index in annotations.indices where form != "swapped" {
                switch form {
                case "none": annotations[index]["segmentation"] = nil
                case "null": annotations[index]["segmentation"] = NSNull()
                case "empty": annotations[index]["segmentation"] = [Any]()
                default: if index < 2 { annotations[index]["segmentation"] = NSNull() }
                }
            }
            if form == "swapped" {
                for index in images.indices {
                    images[index]["width"] = 360
                    images[index]["height"] = 640
                }
            }
            // The truths themselves are the results.
            let results = try #require(
                (JSONSerialization.jsonObject(with: text) as? [String: Any])?["annotations"]
                    as? [[String: Any]])
            let scored = results.map { $0.merging(["score": 0.5]) { $1 } }
            object["annotations"] = annotations
            object["images"] = images
            try scratch.write(JSONSerialization.data(withJSONObject: object), to: "truth.json")
            try scratch.write(JSONSerialization.data(withJSONObject: scored), to: "results.json")
            let found = try figures([
                "evaluate", "--annotations", "truth.json", "--results", "results.json",
            ])
            #expect(found.box?["AP"] == 1)
            switch form {
            case "swapped":
                #expect(found.mask?["AP"] == 1)
                #expect(found.warnings.isEmpty)
            case "some":
                #expect(try #require(found.mask?["AP"] ?? nil) < 1)
                #expect(
                    found.warnings == [
                        "truth.json: 2 of its 42 annotations have no mask (\"segmentation\"); no mask "
                            + "can match them"
                    ])
            default:
                #expect(found.mask == nil && found.yolact.mask == nil)
                #expect(found.categories.allSatisfy { $0.mask == nil && $0.box != nil })
                #expect(
                    found.warnings == [
                        "truth.json: none of its 42 annotations has a mask (\"segmentation\"); masks "
                            + "are left out"
                    ])
                let masks = scored.map { $0.filter { $0.key != "bbox" } }
                try scratch.write(JSONSerialization.data(withJSONObject: masks), to: "masks.json")
                let run = try scratch.run(
                    "evaluate", "--annotations", "truth.json", "--results", "masks.json")
                #expect(run.status == 65)
                #expect(run.complaints.first?.contains("masks.json has masks only") == true)
            }
        }

        @Test func imagesOnOneFileAreNamed() throws {
            let object: [String: Any] = [
                "images": [
                    ["id": 1, "width": 640, "height": 360, "file_name": "one/0.png"],
                    ["id": 2, "width": 640, "height": 360, "file_name": "other/0.png"],
                ],
                "categories": [["id": 1, "name": "ring"]],
                "annotations": [
                    ["id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]]
                ],
            ]
            try scratch.write(JSONSerialization.data(withJSONObject: object), to: "two.json")
            let run = try scratch.start([
                "evaluate", "--annotations", "two.json", "--images", "images", "--json", "-",
            ]).finish()
            #expect(run.status == 0, "\(run.errors)")
            let found = try FiguresFile.read(Data(run.output.utf8))
            #expect(found.mask == nil && found.box != nil)
            let text =
                "files that are the pictures of several images: 1, such as images/0.png (image 1, "
                + "one/0.png; image 2, other/0.png); the truths of all of them are compared with it"
            #expect(found.warnings.contains(text))
            #expect(run.errorLines.contains { $0.hasSuffix("warning: \(text)") })
        }

        @Test func whatAPersonShouldKnowIsSaid() throws {
            var text = try scratch.text("instances.json")
            text = text.replacingOccurrences(of: "\"Ring\"", with: "\"saucer\"")
            // Ids begin at 0, and one picture has another size than is said.
            for (old, new) in [("\"id\":1,", "\"id\":0,"), ("\"id\":1}", "\"id\":0}")] {
                text = text.replacingOccurrences(of: old, with: new)
            }
            try scratch.write(Data(text.utf8), to: "odd.json")
            try scratch.ffmpeg("-i", "images/1.png", "-vf", "scale=320:180", "small.png")
            try FileManager.default.removeItem(atPath: scratch.path("images/1.png"))
            try FileManager.default.moveItem(
                atPath: scratch.path("small.png"), toPath: scratch.path("images/1.png"))
            let run = try scratch.start([
                "evaluate", "--annotations", "odd.json", "--images", "images", "--json", "-",
            ]).finish()
            #expect(run.status == 0, "\(run.errors)")
            let warnings = try FiguresFile.read(Data(run.output.utf8)).warnings
            for part in [
                "an annotation has the id 0",
                "the model does not know 1 of the categories (saucer)",
                "does not have 1 of the model's classes (ring)",
                "pictures of another size than the annotations say: 1, such as image 300: "
                    + "320 x 180 instead of 640 x 360",
                "masks of another size than the truths of their picture",
            ] {
                #expect(warnings.count { $0.contains(part) } == 1, "\(part)")
                #expect(run.errorLines.count { $0.contains("warning: ") && $0.contains(part) } == 1)
            }
            // A video that ends before the truth does.
            try scratch.cutSample(to: "short.mp4", seconds: 1)
            let short = try scratch.start([
                "evaluate", "--annotations", Repository.path("samples/shapes.ndjson"), "--video",
                "short.mp4",
            ]).finish()
            #expect(short.status == 2)
            #expect(short.complaints.first?.contains("it has no frame 3") == true)
            #expect(short.output.contains("Average Precision"))
        }
    }
}
