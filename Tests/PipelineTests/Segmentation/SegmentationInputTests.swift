import Foundation
import Model
import Testing
import VideoIO

@testable import Pipeline

/// Inputs of all kinds: pixel formats, changes of size, rotation.
extension SegmentationTests {
    @Suite struct Inputs {
        let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        /// Segments a file into memory.
        private func segment(
            _ path: String, _ options: VideoReader.Options = .init()
        ) throws -> (painted: [VideoFrame], records: [FrameRecord], summary: SegmentationSummary) {
            let sink = WatchfulSink(keepsFrames: true)
            let records = directory.file("records.ndjson")
            let segmentation = try VideoSegmentation(
                reader: VideoReader(path, options: options), network: SegmentationTests.demo(),
                sink: sink,
                records: FrameRecordWriter(path: records, overwrite: true),
                options: .init(compute: ComputePlan(workers: 2, threadsPerWorker: 1)))
            let summary = try segmentation.run()
            return (sink.state.frames, try FrameRecordReader.records(of: records), summary)
        }

        /// How far the objects of one list are in another, with masks that are nearly the same.
        private func expectSameObjects(
            _ records: [FrameRecord], as wanted: [FrameRecord], overlap: Double = 0.9
        ) throws {
            #expect(records.map(\.frame) == wanted.map(\.frame))
            for (one, other) in zip(records, wanted) {
                let sure = other.instances.filter { $0.score ?? 0 > 0.6 }
                #expect(sure.count >= 4)
                for instance in sure {
                    let best = try one.instances.filter { $0.category == instance.category }.map {
                        try $0.segmentation.intersectionOverUnion(with: instance.segmentation)
                    }.max()
                    #expect(
                        best ?? 0 > overlap, "frame \(one.frame): \(instance.category)")
                }
            }
        }

        // MARK: Pixel formats

        private static let formats: [(String, PixelFormat)] = [
            ("yuv420p", .yuv420p), ("yuv422p", .yuv422p), ("yuv444p", .yuv444p), ("nv12", .nv12),
            ("yuv420p10le", .yuv420p10), ("yuv422p10le", .yuv422p10),
            ("yuv444p10le", .yuv444p10), ("p010le", .p010),
        ]

        @Test func everyFormatIsSegmentedAndPaintedInPlace() throws {
            var reference: [FrameRecord] = []
            for (name, format) in Self.formats {
                // No container knows P010, so that one comes without.
                var options = VideoReader.Options()
                if format == .p010 {
                    options.inputOptions = [
                        "pixel_format": name, "video_size": "640x360", "framerate": "30",
                    ]
                }
                let file = try directory.ffmpeg(
                    "-ss", "3", "-i", SegmentationTests.sample, "-frames:v", "2", "-an", "-c:v",
                    "rawvideo", "-pix_fmt", name, "-f", format == .p010 ? "rawvideo" : "nut",
                    format == .p010 ? "\(name).yuv" : "\(name).nut")
                let (painted, records, summary) = try segment(file, options)
                #expect(painted.count == 2)
                #expect(painted.allSatisfy { $0.format == format }, "\(name)")
                #expect(summary.reading.convertedFrames == 0, "\(name)")
                if reference.isEmpty { reference = records }
                try expectSameObjects(records, as: reference)
                let decoded = try SegmentationTests.frames(file, options)
                for (number, (before, after)) in zip(decoded, painted).enumerated() {
                    try expectPaintStaysInside(
                        records[number].instances, before, after, "\(name) \(number)")
                }
            }
        }

        /// Checks that samples far from masks, boxes and labels have not changed, and masks have.
        private func expectPaintStaysInside(
            _ instances: [InstanceRecord], _ before: VideoFrame, _ after: VideoFrame,
            _ name: String
        ) throws {
            let allowed = PaintedRegion(instances, width: before.width, height: before.height)
            let share = allowed.share
            #expect((0.05..<0.85).contains(share), "\(name): \(share) of the picture")
            let changes = Changes(before, after)
            #expect(changes.outside(allowed) == 0, "\(name)")
            for instance in instances {
                let mask = instance.segmentation.mask
                #expect(changes.luma(in: mask) > mask.area / 2, "\(name) \(instance.category)")
            }
        }

        // MARK: Changes of size

        /// Whatever size comes, all is in the first one's coordinates, and objects keep their identities.
        @Test(arguments: ["320:180", "960:540"])
        func aChangeOfSizeMidway(other: String) throws {
            for (name, start, size, offset) in [
                ("a.ts", "2", "640:360", "0"), ("b.ts", "2.4", other, "0.4"),
            ] {
                try directory.ffmpeg(
                    "-ss", start, "-i", SegmentationTests.sample, "-frames:v", "12", "-an", "-vf",
                    "scale=\(size)", "-c:v", "libx264", "-crf", "12", "-bf", "0",
                    "-output_ts_offset", offset, "-muxdelay", "0", name)
            }
            var joined = try Data(contentsOf: URL(fileURLWithPath: directory.file("a.ts")))
            joined.append(try Data(contentsOf: URL(fileURLWithPath: directory.file("b.ts"))))
            let input = directory.file("joined.ts")
            try joined.write(to: URL(fileURLWithPath: input))

            let reader = try VideoReader(input)
            let records = directory.file("joined.ndjson")
            var options = VideoSegmentation.Options(
                compute: ComputePlan(workers: 2, threadsPerWorker: 1))
            options.tracking = FrameTracker.Options()
            let segmentation = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(),
                sink: VideoWriter(directory.file("out.mp4"), source: reader.info),
                records: FrameRecordWriter(path: records, overwrite: false), options: options)
            let summary = try segmentation.run()
            #expect(summary.framesIn == 24)
            #expect(summary.written.framesWritten == 24)
            #expect(summary.reading.formatChanges == 1)
            #expect(summary.resizedFrames == 12)
            // Frames had been fitted when they were painted: the writer had nothing left to do.
            #expect(summary.written.rescaledFrames == 0)
            // The counters of the transport stream start anew at the seam, as if a packet were lost.
            #expect(summary.reading.damagedPackets <= 1)
            #expect(summary.reading.framesWithErrors + summary.reading.corruptedFrames == 0)

            let lines = try FrameRecordReader.records(of: records)
            #expect(lines.count == 24)
            for line in lines {
                #expect(line.instances.count >= 4)
                for instance in line.instances {
                    #expect(instance.segmentation.width == 640)
                    #expect(instance.segmentation.height == 360)
                    #expect(instance.box.x + instance.box.width <= 640)
                    #expect(instance.box.y + instance.box.height <= 360)
                }
            }
            let (before, after) = (Self.boxes(lines[11]), Self.boxes(lines[12]))
            let kept = Set(before.keys).intersection(after.keys)
            #expect(kept.count >= 4 && kept.count >= before.count - 2)
            for id in kept {
                let (one, two) = (try #require(before[id]), try #require(after[id]))
                #expect(abs(one.centre.x - two.centre.x) < 24)
                #expect(abs(one.centre.y - two.centre.y) < 24)
            }
            #expect(summary.tracking?.tracker.sceneCuts == 0)
            let written = try SegmentationTests.frames(directory.file("out.mp4"))
            #expect(written.count == 24)
            #expect(written.allSatisfy { $0.width == 640 && $0.height == 360 })
        }

        private static func boxes(_ record: FrameRecord) -> [Int: PixelRectangle] {
            Dictionary(
                record.instances.compactMap { instance in instance.id.map { ($0, instance.box) } }
            ) { first, _ in first }
        }

        // MARK: Rotation

        @Test func turnedInputsHoldTheSameObjects() throws {
            func encode(_ filter: String, _ name: String) throws -> String {
                try directory.ffmpeg(
                    "-ss", "4", "-i", SegmentationTests.sample, "-frames:v", "3", "-an", "-vf",
                    filter, "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", name)
            }
            let upright = try segment(encode("null", "upright.mp4"))
            #expect(upright.records.allSatisfy { $0.instances.count >= 4 })
            // Turned pixels and the note to turn them back cancel out.
            for (degrees, filter) in [
                (90, "transpose=cclock"), (180, "hflip,vflip"), (270, "transpose=clock"),
            ] {
                let turned = try encode(filter, "flat-\(degrees).mp4")
                try turn(turned, clockwise: degrees)
                let (painted, records, _) = try segment(turned)
                #expect(painted.allSatisfy { $0.sourceRotation == degrees })
                #expect(painted.allSatisfy { $0.width == 640 && $0.height == 360 })
                #expect(records == upright.records, "\(degrees) degrees")
            }
        }
    }
}

/// The pixels that instances may be painted on, generously: masks with two pixels around them, the lines
/// of boxes, and room for labels at their top edges.
private struct PaintedRegion {
    let width: Int
    let height: Int
    private var pixels: [Bool]

    init(_ instances: [InstanceRecord], width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [Bool](repeating: false, count: width * height)
        for instance in instances {
            let mask = instance.segmentation.mask
            for y in 0..<mask.region.height {
                for x in 0..<mask.region.width where mask.pixels[y * mask.region.width + x] != 0 {
                    let (column, row) = (mask.region.x + x, mask.region.y + y)
                    fill(column - 2...column + 2, row - 2...row + 2)
                }
            }
            let box = instance.box
            let (right, bottom) = (box.x + box.width, box.y + box.height)
            for x in [box.x, right] { fill(x - 3...x + 3, box.y - 3...bottom + 3) }
            for y in [box.y, bottom] { fill(box.x - 3...right + 3, y - 3...y + 3) }
            // The text is 12 pixels high on 360 lines; no name and score is wider than 120.
            let left = min(box.x, width - 120)
            fill(left - 2...box.x + 120, box.y - 20...box.y + 20)
        }
    }

    private mutating func fill(_ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) {
        for y in rows.clamped(to: 0...height - 1) {
            for x in columns.clamped(to: 0...width - 1) {
                pixels[y * width + x] = true
            }
        }
    }

    func contains(_ x: Int, _ y: Int) -> Bool { pixels[y * width + x] }

    var share: Double { Double(pixels.lazy.filter { $0 }.count) / Double(pixels.count) }
}

/// Where two frames of the same kind differ.
private struct Changes {
    private let width: Int
    private let height: Int
    private let format: PixelFormat
    /// For each plane, a yes or no for each sample; an interleaved pair is one.
    private var planes: [[Bool]] = []
    private var columns: [Int] = []

    init(_ before: VideoFrame, _ after: VideoFrame) {
        width = before.width
        height = before.height
        format = before.format
        let format = before.format
        before.withPlanes { old in
            after.withPlanes { new in
                for (index, (one, two)) in zip(old, new).enumerated() {
                    let size =
                        format.bytesPerSample * (index > 0 && format.isSemiPlanar ? 2 : 1)
                    var plane: [Bool] = []
                    for y in 0..<one.height {
                        for x in 0..<one.width {
                            let a = y * one.bytesPerRow + x * size
                            let b = y * two.bytesPerRow + x * size
                            plane.append(
                                (0..<size).contains { one.bytes[a + $0] != two.bytes[b + $0] })
                        }
                    }
                    planes.append(plane)
                    columns.append(one.width)
                }
            }
        }
    }

    /// Changed samples of all planes of which no pixel lies in a region.
    func outside(_ region: PaintedRegion) -> Int {
        var count = 0
        for (index, plane) in planes.enumerated() {
            let shiftX = index == 0 ? 0 : format.chromaShiftX
            let shiftY = index == 0 ? 0 : format.chromaShiftY
            for (position, isChanged) in plane.enumerated() where isChanged {
                let x = (position % columns[index]) << shiftX
                let y = (position / columns[index]) << shiftY
                if !region.contains(min(x, width - 1), min(y, height - 1)) { count += 1 }
            }
        }
        return count
    }

    /// Changed luma samples inside a mask.
    func luma(in mask: InstanceMask) -> Int {
        var count = 0
        for y in 0..<mask.region.height {
            for x in 0..<mask.region.width where mask.pixels[y * mask.region.width + x] != 0 {
                if planes[0][(mask.region.y + y) * columns[0] + mask.region.x + x] { count += 1 }
            }
        }
        return count
    }
}
