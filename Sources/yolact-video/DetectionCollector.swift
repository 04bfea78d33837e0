import Pipeline
import Synchronization

/// Passes on what is found in each image.
final class DetectionCollector: Sendable {
    let evaluator: Evaluator
    let journal: EvaluationJournal?
    let categories: CategoryMap
    let mistakes: MistakeCollector?
    private let otherSizes = Mutex<(count: Int, first: String?)>((0, nil))

    init(
        dataset: EvaluationDataset, categories: CategoryMap, journal: EvaluationJournal?,
        mistakes: MistakeCollector?
    ) {
        var options = EvaluationOptions()
        options.kinds = dataset.comparableKinds
        evaluator = Evaluator(dataset: dataset, options: options)
        self.categories = categories
        self.journal = journal
        self.mistakes = mistakes
    }

    /// Takes what a model found.
    func add(_ picture: ImageSegmentation.Picture) throws {
        let detections = try picture.instances.detections(
            categories: categories, width: picture.width, height: picture.height)
        try journal?.append(detections, imageID: picture.imageID)
        try take(detections, imageID: picture.imageID)
        noteSize(of: picture)
    }

    /// Takes what is known already.
    func take(_ detections: [EvaluationDetection], imageID: Int) throws {
        try evaluator.add(detections, imageID: imageID)
        try mistakes?.add(detections, imageID: imageID)
    }

    var warnings: [String] {
        let (count, first) = otherSizes.withLock { $0 }
        return first.map { first in
            ["pictures of another size than the annotations say: \(count), such as \(first)"]
        } ?? []
    }

    private func noteSize(of picture: ImageSegmentation.Picture) {
        let dataset = evaluator.dataset
        guard let index = dataset.imageIndex(id: picture.imageID) else { return }
        let image = dataset.images[index]
        guard image.width > 0, (image.width, image.height) != (picture.width, picture.height)
        else { return }
        otherSizes.withLock { state in
            state.count += 1
            if state.first == nil {
                state.first =
                    "image \(image.id): \(picture.width) x \(picture.height) instead of "
                    + "\(image.width) x \(image.height)"
            }
        }
    }
}
