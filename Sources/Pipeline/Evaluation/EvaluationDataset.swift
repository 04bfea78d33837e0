import Model

/// Images, categories and truth that detections are compared with.
///
/// Read from COCO's instances files (``init(instancesFile:)``) or from this project's frame records
/// (``init(frameRecords:classNames:)``), or put together from parts.
public struct EvaluationDataset: Sendable {
    /// Where the data set came from, for messages.
    public let path: String
    /// All images, by ascending id.
    public let images: [EvaluationImage]
    /// All categories, by ascending id.
    public let categories: [EvaluationCategory]
    /// The truth: image by image in the order of ``images``, within an image in the order of the file.
    public let annotations: [EvaluationAnnotation]
    /// Annotations that were left out because their image or category is not in the data set.
    public let unusedAnnotations: Int
    /// Annotations without a mask, crowds included: with no `segmentation`, or with null or an empty one.
    public let annotationsWithoutMask: Int

    /// Where the annotations of each image begin; one more element than images.
    private let starts: [Int]
    private let imageIndices: [Int: Int]
    private let categoryIndices: [Int: Int]

    /// Puts a data set together.
    ///
    /// - Parameters:
    ///   - path: Where it came from, for messages.
    ///   - images: The images in any order.
    ///   - categories: The categories in any order.
    ///   - annotations: The truth. The order within an image decides between equal overlaps.
    /// - Throws: ``EvaluationError/inconsistent(path:reason:)`` if an id appears twice.
    public init(
        path: String, images: [EvaluationImage], categories: [EvaluationCategory],
        annotations: [EvaluationAnnotation]
    ) throws(EvaluationError) {
        self.path = path
        self.images = images.sorted { $0.id < $1.id }
        self.categories = categories.sorted { $0.id < $1.id }
        imageIndices = try Self.indices(of: self.images.map(\.id), "image", path)
        categoryIndices = try Self.indices(of: self.categories.map(\.id), "category", path)
        var identifiers = Set<Int>(minimumCapacity: annotations.count)
        var starts = [Int](repeating: 0, count: images.count + 1)
        var unused = 0
        for annotation in annotations {
            guard identifiers.insert(annotation.id).inserted else {
                throw .inconsistent(
                    path: path, reason: "annotation id \(annotation.id) appears twice")
            }
            if let image = imageIndices[annotation.imageID],
                categoryIndices[annotation.categoryID] != nil
            {
                starts[image + 1] += 1
            } else {
                unused += 1
            }
        }
        for image in images.indices { starts[image + 1] += starts[image] }
        self.starts = starts
        unusedAnnotations = unused
        var order = [Int](repeating: 0, count: annotations.count - unused)
        for (index, annotation) in annotations.enumerated() {
            guard let image = imageIndices[annotation.imageID],
                categoryIndices[annotation.categoryID] != nil
            else { continue }
            order[starts[image]] = index
            starts[image] += 1
        }
        self.annotations = order.map { annotations[$0] }
        annotationsWithoutMask = self.annotations.count { $0.shape == .none }
    }

    private static func indices(
        of ids: [Int], _ kind: String, _ path: String
    ) throws(EvaluationError) -> [Int: Int] {
        var indices = [Int: Int](minimumCapacity: ids.count)
        for (index, id) in ids.enumerated() {
            guard indices.updateValue(index, forKey: id) == nil else {
                throw .inconsistent(path: path, reason: "\(kind) id \(id) appears twice")
            }
        }
        return indices
    }

    /// The index into ``images`` of an image.
    public func imageIndex(id: Int) -> Int? { imageIndices[id] }

    /// The index into ``categories`` of a category.
    public func categoryIndex(id: Int) -> Int? { categoryIndices[id] }

    /// The truth of an image, given its index in ``images``.
    public func annotations(ofImageAt index: Int) -> ArraySlice<EvaluationAnnotation> {
        annotations[starts[index]..<starts[index + 1]]
    }

    /// A digest of all images and categories, but not of the annotations: detections made for one data set
    /// fit another with the same digest.
    public var fingerprint: String {
        var digest = SHA256()
        func add(_ text: String) {
            var text = text + "\0"
            text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
        }
        for image in images {
            add("\(image.id) \(image.width) \(image.height) \(image.fileName ?? "")")
        }
        add("categories")
        for category in categories { add("\(category.id) \(category.name)") }
        return digest.finish()
    }

    /// What detections can be compared by: boxes alone where there is truth, but no mask in all of it. As
    /// masks every truth would count as missed.
    public var comparableKinds: [EvaluationKind] {
        !annotations.isEmpty && annotationsWithoutMask == annotations.count
            ? [.box] : [.box, .mask]
    }

    /// Whether an annotation has the id 0, which COCO's tools take for "no annotation": a detection
    /// matched to it counts as a false one. Figures here are the same as theirs; ids should start at 1.
    public var hasAnnotationZero: Bool { annotations.contains { $0.id == 0 } }
}

/// An image of a data set.
public struct EvaluationImage: Sendable, Hashable {
    /// Its id in annotations and results.
    public var id: Int
    /// Width in pixels; 0 if the file does not tell.
    public var width: Int
    /// Height in pixels; 0 if the file does not tell.
    public var height: Int
    /// Name of the image's file relative to the data set's directory; nil for frames of a video.
    public var fileName: String?

    /// Creates an image.
    public init(id: Int, width: Int, height: Int, fileName: String? = nil) {
        self.id = id
        self.width = width
        self.height = height
        self.fileName = fileName
    }
}

/// A category of a data set.
public struct EvaluationCategory: Sendable, Hashable {
    /// Its id in annotations and results; any number, COCO's have gaps.
    public var id: Int
    /// Its name; empty if the file does not tell.
    public var name: String

    /// Creates a category.
    public init(id: Int, name: String) {
        self.id = id
        self.name = name
    }
}
