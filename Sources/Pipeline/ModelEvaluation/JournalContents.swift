/// What a journal holds: where the detections of each image lie.
struct JournalContents {
    /// The key of the first line.
    static let mark = "yolact-video evaluation"

    let origin: [String: String]
    /// By line; an image that is there twice counts once.
    let places: [(imageID: Int, offset: Int)]
    /// Where the last whole line ends.
    let end: Int
    private let file: EvaluationFile

    init(path: String) throws(EvaluationError) {
        let file = try EvaluationFile(path: path)
        self.file = file
        guard
            let origin = try? file.withBytes({ (bytes) throws(JSONFault) in
                try Self.origin(bytes)
            })
        else {
            throw .inconsistent(path: path, reason: "the file exists and holds no partial results")
        }
        self.origin = origin
        (places, end) = try file.withBytes { (bytes) throws(JSONFault) in try Self.places(bytes) }
    }

    private static func origin(
        _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> [String: String] {
        var origin: [String: String]?
        var cursor = JSONCursor(bytes)
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            guard key == mark else { throw cursor.fault("no journal") }
            var values: [String: String] = [:]
            try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                values[key] = try cursor.string()
            }
            origin = values
        }
        return try cursor.required(origin, mark)
    }

    private static func places(
        _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> (places: [(imageID: Int, offset: Int)], end: Int) {
        var places: [(imageID: Int, offset: Int)] = []
        var known = Set<Int>()
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if start > 0 {
                var cursor = JSONCursor(bytes, at: start)
                var imageID: Int?
                try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                    if key == "image_id" {
                        imageID = try cursor.integer()
                    } else {
                        try cursor.skip()
                    }
                }
                let id = try cursor.required(imageID, "image_id")
                if known.insert(id).inserted { places.append((id, start)) }
            }
            start = end + 1
        }
        return (places, start)
    }

    /// The detections of the line that begins there.
    func detections(
        at offset: Int, of image: EvaluationImage
    ) throws(EvaluationError) -> [EvaluationDetection] {
        try file.withBytes { (bytes) throws(JSONFault) in
            var detections: [EvaluationDetection] = []
            var cursor = JSONCursor(bytes, at: offset)
            try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                guard key == "detections" else { return try cursor.skip() }
                try cursor.forEachElement { (cursor, _) throws(JSONFault) in
                    detections.append(try EvaluationDetection(result: &cursor, in: image))
                }
            }
            return detections
        }
    }
}
