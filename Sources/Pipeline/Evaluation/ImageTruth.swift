/// The truth and the detections of an image as both comparisons need them.
///
/// Masks are turned into run lengths here, and here only, so that at any time there are no more of them
/// than images at work.
struct ImageTruth {
    let image: EvaluationImage
    let annotations: [EvaluationAnnotation]
    /// By annotation; empty where no masks are compared.
    let masks: [MeasuredMask]
    let boxes: [EvaluationBox]
    /// Index of the category, by annotation.
    let categories: [Int]

    init(
        _ dataset: EvaluationDataset, imageAt index: Int, needsMasks: Bool
    ) throws(EvaluationError) {
        image = dataset.images[index]
        annotations = Array(dataset.annotations(ofImageAt: index))
        var masks: [MeasuredMask] = []
        var boxes: [EvaluationBox] = []
        var categories: [Int] = []
        for annotation in annotations {
            // A mask also stands in for a box that is missing.
            let mask =
                needsMasks || annotation.box == nil ? try Self.mask(of: annotation, image) : nil
            if needsMasks, let mask { masks.append(mask) }
            boxes.append(annotation.box ?? mask!.box)
            categories.append(dataset.categoryIndex(id: annotation.categoryID)!)
        }
        self.masks = masks
        self.boxes = boxes
        self.categories = categories
    }

    /// Widths and heights of the masks, which run lengths tell themselves, whatever is said of the picture:
    /// tools that turn pictures upright leave its sides swapped. Without masks the size of the picture;
    /// empty if that is not known either.
    var maskSizes: Set<[Int]> {
        let known = zip(annotations, masks).filter { $0.0.shape != .none }
        guard known.isEmpty else { return Set(known.map { [$0.1.runs.width, $0.1.runs.height] }) }
        return image.width > 0 ? [[image.width, image.height]] : []
    }

    private static func mask(
        of annotation: EvaluationAnnotation, _ image: EvaluationImage
    ) throws(EvaluationError) -> MeasuredMask {
        if case .polygons = annotation.shape, image.width <= 0 || image.height <= 0 {
            throw .unusableTruth(
                annotation: annotation.id, image: image.id,
                reason: "the image has no size, which its outline needs")
        }
        do throws(RunLengthError) {
            return MeasuredMask(
                try annotation.shape.runLengths(width: image.width, height: image.height))
        } catch {
            throw .unusableTruth(
                annotation: annotation.id, image: image.id, reason: error.description)
        }
    }

    /// The area that decides the size range of an annotation.
    func area(_ index: Int) -> Double {
        if let area = annotations[index].area { return area }
        guard !masks.isEmpty, annotations[index].shape != .none else { return boxes[index].area }
        return Double(masks[index].area)
    }
}

/// A mask with its area and bounding box.
struct MeasuredMask {
    let runs: RunLengthEncoding
    let area: Int
    /// Half-open; all 0 where nothing is set.
    let left: Int, top: Int, right: Int, bottom: Int

    init(_ runs: RunLengthEncoding) {
        self.runs = runs
        area = runs.area
        let box = runs.boundingBox
        left = box?.x ?? 0
        top = box?.y ?? 0
        right = box.map { $0.x + $0.width } ?? 0
        bottom = box.map { $0.y + $0.height } ?? 0
    }

    var box: EvaluationBox {
        EvaluationBox(
            x: Double(left), y: Double(top), width: Double(right - left),
            height: Double(bottom - top))
    }

    /// Number of pixels set in both; 0 for pictures of different sizes.
    ///
    /// - Parameter relevance: Overlaps below this do not matter; where the boxes show that it cannot be
    ///   reached, 0 is returned without a look at the runs.
    func intersection(with truth: MeasuredMask, isCrowd: Bool, relevance: Double) -> Int {
        let width = min(right, truth.right) - max(left, truth.left)
        let height = min(bottom, truth.bottom) - max(top, truth.top)
        guard width > 0, height > 0 else { return 0 }
        let bound = min(width * height, area, truth.area)
        let union = isCrowd ? area : area + truth.area - bound
        // Rounded division is monotonic, so this bound holds for the rounded quotient too.
        guard Double(bound) / Double(union) >= relevance else { return 0 }
        return (try? runs.intersectionArea(with: truth.runs)) ?? 0
    }

    /// Intersection over union; over the area of this mask if the other is a crowd's.
    func overlap(_ truth: MeasuredMask, isCrowd: Bool, relevance: Double) -> Double {
        let shared = intersection(with: truth, isCrowd: isCrowd, relevance: relevance)
        guard shared > 0 else { return 0 }
        return Double(shared) / Double(isCrowd ? area : area + truth.area - shared)
    }
}
