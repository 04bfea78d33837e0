import Foundation
import Model
import Synchronization
import Testing

@testable import Pipeline

/// A directory that goes away with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("yolact-video-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

@Suite struct RecordsFileTests {
    static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../samples/shapes.ndjson").standardizedFileURL.path

    static let hostileNames = [
        "cat", "", "say \"cheese\"", "back\\slash", "two\nlines\r\n",
        "tab\t nul\0 bell\u{7} del\u{7F}",
        "👩‍👩‍👧 família", "苹果", "\u{2028}\u{2029}", "{\"frame\":1}", "\\u0041", "e\u{301}",
    ]

    static func record(_ frame: Int, time: Double? = 0.5) throws -> FrameRecord {
        var instances: [InstanceRecord] = []
        for (index, name) in hostileNames.enumerated() {
            let box = PixelRectangle(x: index, y: 2 * index, width: 9, height: 6)
            instances.append(
                InstanceRecord(
                    id: index % 2 == 0 ? index : nil, category: name,
                    score: index == 3 ? nil : 1 / Float(index + 1), box: box,
                    segmentation: try RunLengthEncoding(
                        .ellipse(in: box), width: 64, height: 48)))
        }
        return FrameRecord(frame: frame, time: time, instances: instances)
    }

    @Test(arguments: [0, 7, -1, 10, -10, 1234, Int.max, Int.min])
    func `whole numbers are those of Swift`(number: Int) {
        var bytes = Array("x".utf8)
        JSONText.append(number, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "x\(number)")
    }

    @Test func `a line has fixed keys and shortest numbers`() throws {
        let record = FrameRecord(
            frame: 7, time: 0.1,
            instances: [
                InstanceRecord(
                    category: "a\"b", score: 0.92,
                    box: PixelRectangle(x: 1, y: 2, width: 3, height: 4),
                    segmentation: try RunLengthEncoding(
                        width: 2, height: 70, counts: [44, 96 - 44, 44])),
                InstanceRecord(
                    id: 3, category: "c", score: nil,
                    box: PixelRectangle(x: 0, y: 0, width: 0, height: 0),
                    segmentation: try RunLengthEncoding(width: 2, height: 1, counts: [2])),
            ])
        var bytes: [UInt8] = []
        record.appendLine(to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"frame":7,"time":0.1,"instances":[{"category":"a\"b","score":0.92,"#
                + #""bbox":[1,2,3,4],"segmentation":{"size":[70,2],"counts":"\\1d1\\1"}},"#
                + #"{"id":3,"category":"c","bbox":[0,0,0,0],"segmentation":{"size":[1,2],"#
                + #""counts":"2"}}]}"# + "\n")
    }

    @Test func `what is written is read back`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.ndjson")
        var records = try [0, 1, 2].map { try Self.record($0, time: Double($0) * 1001 / 30000) }
        records.append(try Self.record(3, time: nil))
        records.append(FrameRecord(frame: 4, time: 1e-9, instances: []))
        let writer = try FrameRecordWriter(path: path, overwrite: false)
        for record in records { try writer.write(record) }
        #expect(directory.names.allSatisfy { $0.hasPrefix("a.partial-") })
        try writer.finish()
        #expect(directory.names == ["a.ndjson"])
        #expect(try FrameRecordReader.records(of: path) == records)
        // Other software must be able to read every line, and lines must be lines.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == records.count)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            let instances = object?["instances"] as? [[String: Any]] ?? []
            #expect(
                instances.isEmpty
                    || instances.compactMap { $0["category"] as? String } == Self.hostileNames)
        }
        #expect(text.contains(#""time":null"#))
    }

    @Test func `more than a buffer is written and read`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("long.ndjson")
        let writer = try FrameRecordWriter(path: path, overwrite: true)
        let record = try Self.record(0)
        for frame in 0..<400 {
            var next = record
            next.frame = frame
            try writer.write(next)
        }
        try writer.finish()
        let read = try FrameRecordReader.records(of: path)
        #expect(read.map(\.frame) == Array(0..<400))
        #expect(read.allSatisfy { $0.instances == record.instances })
    }

    @Test func `the truth of the sample survives exactly`() throws {
        let records = try FrameRecordReader.records(of: Self.sample)
        #expect(records.map(\.frame) == Array(0..<300))
        let lines = try String(contentsOfFile: Self.sample, encoding: .utf8)
            .split(separator: "\n")
        for (record, line) in zip(records, lines) {
            #expect(record.time == nil)
            for instance in record.instances {
                let encoding = instance.segmentation
                #expect(encoding.boundingBox == instance.box)
                #expect(instance.score == nil)
                #expect(instance.id != nil)
                let mask = encoding.mask
                #expect(mask.area == encoding.area)
                let again = try RunLengthEncoding(
                    mask, width: encoding.width, height: encoding.height)
                #expect(again.counts == encoding.counts)
                let quoted = again.compressedCounts.replacing("\\", with: "\\\\")
                #expect(line.contains("\"counts\":\"\(quoted)\""))
            }
            // But for the timestamp, which truth files lack, the line comes out byte for byte.
            var bytes: [UInt8] = []
            record.appendLine(to: &bytes)
            #expect(
                String(decoding: bytes, as: UTF8.self).replacing("\"time\":null,", with: "")
                    == line + "\n")
        }
    }

    @Test func `instances become records`() throws {
        let box = PixelRectangle(x: 3, y: 4, width: 20, height: 10)
        let instance = Instance(classIndex: 1, score: 0.75, box: box, mask: .ellipse(in: box))
        var unnamed = instance
        unnamed.classIndex = 9
        let record = try FrameRecord(
            frame: 5, time: 2, instances: [instance, unnamed], classNames: ["a", "b"], width: 40,
            height: 30)
        #expect(record.instances.map(\.category) == ["b", "class 9"])
        #expect(record.instances[0].box == box)
        #expect(record.instances[0].score == 0.75)
        #expect(record.instances[0].segmentation.mask == instance.mask)
    }

    @Test func `a file given up leaves nothing behind`() throws {
        let directory = try TemporaryDirectory()
        do {
            let writer = try FrameRecordWriter(path: directory.file("x"), overwrite: false)
            try writer.write(try Self.record(0))
        }
        #expect(directory.names == [])
    }

    @Test func `an existing file is replaced only if wanted`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x")
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: FrameRecordError.exists(path: path)) {
            try FrameRecordWriter(path: path, overwrite: false)
        }
        let writer = try FrameRecordWriter(path: path, overwrite: true)
        try writer.write(FrameRecord(frame: 0, time: 0, instances: []))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        try writer.finish()
        #expect(
            try String(contentsOfFile: path, encoding: .utf8)
                == "{\"frame\":0,\"time\":0.0,\"instances\":[]}\n")
        #expect(throws: FrameRecordError.finished(path: path)) { try writer.finish() }
    }

    @Test func `a file that another made meanwhile is kept`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.ndjson")
        let writer = try FrameRecordWriter(path: path, overwrite: false)
        try writer.write(try Self.record(0))
        try Data("theirs".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: FrameRecordError.exists(path: path)) { try writer.finish() }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "theirs")
        writer.discard()
        #expect(directory.names == ["x.ndjson"])
    }

    @Test func `records before an error are kept whole`() throws {
        let directory = try TemporaryDirectory()
        for name in ["x.partial.ndjson", "x.partial-1.ndjson"] {
            let writer = try FrameRecordWriter(path: directory.file("x.ndjson"), overwrite: false)
            for frame in 0..<40 { try writer.write(try Self.record(frame)) }
            #expect(writer.keepPart() == directory.file(name))
            let reader = try FrameRecordReader(path: directory.file(name))
            var read = 0
            while try reader.next() != nil { read += 1 }
            #expect(read == 40)
            #expect(writer.keepPart() == nil)
        }
        let empty = try FrameRecordWriter(path: directory.file("y.ndjson"), overwrite: false)
        #expect(empty.keepPart() == nil)
        #expect(directory.names == ["x.partial-1.ndjson", "x.partial.ndjson"])
    }

    @Test func `a directory is no file to write to`() throws {
        let directory = try TemporaryDirectory()
        #expect(
            throws: FrameRecordError.unsuitable(
                path: directory.path, reason: "it is a directory")
        ) { try FrameRecordWriter(path: directory.path, overwrite: true) }
    }

    @Test func `a full disk and a missing directory are told apart`() throws {
        let full = try FrameRecordWriter(path: "/dev/full", overwrite: false)
        #expect(
            throws: FrameRecordError.system(
                path: "/dev/full", operation: "writing", code: ENOSPC)
        ) { try full.write(try Self.record(0)) }
        #expect(
            throws: FrameRecordError.system(
                path: "/nonexistent/x", operation: "opening for writing", code: ENOENT)
        ) { try FrameRecordWriter(path: "/nonexistent/x", overwrite: true) }
        let error = FrameRecordError.system(path: "/dev/full", operation: "writing", code: ENOSPC)
        #expect(error.description == "/dev/full: writing failed: No space left on device")
    }

    @Test func `a reader that has gone is an error and no signal`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let reading = open(path, O_RDONLY | O_NONBLOCK)
        let writer = try FrameRecordWriter(path: path, overwrite: false)
        try writer.write(FrameRecord(frame: 0, time: nil, instances: []))
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(reading, &bytes, 100)
        #expect(
            String(decoding: bytes[..<max(0, count)], as: UTF8.self)
                == "{\"frame\":0,\"time\":null,\"instances\":[]}\n")
        close(reading)
        #expect(
            throws: FrameRecordError.system(path: path, operation: "writing", code: EPIPE)
        ) { try writer.write(FrameRecord(frame: 1, time: nil, instances: [])) }
    }

    @Test func `errors of a record file carry the line`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("bad.ndjson")
        let good = #"{"frame":0,"instances":[]}"#
        func error(_ line: String) throws -> FrameRecordError? {
            try Data("\(good)\n\n\(line)\n\(good)".utf8).write(to: URL(fileURLWithPath: path))
            let reader = try FrameRecordReader(path: path)
            #expect(try reader.next() == FrameRecord(frame: 0, time: nil, instances: []))
            do {
                _ = try reader.next()
                return nil
            } catch {
                #expect(try reader.next()?.frame == 0)
                #expect(try reader.next() == nil)
                return error
            }
        }
        let instance = #""category":"a","bbox":[1,2,3,4],"segmentation":{"size":[2,2],"counts":"#
        func nested(_ counts: String) -> String {
            #"{"frame":1,"instances":[{\#(instance)\#(counts)}}]}"#
        }
        #expect(try error(nested("\"4\"")) == nil)
        #expect(try error(nested("[1,2,1]")) == nil)
        #expect(
            try error("{}") == .malformed(path: path, line: 3, reason: "no \"frame\""))
        #expect(
            try error(nested("\"5\""))
                == .malformed(
                    path: path, line: 3,
                    reason: "run lengths cover 5 pixels of a picture of 4"
                        + " at .instances[0].segmentation.counts"))
        for line in [
            "{", "[]", "null", "<html>", nested("\"~\""), nested("[-1]"), nested("null"),
            #"{"frame":1,"instances":[{"category":"a","bbox":[1,2,3]}]}"#,
            #"{"frame":"x","instances":[]}"#, "\u{FEFF}x",
        ] {
            guard case .malformed(path, 3, let reason) = try error(line) else {
                Issue.record("\(line) was read")
                continue
            }
            #expect(!reason.isEmpty && !reason.contains("\n"))
        }
        #expect(
            throws: FrameRecordError.system(
                path: "/nonexistent", operation: "opening", code: ENOENT)
        ) { try FrameRecordReader(path: "/nonexistent") }
    }
}
