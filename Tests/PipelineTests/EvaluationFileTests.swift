import Foundation
import Model
import Testing

@testable import Pipeline

/// Reading data sets and results, what is said about faulty ones, and writing results.
@Suite struct EvaluationFileTests {
    private let scratch: EvaluationScratch

    init() throws { scratch = try EvaluationScratch() }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacingOccurrences(of: scratch.directory.path + "/", with: "")
        }
    }

    private static let images = #""images":[{"id":7,"width":8,"height":6,"file_name":"a.jpg"}]"#
    private static let categories = #""categories":[{"id":3,"name":"cat"}]"#

    private func dataset(_ annotations: String, name: String = "d.json") throws -> EvaluationDataset
    {
        try EvaluationDataset(
            instancesFile: scratch.write(
                "{\(Self.images),\(Self.categories),\"annotations\":[\(annotations)]}", name))
    }

    @Test func allFormsOfMasksAreRead() throws {
        let set = try dataset(
            #"""
            {"id":1,"image_id":7,"category_id":3,"iscrowd":0,"area":4,"bbox":[1,1,2,2],
             "segmentation":[[1,1,3,1,3,3,1,3]]},
            {"segmentation":{"counts":[7,2,4,2,33],"size":[6,8]},"iscrowd":1,"bbox":[1,1.5,2e0,2],
             "area":-4.25e-1,"category_id":3,"image_id":7,"id":2,"extra":{"a":[null,true,"\u00e9\n"]}},
            {"id":3,"image_id":7,"category_id":3,"segmentation":{"size":[6,8],"counts":"7240m0"}},
            {"id":4,"image_id":7,"category_id":3,"segmentation":null},
            {"id":5,"image_id":8,"category_id":3},
            {"id":6,"image_id":7,"category_id":4}
            """#)
        #expect(set.images == [EvaluationImage(id: 7, width: 8, height: 6, fileName: "a.jpg")])
        #expect(set.categories == [EvaluationCategory(id: 3, name: "cat")])
        #expect(set.unusedAnnotations == 2)
        let truths = set.annotations(ofImageAt: 0)
        #expect(truths.map(\.id) == [1, 2, 3, 4])
        let masks = try truths.map { try $0.shape.runLengths(width: 8, height: 6) }
        #expect(masks[0].counts == [7, 2, 4, 2, 33])
        #expect(masks[1] == masks[0])
        #expect(masks[2] == masks[0])
        #expect(masks[3].counts == [48])
        #expect(truths[1].area == -0.425)
        #expect(truths[1].isCrowd && !truths[0].isCrowd)
        #expect(truths[1].box == EvaluationBox(x: 1, y: 1.5, width: 2, height: 2))
        #expect(truths[2].box == nil && truths[2].area == nil)
    }

    @Test(arguments: [
        (#"{"id":1,"image_id":7}"#, "no \"category_id\" at annotations[0]"),
        (
            #"{"id":1,"image_id":7.5,"category_id":3}"#,
            "7.5 is no whole number at annotations[0].image_id"
        ),
        (
            #"{"id":"1","image_id":7,"category_id":3}"#,
            "expected a number, not '\"' at annotations[0].id"
        ),
        (#"{"id":1,"bbox":[1,2,3]}"#, "a box has 4 numbers, not 3 at annotations[0].bbox"),
        (#"{"id":1},"#, "no \"image_id\" at annotations[0]"),
        (
            #"{"segmentation":[[1,2,3,4]]}"#,
            "a polygon has at least 6 numbers, not 4 at annotations[0].segmentation[0]"
        ),
        (
            #"{"segmentation":{"size":[6,8],"counts":[1,2]}}"#,
            "run lengths cover 3 pixels of a picture of 48 at annotations[0].segmentation.counts"
        ),
        (
            #"{"segmentation":{"size":[6,8],"counts":"~"}}"#,
            "byte 126 at offset 0 does not belong into run lengths"
        ),
        (#"{"segmentation":{"counts":[48]}}"#, "no \"size\" at annotations[0].segmentation"),
        (
            #"{"id":1,"image_id":7,"category_id":3,"area":NaN}"#,
            "expected a number, not 'N' at annotations[0].area"
        ),
        (#"{"id":1,"image_id":7,"category_id":3,"area":1e999}"#, "'1e999' is no number"),
        (#"{"id":1 "image_id":7}"#, "expected ',' or '}', not '\"' at annotations[0]"),
        (#"{"id":1,"x":"\#u{1}"}"#, "byte 1 within a string"),
        (
            #"{"id":1,"image_id":7,"category_id":3},{"id":1,"image_id":7,"category_id":3}"#,
            "annotation id 1 appears twice"
        ),
    ])
    func faultyAnnotationsAreNamed(_ text: String, _ reason: String) {
        let message = message { _ = try dataset(text) }
        #expect(message.hasPrefix("d.json: \(reason)"), "\(message)")
    }

    @Test func faultyFilesAreNamed() throws {
        #expect(
            message { _ = try EvaluationDataset(instancesFile: scratch.path("none.json")) }
                == "none.json: opening failed: No such file or directory")
        let texts = [
            ("", "the file is empty"), ("[]", "expected an object, not '['"),
            ("{", "expected a string"), (#"{"images":["#, "expected an object, not the end"),
            ("{}", #"no "images""#), (#"{"images":[]}"#, #"no "categories""#),
            (#"{"images":[],"categories":[]} x"#, "'x' behind the end"),
            (#"{"images":[{"id":1},{"id":1}],"categories":[]}"#, "image id 1 appears twice"),
            (String(repeating: #"{"a":"#, count: 500), "nested too deeply"),
        ]
        for (text, reason) in texts {
            let path = try scratch.write(text)
            let message = message { _ = try EvaluationDataset(instancesFile: path) }
            #expect(message.hasPrefix("file.json: \(reason)"), "\(message)")
        }
    }

    @Test func numbersAreCorrectlyRounded() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text =
                generator.next() % 2 == 0
                ? "\(value)" : "\((value.significand * 1e7).rounded() / 1e4)"
            let bytes = [UInt8](text.utf8)
            let read = try bytes.withUnsafeBytes { bytes in
                var cursor = JSONCursor(bytes)
                return try cursor.number()
            }
            #expect(read == Double(text))
        }
    }

    @Test func resultsOfAnotherDataSetAreRefused() throws {
        let set = try dataset("")
        let path = try scratch.write(#"[{"image_id":9,"category_id":3,"score":1}]"#)
        #expect(
            message { _ = try ResultsFile(path: path, dataset: set) }
                == "file.json: image 9 is not in \(scratch.path("d.json"))"
                .replacingOccurrences(of: scratch.directory.path + "/", with: ""))
        let bare = try ResultsFile(
            path: scratch.write(#"[{"image_id":7,"category_id":3,"score":1}]"#), dataset: set)
        #expect(
            message { _ = try bare.detections(imageID: 7) }.contains(
                #"a result without "bbox" and "segmentation""#))
    }

    @Test func writtenResultsAreReadBack() throws {
        let set = try dataset("")
        let mask = try RunLengthEncoding(width: 8, height: 6, counts: [7, 2, 4, 2, 33])
        let detections = [
            EvaluationDetection(
                categoryID: 3, score: Double(Float(0.3)),
                box: EvaluationBox(x: 1.237, y: 0.1, width: 2.005, height: 4), mask: mask),
            EvaluationDetection(categoryID: 3, score: 1e-7, box: nil, mask: mask),
        ]
        for contents in ResultsWriter.Contents.allCases {
            let path = scratch.path("\(contents).json")
            let writer = try ResultsWriter(path: path, contents: contents, overwrite: false)
            try writer.write([], imageID: 7)
            try writer.write(detections, imageID: 7)
            #expect(!FileManager.default.fileExists(atPath: path))
            try writer.finish()
            // Well-formed for others too.
            let objects = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
                    as? [[String: Any]])
            #expect(objects.count == 2)
            let file = try ResultsFile(path: path, dataset: set)
            #expect(file.hasBoxes == (contents != .masks))
            #expect(file.hasMasks == (contents != .boxes))
            let read = try file.detections(imageID: 7)
            #expect(read.map(\.score) == detections.map(\.score))
            #expect(read.map(\.mask) == (contents == .boxes ? [nil, nil] : [mask, mask]))
            if contents != .masks {
                #expect(read[0].box == EvaluationBox(x: 1.24, y: 0.1, width: 2.01, height: 4))
                #expect(read[1].box == EvaluationBox(x: 1, y: 1, width: 2, height: 2))
            }
        }
        let path = scratch.path("empty.json")
        let writer = try ResultsWriter(path: path, contents: .boxes, overwrite: false)
        try writer.finish()
        #expect(try ResultsFile(path: path, dataset: set).count == 0)
        let dropped = try ResultsWriter(path: path, contents: .boxes, overwrite: true)
        dropped.discard()
        #expect(throws: FrameRecordError.self) { try dropped.write(detections, imageID: 7) }
    }

    @Test func pipesAreRead() throws {
        let path = scratch.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let text = "{\(Self.images),\(Self.categories)}"
        let writer = Thread {
            let file = FileHandle(forWritingAtPath: path)
            file?.write(Data(text.utf8))
            try? file?.close()
        }
        writer.start()
        #expect(try EvaluationDataset(instancesFile: path).images.count == 1)
    }

    @Test func classesAreMappedByNameAndByOfficialID() {
        #expect(CategoryMap.cocoIdentifiers.count == 80)
        let official = CategoryMap.official(classNames: ClassNames.coco)
        #expect(official.categoryIDs[0] == 1)
        #expect(official.categoryIDs[ClassNames.coco.firstIndex(of: "stop sign")!] == 13)
        #expect(official.categoryIDs[79] == 90)
        let categories = [(5, "Traffic_Light"), (6, "bolt"), (9, "person")].map {
            EvaluationCategory(id: $0.0, name: $0.1)
        }
        let map = CategoryMap(classNames: ClassNames.coco, categories: categories)
        #expect(map.categoryID(ofClass: 0) == 9)
        #expect(map.categoryID(ofClass: 9) == 5)
        #expect(map.unmappedClasses.count == 78)
        #expect(map.uncoveredCategories(of: categories).map(\.name) == ["bolt"])
        let nameless = [1, 13].map { EvaluationCategory(id: $0, name: "") }
        let byID = CategoryMap(classNames: ClassNames.coco, categories: nameless)
        #expect(byID.categoryIDs.compactMap { $0 } == [1, 13])
        #expect(map.categoryID(ofClass: 80) == nil)
    }
}
