import Foundation

extension EvaluationDataset {
    /// Reads a COCO instances file: `images`, `categories` and `annotations`.
    ///
    /// Masks are polygons, run lengths or compressed run lengths; they stay in that form until an image
    /// is evaluated. `annotations` may be missing, as in COCO's files without truth. An annotation
    /// needs `image_id` and `category_id`; COCO's tools also need `id`, `area`, `bbox` and `iscrowd`.
    ///
    /// - Throws: ``EvaluationError``.
    public init(instancesFile path: String) throws(EvaluationError) {
        let file = try EvaluationFile(path: path)
        var images: [EvaluationImage]?
        var categories: [EvaluationCategory]?
        var annotations: [EvaluationAnnotation] = []
        try file.withBytes { (bytes) throws(JSONFault) in
            var cursor = JSONCursor(bytes)
            try cursor.forEachMember { (cursor, key) throws(JSONFault) in
                switch key {
                case "images":
                    var list: [EvaluationImage] = []
                    try cursor.forEachElement { (cursor, _) throws(JSONFault) in
                        list.append(try EvaluationImage(&cursor))
                    }
                    images = list
                case "categories":
                    var list: [EvaluationCategory] = []
                    try cursor.forEachElement { (cursor, _) throws(JSONFault) in
                        list.append(try EvaluationCategory(&cursor))
                    }
                    categories = list
                case "annotations":
                    try cursor.forEachElement { (cursor, index) throws(JSONFault) in
                        // Without ids of their own they get ones that no file uses.
                        annotations.append(try EvaluationAnnotation(&cursor, defaultID: -1 - index))
                    }
                default:
                    try cursor.skip()
                }
            }
            try cursor.expectEnd()
        }
        guard let images else { throw .inconsistent(path: path, reason: "no \"images\"") }
        guard let categories else { throw .inconsistent(path: path, reason: "no \"categories\"") }
        try self.init(
            path: path, images: images, categories: categories, annotations: annotations)
    }
}

extension JSONCursor {
    /// A value that must have been there.
    func required<Value>(_ value: Value?, _ key: String) throws(JSONFault) -> Value {
        guard let value else { throw fault("no \"\(key)\"") }
        return value
    }

    /// A box as a list of x, y, width and height; an empty list or null is none.
    mutating func box() throws(JSONFault) -> EvaluationBox? {
        if takeNull() { return nil }
        let values = try numbers()
        if values.isEmpty { return nil }
        guard values.count == 4 else {
            throw fault("a box has 4 numbers, not \(values.count)")
        }
        return EvaluationBox(x: values[0], y: values[1], width: values[2], height: values[3])
    }
}

extension EvaluationImage {
    fileprivate init(_ cursor: inout JSONCursor) throws(JSONFault) {
        var (id, width, height): (Int?, Int, Int) = (nil, 0, 0)
        var fileName: String?
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "id": id = try cursor.integer()
            case "width": width = try cursor.integer()
            case "height": height = try cursor.integer()
            case "file_name": if !cursor.takeNull() { fileName = try cursor.string() }
            default: try cursor.skip()
            }
        }
        self.init(
            id: try cursor.required(id, "id"), width: width, height: height, fileName: fileName)
    }
}

extension EvaluationCategory {
    fileprivate init(_ cursor: inout JSONCursor) throws(JSONFault) {
        var id: Int?
        var name = ""
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "id": id = try cursor.integer()
            case "name": if !cursor.takeNull() { name = try cursor.string() }
            default: try cursor.skip()
            }
        }
        self.init(id: try cursor.required(id, "id"), name: name)
    }
}

extension EvaluationAnnotation {
    fileprivate init(_ cursor: inout JSONCursor, defaultID: Int) throws(JSONFault) {
        var (id, imageID, categoryID): (Int, Int?, Int?) = (defaultID, nil, nil)
        var box: EvaluationBox?
        var area: Double?
        var isCrowd = false
        var shape = EvaluationShape.none
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "id": id = try cursor.integer()
            case "image_id": imageID = try cursor.integer()
            case "category_id": categoryID = try cursor.integer()
            case "bbox": box = try cursor.box()
            case "area": if !cursor.takeNull() { area = try cursor.number() }
            case "iscrowd": if !cursor.takeNull() { isCrowd = try cursor.flag() }
            case "segmentation": shape = try EvaluationShape(&cursor)
            default: try cursor.skip()
            }
        }
        self.init(
            id: id, imageID: try cursor.required(imageID, "image_id"),
            categoryID: try cursor.required(categoryID, "category_id"), box: box, area: area,
            isCrowd: isCrowd, shape: shape)
    }
}
