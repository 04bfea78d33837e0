import Foundation
import Model
import Synchronization
import Testing
import VideoIO

@testable import Pipeline

/// Pictures of a data set through the pipeline.
extension SegmentationTests {
    @Suite struct Images {
        let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private func dataset(_ names: [String?]) throws -> EvaluationDataset {
            try EvaluationDataset(
                path: "set.json",
                images: names.enumerated().map {
                    EvaluationImage(id: $0 + 1, width: 0, height: 0, fileName: $1)
                }, categories: [], annotations: [])
        }

        private func segment(
            _ pictures: PictureCollection, _ ids: [Int],
            consume: @escaping @Sendable (ImageSegmentation.Picture) throws -> Void
        ) throws -> ImageSegmentation {
            let run = try ImageSegmentation(
                pictures: pictures, imageIDs: ids, network: SegmentationTests.demo(),
                options: .init(compute: ComputePlan(workers: 2, threadsPerWorker: 1)),
                consume: consume)
            return run
        }

        @Test func picturesOfAnySizeGiveWhatTheSegmenterGives() throws {
            try directory.ffmpeg("-i", SegmentationTests.sample, "-frames:v", "1", "1.png")
            try directory.ffmpeg("-i", "1.png", "-vf", "crop=301:243:200:90", "2.jpg")
            try directory.ffmpeg("-i", "1.png", "-vf", "scale=900:120", "3.png")
            let set = try dataset(["sub/1.png", "2.jpg", "3.png"])
            let pictures = try PictureCollection(
                path: directory.path, dataset: set, imageIDs: [1, 2, 3])
            let found = Mutex<[ImageSegmentation.Picture]>([])
            let run = try segment(pictures, [3, 1, 2]) { picture in
                found.withLock { $0.append(picture) }
            }
            let metrics = try run.run()
            #expect(metrics.stages.map(\.name).first == "decode")
            #expect(run.imagesFinished == 3)
            let list = found.withLock { $0 }
            #expect(list.map(\.imageID) == [1, 2, 3])
            #expect(list.map { [$0.width, $0.height] } == [[640, 360], [301, 243], [900, 120]])
            let segmenter = try Segmenter(SegmentationTests.demo(), selection: .all)
            for (picture, name) in zip(list, ["1.png", "2.jpg", "3.png"]) {
                let frame = try #require(
                    SegmentationTests.frames(directory.file(name)).first)
                let expected = try frame.withImage { try segmenter.segment($0) }
                #expect(picture.instances == expected)
                #expect(expected.count > 5, "low scores are kept")
            }
        }

        @Test func framesOfAVideoAreMatchedByNumber() throws {
            let set = try EvaluationDataset(
                path: "t.ndjson",
                images: [0, 3, 4, 305].map { EvaluationImage(id: $0, width: 640, height: 360) },
                categories: [], annotations: [])
            let pictures = try PictureCollection(
                path: SegmentationTests.sample, dataset: set, imageIDs: [0, 3, 4, 305])
            #expect(pictures.isVideo)
            let stream = pictures.stream(imageIDs: [4, 0, 3])
            let frames = try SegmentationTests.frames(
                SegmentationTests.sample, SegmentationTests.options(frames: 5))
            for number in [0, 3, 4] {
                let next = try #require(try stream.next())
                #expect(next.imageID == number)
                #expect(
                    next.frame.presentationTimestamp == frames[number].presentationTimestamp)
            }
            #expect(try stream.next() == nil)
            #expect(stream.unavailableImageIDs.isEmpty)
            let beyond = pictures.stream(imageIDs: [305])
            #expect(try beyond.next() == nil)
            #expect(beyond.unavailableImageIDs == [305])
        }

        @Test func whatIsMissingIsNamedBeforeTheRun() throws {
            try directory.ffmpeg("-i", SegmentationTests.sample, "-frames:v", "1", "1.png")
            let set = try dataset(["1.png", "2.png", "sub/3.png"])
            func message(_ path: String, _ set: EvaluationDataset, _ ids: [Int]) -> String {
                do {
                    _ = try PictureCollection(path: path, dataset: set, imageIDs: ids)
                    return "no error"
                } catch {
                    return "\(error)".replacingOccurrences(of: directory.path, with: "DIR")
                }
            }
            #expect(message(directory.path, set, [1]) == "no error")
            #expect(
                message(directory.path, set, [1, 2, 3])
                    == "DIR/2.png: the file of image 2 is not there, nor is that of another image"
            )
            #expect(
                message(directory.path, set, [3])
                    == "DIR/sub/3.png: the file of image 3 is not there")
            #expect(
                message(directory.file("none"), set, [1])
                    == "DIR/none: opening failed: No such file or directory")
            #expect(
                message(directory.file("1.png"), set, [1]).contains(
                    "set.json names image files; give the directory"))
            #expect(
                message(directory.path, try dataset([nil]), [1]).contains(
                    "set.json names no image files; give the video"))
        }

        @Test func filesOfSeveralImagesAreKnown() throws {
            for name in ["1.png", "2.png"] {
                try directory.ffmpeg("-i", SegmentationTests.sample, "-frames:v", "1", name)
            }
            let set = try dataset(["a/1.png", "2.png", "b/1.png", "c/2.png", "1.png"])
            func shared(_ ids: [Int]) throws -> [[Int]] {
                try PictureCollection(path: directory.path, dataset: set, imageIDs: ids)
                    .sharedFiles.map(\.imageIDs)
            }
            #expect(try shared([1, 2, 3, 4, 5]) == [[1, 3, 5], [2, 4]])
            #expect(try shared([1, 2]) == [])
            #expect(try shared([4, 2, 1]) == [[4, 2]])
        }

        @Test func aFileThatIsNoPictureStopsTheRunByName() throws {
            try directory.ffmpeg("-i", SegmentationTests.sample, "-frames:v", "1", "1.png")
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: directory.file("2.png")))
            let set = try dataset(["1.png", "2.png"])
            let run = try segment(
                PictureCollection(path: directory.path, dataset: set, imageIDs: [1, 2]), [1, 2]
            ) { _ in }
            let error = try #require(throws: PipelineError.self) { try run.run() }
            #expect(error.stage == "decode")
            #expect((error.underlying as? VideoError)?.path == directory.file("2.png"))
        }

        @Test func partsOfFramesBecomeJPEG() throws {
            try directory.ffmpeg(
                "-f", "lavfi", "-i",
                "color=red:s=200x120,format=yuv444p,drawbox=100:0:100:120:blue:fill",
                "-frames:v", "1", "in.png")
            let frame = try #require(SegmentationTests.frames(directory.file("in.png")).first)
            let cases = [
                (101, 1000, 50, 40), (101, 25, 25, 20), (190, 400, 10, 40), (-5, 22, 22, 20),
            ]
            for (x, side, width, height) in cases {
                let bytes = try frame.jpeg(x: x, y: 3, width: 50, height: 40, largestSide: side)
                let path = directory.file("out.jpg")
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                let again = try #require(SegmentationTests.frames(path).first)
                #expect(again.width == width && again.height == height)
                let blue = again.withPlanes { planes in
                    planes[1].bytes[planes[1].height / 2 * planes[1].bytesPerRow + 2]
                }
                #expect(x > 0 ? blue > 200 : blue < 110, "\(x): \(blue)")
            }
        }
    }
}
