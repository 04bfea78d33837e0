/// The detections of an image, measured, in the order in which they were given.
struct ImageDetections {
    let items: [EvaluationDetection]
    /// Index of the category; -1 for one that the data set does not have.
    let categories: [Int]
    /// By detection; empty where no masks are compared.
    let masks: [MeasuredMask]
    let boxes: [EvaluationBox]
    /// Detections whose mask is of another size than those of all truths, or than the picture where there are
    /// none; they match nothing.
    let misfits: Int

    init(
        _ items: [EvaluationDetection], of truth: ImageTruth, in dataset: EvaluationDataset,
        needsMasks: Bool
    ) throws(EvaluationError) {
        self.items = items
        var categories: [Int] = []
        var masks: [MeasuredMask] = []
        var boxes: [EvaluationBox] = []
        categories.reserveCapacity(items.count)
        masks.reserveCapacity(items.count)
        boxes.reserveCapacity(items.count)
        var misfits = 0
        let image = truth.image
        let sizes = truth.maskSizes
        for item in items {
            for score in [item.score, item.boxScore] where !score.isFinite {
                throw .unusableDetection(image: image.id, reason: "its score is \(score)")
            }
            categories.append(dataset.categoryIndex(id: item.categoryID) ?? -1)
            let mask = needsMasks || item.box == nil ? try Self.mask(of: item, image) : nil
            if let mask, needsMasks {
                if !sizes.isEmpty, !sizes.contains([mask.runs.width, mask.runs.height]) {
                    misfits += 1
                }
                masks.append(mask)
            }
            boxes.append(item.box ?? mask!.box)
        }
        self.categories = categories
        self.masks = masks
        self.boxes = boxes
        self.misfits = misfits
    }

    private static func mask(
        of item: EvaluationDetection, _ image: EvaluationImage
    ) throws(EvaluationError) -> MeasuredMask {
        if let mask = item.mask { return MeasuredMask(mask) }
        guard let box = item.box else {
            throw .unusableDetection(image: image.id, reason: "it has neither box nor mask")
        }
        do throws(RunLengthError) {
            return MeasuredMask(
                try RunLengthEncoding(
                    width: image.width, height: image.height, polygons: [box.outline]))
        } catch {
            throw .unusableDetection(image: image.id, reason: error.description)
        }
    }

    /// The area that decides the size range of an unmatched detection.
    func area(_ index: Int, _ kind: EvaluationKind) -> Double {
        if let area = items[index].area { return area }
        return kind == .mask ? Double(masks[index].area) : boxes[index].area
    }

    /// Detections by falling score, equal ones in the order given.
    func byScore(_ kind: EvaluationKind) -> [Int] {
        items.indices.sorted {
            let (a, b) = (items[$0].score(kind), items[$1].score(kind))
            return a != b ? a > b : $0 < $1
        }
    }
}
