import Foundation

/// Detections that some tool wrote to a file.
///
/// Two formats are read: the results format of COCO (an array of objects with `image_id`, `category_id`,
/// `score`, and `bbox` or `segmentation` or both), and this project's frame records, an object a line,
/// whose frame number is the image id. Only the place of each detection is kept; the detections of an
/// image are read when they are asked for, so a file of any size takes little memory.
public final class ResultsFile: Sendable {
    /// The file.
    public let path: String
    /// Number of detections, or of frame records.
    public let count: Int
    /// Whether the first detection has a box.
    ///
    /// It decides for all, as in COCO's tools: with boxes, the area of a detection is that of its box,
    /// else that of its mask.
    public let hasBoxes: Bool
    /// Whether the first detection has a mask.
    public let hasMasks: Bool

    private let file: EvaluationFile
    private let dataset: EvaluationDataset
    private let isRecords: Bool
    /// Offsets by image, and where those of each image begin.
    private let offsets: [Int]
    private let starts: [Int]
    private let categoryIDs: [String: Int]

    /// Looks through a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - dataset: The data set that the detections belong to.
    /// - Throws: ``EvaluationError``; also if an image is not in the data set, as then the results are
    ///   mostly those of another one.
    public init(path: String, dataset: EvaluationDataset) throws(EvaluationError) {
        self.path = path
        self.dataset = dataset
        file = try EvaluationFile(path: path)
        let (isRecords, places, first) = try file.withBytes {
            (bytes) throws(JSONFault) -> (Bool, [Place], Contents) in
            var cursor = JSONCursor(bytes)
            // An object at the start is a frame record.
            let isRecords = cursor.peek() == UInt8(ascii: "{")
            let index = try isRecords ? Place.records(&cursor) : Place.results(&cursor)
            return (isRecords, index.places, index.first)
        }
        self.isRecords = isRecords
        count = places.count
        hasBoxes = first.hasBox
        hasMasks = first.hasMask
        var starts = [Int](repeating: 0, count: dataset.images.count + 1)
        for place in places {
            guard let index = dataset.imageIndex(id: place.imageID) else {
                throw .inconsistent(
                    path: path, reason: "image \(place.imageID) is not in \(dataset.path)")
            }
            starts[index + 1] += 1
        }
        for index in dataset.images.indices { starts[index + 1] += starts[index] }
        self.starts = starts
        var offsets = [Int](repeating: 0, count: places.count)
        for place in places {
            guard let index = dataset.imageIndex(id: place.imageID) else { continue }
            offsets[starts[index]] = place.offset
            starts[index] += 1
        }
        self.offsets = offsets
        categoryIDs = Dictionary(
            dataset.categories.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    }

    /// What the first detection consists of.
    struct Contents {
        var hasBox = false
        var hasMask = false
    }

    /// The detections of an image in the order of the file; none for an image that it does not have.
    ///
    /// - Throws: ``EvaluationError``.
    public func detections(imageID: Int) throws(EvaluationError) -> [EvaluationDetection] {
        guard let index = dataset.imageIndex(id: imageID) else { return [] }
        let image = dataset.images[index]
        var detections: [EvaluationDetection] = []
        detections.reserveCapacity(starts[index + 1] - starts[index])
        try file.withBytes { (bytes) throws(JSONFault) in
            for offset in offsets[starts[index]..<starts[index + 1]] {
                var cursor = JSONCursor(bytes, at: offset)
                if isRecords {
                    try readRecord(&cursor, into: &detections)
                } else {
                    detections.append(try readResult(&cursor, image))
                }
            }
        }
        return detections
    }

    private func readResult(
        _ cursor: inout JSONCursor, _ image: EvaluationImage
    ) throws(JSONFault) -> EvaluationDetection {
        var detection = try EvaluationDetection(result: &cursor, in: image)
        detection.area =
            hasBoxes ? detection.box?.area : detection.mask.map { Double($0.area) }
        return detection
    }

    private func readRecord(
        _ cursor: inout JSONCursor, into detections: inout [EvaluationDetection]
    ) throws(JSONFault) {
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            guard key == "instances" else { return try cursor.skip() }
            try cursor.forEachElement { (cursor, _) throws(JSONFault) in
                detections.append(try readInstance(&cursor))
            }
        }
    }

    /// An instance of a frame record. Sizes are those of what is compared, mask or box.
    private func readInstance(
        _ cursor: inout JSONCursor
    ) throws(JSONFault) -> EvaluationDetection {
        var category: String?
        var score: Double?
        var box: EvaluationBox?
        var mask: RunLengthEncoding?
        let start = cursor
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "category": category = try cursor.string()
            case "score": score = try cursor.number()
            case "bbox": box = try cursor.box()
            case "segmentation": mask = try RunLengthEncoding(&cursor)
            default: try cursor.skip()
            }
        }
        let name = try start.required(category, "category")
        return EvaluationDetection(
            // A category that no data set has is left out, and counted, when images are compared.
            categoryID: categoryIDs[name] ?? .min, score: try start.required(score, "score"),
            box: box, mask: try start.required(mask, "segmentation"))
    }
}

extension EvaluationDetection {
    /// Reads an object of COCO's results format. Its area is that of what is compared.
    init(result cursor: inout JSONCursor, in image: EvaluationImage) throws(JSONFault) {
        var categoryID: Int?
        var score: Double?
        var box: EvaluationBox?
        var shape: EvaluationShape?
        let start = cursor
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "category_id": categoryID = try cursor.integer()
            case "score": score = try cursor.number()
            case "bbox": box = try cursor.box()
            case "segmentation": if !cursor.takeNull() { shape = try EvaluationShape(&cursor) }
            default: try cursor.skip()
            }
        }
        var mask: RunLengthEncoding?
        do throws(RunLengthError) {
            mask = try shape?.runLengths(width: image.width, height: image.height)
        } catch {
            throw start.fault(error.description)
        }
        guard box != nil || mask != nil else {
            throw start.fault("a result without \"bbox\" and \"segmentation\"")
        }
        self.init(
            categoryID: try start.required(categoryID, "category_id"),
            score: try start.required(score, "score"), box: box, mask: mask)
    }
}

/// Where a detection or record lies.
private struct Place {
    var imageID: Int
    var offset: Int

    /// Walks through COCO's results.
    static func results(
        _ cursor: inout JSONCursor
    ) throws(JSONFault) -> (places: [Place], first: ResultsFile.Contents) {
        var places: [Place] = []
        var first = ResultsFile.Contents()
        try cursor.forEachElement { (cursor, index) throws(JSONFault) in
            _ = cursor.peek()
            let start = cursor
            var imageID: Int?
            try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                switch key {
                case "image_id": imageID = try cursor.integer()
                case "bbox" where index == 0: first.hasBox = try cursor.box() != nil
                case "segmentation" where index == 0:
                    first.hasMask = !cursor.takeNull()
                    if first.hasMask { try cursor.skip() }
                default: try cursor.skip()
                }
            }
            places.append(
                Place(imageID: try start.required(imageID, "image_id"), offset: start.offset))
        }
        try cursor.expectEnd()
        return (places, first)
    }

    /// Walks through frame records.
    static func records(
        _ cursor: inout JSONCursor
    ) throws(JSONFault) -> (places: [Place], first: ResultsFile.Contents) {
        var places: [Place] = []
        while cursor.peek() != nil {
            let start = cursor
            var frame: Int?
            try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                if key == "frame" { frame = try cursor.integer() } else { try cursor.skip() }
            }
            places.append(Place(imageID: try start.required(frame, "frame"), offset: start.offset))
        }
        return (places, ResultsFile.Contents(hasBox: true, hasMask: true))
    }
}
