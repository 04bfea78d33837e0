import Foundation

extension EvaluationDataset {
    /// Reads truth from frame records, such as that of the sample clip. The number of a frame is its
    /// image id.
    ///
    /// Areas are those of the masks. A frame without instances has the size of the frame before it.
    ///
    /// - Parameters:
    ///   - path: The NDJSON file.
    ///   - classNames: The categories; ids count from 1 in this order. Names that only the file has
    ///     follow in the order in which they appear.
    /// - Throws: ``EvaluationError`` or ``FrameRecordError``.
    public init(frameRecords path: String, classNames: [String]) throws {
        let reader = try FrameRecordReader(path: path)
        var categories: [EvaluationCategory] = []
        var identifiers: [String: Int] = [:]
        func categoryID(_ name: String) -> Int {
            if let id = identifiers[name] { return id }
            let id = categories.count + 1
            identifiers[name] = id
            categories.append(EvaluationCategory(id: id, name: name))
            return id
        }
        for name in classNames { _ = categoryID(name) }
        var images: [EvaluationImage] = []
        var annotations: [EvaluationAnnotation] = []
        var (width, height) = (0, 0)
        while let record = try reader.next() {
            if let mask = record.instances.first?.segmentation {
                (width, height) = (mask.width, mask.height)
            }
            images.append(EvaluationImage(id: record.frame, width: width, height: height))
            for instance in record.instances {
                annotations.append(
                    EvaluationAnnotation(
                        id: annotations.count + 1, imageID: record.frame,
                        categoryID: categoryID(instance.category),
                        box: EvaluationBox(instance.box), area: Double(instance.segmentation.area),
                        isCrowd: false, shape: .runLengths(instance.segmentation)))
            }
        }
        try self.init(
            path: path, images: images, categories: categories, annotations: annotations)
    }

    /// Reads either kind of file: frame records by their ending `.ndjson` or `.jsonl`, else COCO's
    /// instances.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - classNames: The categories of frame records; see ``init(frameRecords:classNames:)``.
    /// - Throws: ``EvaluationError`` or ``FrameRecordError``.
    public init(path: String, classNames: [String]) throws {
        let ending = (path as NSString).pathExtension.lowercased()
        if ending == "ndjson" || ending == "jsonl" {
            try self.init(frameRecords: path, classNames: classNames)
        } else {
            try self.init(instancesFile: path)
        }
    }
}
