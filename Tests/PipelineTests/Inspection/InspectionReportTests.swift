import Foundation
import Model
import Testing
import VideoIO

@testable import Pipeline

extension SegmentationTests {
    /// Pictures and page of what the network sees.
    @Suite struct InspectionReports {
        let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private func report(
            _ threshold: Float = 0.3, limit: Int = 15, frame number: Int = 0
        ) throws -> InspectionReport {
            let frame = try #require(
                SegmentationTests.frames(
                    SegmentationTests.sample, SegmentationTests.options(frames: number + 1)
                ).last)
            let inspector = try Inspector(
                SegmentationTests.demo(),
                selection: InstanceSelection(scoreThreshold: threshold, limit: limit))
            return try InspectionReport(
                frame.withImage { try inspector.inspect($0) }, frame: frame,
                classNames: YolactConfiguration.shapes.classNames, title: "a < b", subtitle: "c")
        }

        @Test func allFilesAreThereAndThePageNeedsNoOther() throws {
            let report = try report()
            let place = try ReportDirectory(
                directory.file("out"), names: [InspectionReport.pageName], overwrite: false)
            try report.write(to: place)
            let files = try FileManager.default.contentsOfDirectory(atPath: directory.file("out"))
            #expect(Set(files) == Set(report.names))
            #expect(files.count == report.names.count)
            let instances = report.inspection.instances.count
            #expect(instances > 3)
            // Four of the whole, sixteen prototypes; five sums, sigmoid, crop, mask and boxes each.
            #expect(files.count == 1 + 4 + 16 + 9 * instances)
            for name in files where name.hasSuffix(".png") {
                let frame = try #require(
                    SegmentationTests.frames(directory.file("out/\(name)")).first)
                switch name {
                case "frame.png", "overlay.png", "anchors.png":
                    #expect((frame.width, frame.height) == (640, 360))
                case "network-input.png": #expect((frame.width, frame.height) == (256, 256))
                default: #expect(frame.width > 0)
                }
            }
            let page = try String(
                contentsOfFile: directory.file("out/index.html"), encoding: .utf8)
            #expect(page.contains("<title>a &lt; b</title>"))
            let addresses = page.matches(of: /(src|href)="([^"]{0,10})/).map { String($0.2) }
            #expect(addresses.count > 16 + 8 * instances)
            #expect(addresses.allSatisfy { $0.hasPrefix("data:image") || $0 == "#picture" })
            #expect(!page.contains("http"))
            #expect(page.matches(of: /Linear combination/).count == instances)
        }

        @Test func masksInFilesAreThoseOfTheInstances() throws {
            let report = try report()
            let place = try ReportDirectory(directory.file("o"), names: [], overwrite: false)
            try report.write(to: place)
            for (index, item) in report.inspection.instances.enumerated() {
                let path = directory.file("o/instance-0\(index + 1)-mask.png")
                let frame = try #require(SegmentationTests.frames(path).first)
                let bright = frame.withPlanes { planes in
                    (0..<360).reduce(0) { sum, row in
                        let start = row * planes[0].bytesPerRow
                        return sum + planes[0].bytes[start..<start + 640].count { $0 > 127 }
                    }
                }
                #expect(bright == item.instance.mask.area)
            }
        }

        /// A second inspection in the same place leaves no pictures of the first, and nothing else is
        /// touched.
        @Test func earlierPicturesGo() throws {
            let path = directory.file("o")
            try report().write(to: ReportDirectory(path, names: [], overwrite: true))
            let more = try FileManager.default.contentsOfDirectory(atPath: path).count
            for name in ["instance-01-notes.png", "mine.png"] {
                try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
            }
            let second = try report(limit: 1)
            try second.write(to: ReportDirectory(path, names: [], overwrite: true))
            let left = try FileManager.default.contentsOfDirectory(atPath: path)
            #expect(Set(left) == Set(second.names + ["instance-01-notes.png", "mine.png"]))
            #expect(left.count < more)
        }

        @Test func aFailureLeavesNothingButWhatWasThere() throws {
            let path = directory.file("o")
            let place = try ReportDirectory(path, names: [], overwrite: false)
            // No file can have this name, and this one is not to be replaced.
            try FileManager.default.createDirectory(
                atPath: "\(path)/instance-01-mask.png", withIntermediateDirectories: false)
            #expect(throws: FrameRecordError.self) { try report().write(to: place) }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: path)
                    == ["instance-01-mask.png"])
            try FileManager.default.removeItem(atPath: "\(path)/instance-01-mask.png")
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)/prototype-03.png"))
            #expect(throws: FrameRecordError.exists(path: "\(path)/prototype-03.png")) {
                try report().write(to: place)
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: path) == ["prototype-03.png"])
        }

        @Test func aPictureWithoutInstancesHasItsPage() throws {
            let report = try report(0.9999999)
            #expect(report.inspection.instances.isEmpty)
            #expect(report.page.html.text.contains("No instance has a score above"))
            #expect(!report.inspection.candidates.isEmpty)
        }

        @Test func colourMapsReachTheirEnds() {
            let ends = ColourMap.diverging.rgb([-2, 0, 2, 9, .nan], limit: 2)
            #expect(ends == [14, 60, 130, 248, 248, 246, 170, 70, 10, 170, 70, 10, 0, 0, 0])
            #expect(ColourMap.sequential.rgb([0, 3], limit: 3) == [17, 11, 46, 250, 232, 90])
            #expect(ColourMap.sequential.rgb([0, 0], limit: 0) == [17, 11, 46, 17, 11, 46])
        }
    }
}
