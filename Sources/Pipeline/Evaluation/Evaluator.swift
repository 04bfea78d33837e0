import Dispatch
import Synchronization

/// Compares detections with the truth of a data set, image by image, in any order and from any thread.
///
/// An image's masks are let go as soon as it has been compared; what stays is some 50 bytes a detection.
/// The figures do not depend on the order in which images are added.
///
/// ```swift
/// let evaluator = Evaluator(dataset: try EvaluationDataset(instancesFile: "instances.json"))
/// try evaluator.add(detections, imageID: 139)       // for each image
/// print(evaluator.metrics(.mask).summary.table)
/// ```
///
/// Only images that were added count, those without detections too: add them with an empty list.
public final class Evaluator: Sendable {
    /// The truth.
    public let dataset: EvaluationDataset
    /// How detections are compared with it.
    public let options: EvaluationOptions
    private let state: Mutex<State>

    private struct State {
        /// By index of the image.
        var images: [ImageResult?]
        var added = 0
        var detections = 0
        var unknownCategories = 0
        var misfits = 0
    }

    /// Creates an evaluator to which no image has been added.
    ///
    /// Thresholds, recalls and numbers of detections must be ascending, with at most 16 thresholds, and
    /// there must be at least one of each and one size range.
    public init(dataset: EvaluationDataset, options: EvaluationOptions = EvaluationOptions()) {
        precondition(
            (1...16).contains(options.overlapThresholds.count)
                && options.overlapThresholds == options.overlapThresholds.sorted()
                && !options.recallThresholds.isEmpty
                && options.recallThresholds == options.recallThresholds.sorted()
                && !options.maximumDetections.isEmpty
                && options.maximumDetections == options.maximumDetections.sorted()
                && options.maximumDetections[0] > 0 && !options.areaRanges.isEmpty)
        self.dataset = dataset
        self.options = options
        state = Mutex(State(images: Array(repeating: nil, count: dataset.images.count)))
    }

    /// Compares the detections of an image with its truth.
    ///
    /// - Parameters:
    ///   - detections: All detections in the image, in any order; of equally sure ones the first has
    ///     precedence.
    ///   - imageID: The image.
    /// - Throws: ``EvaluationError``, also for an image that was added already.
    public func add(
        _ detections: [EvaluationDetection], imageID: Int
    ) throws(EvaluationError) {
        guard let index = dataset.imageIndex(id: imageID) else {
            throw .unknownImage(id: imageID)
        }
        guard !state.withLock({ $0.images[index] != nil }) else {
            throw .imageAddedTwice(id: imageID)
        }
        let needsMasks = options.kinds.contains(.mask)
        let truth = try ImageTruth(dataset, imageAt: index, needsMasks: needsMasks)
        let found = try ImageDetections(
            detections, of: truth, in: dataset, needsMasks: needsMasks)
        let matcher = ImageMatcher(truth, found, options)
        let result = ImageResult(
            matches: options.kinds.map { matcher.matches($0) },
            official: options.kinds.map { YolactMatches(truth, found, $0) })
        let isFirst = state.withLock { state in
            guard state.images[index] == nil else { return false }
            state.images[index] = result
            state.added += 1
            state.detections += detections.count
            state.unknownCategories += found.categories.count { $0 < 0 }
            state.misfits += found.misfits
            return true
        }
        guard isFirst else { throw .imageAddedTwice(id: imageID) }
    }

    /// Compares images side by side, on all cores.
    ///
    /// - Parameters:
    ///   - imageIDs: The images.
    ///   - detections: Gives the detections of an image; called from several threads at once.
    ///   - progress: Called with the number of images done so far, from several threads at once.
    /// - Throws: The error of the first image of the list that has one.
    public func add(
        imageIDs: [Int],
        detections:
            @escaping @Sendable (_ imageID: Int) throws(EvaluationError) ->
            [EvaluationDetection],
        progress: (@Sendable (_ done: Int) -> Void)? = nil
    ) throws(EvaluationError) {
        let failure = Mutex<(position: Int, error: EvaluationError)?>(nil)
        let done = Atomic(0)
        // A few images a block keep the cost of handing out blocks small.
        let block = 8
        let blocks = (imageIDs.count + block - 1) / block
        DispatchQueue.concurrentPerform(iterations: blocks) { number in
            for position in number * block..<min(number * block + block, imageIDs.count) {
                // Images in front of one that failed are still compared: theirs may be the first error.
                if let first = failure.withLock({ $0?.position }), first < position { return }
                do throws(EvaluationError) {
                    try self.add(try detections(imageIDs[position]), imageID: imageIDs[position])
                } catch {
                    failure.withLock { known in
                        if known.map({ position < $0.position }) ?? true {
                            known = (position, error)
                        }
                    }
                    return
                }
                progress?(done.add(1, ordering: .relaxed).newValue)
            }
        }
        if let error = failure.withLock({ $0?.error }) { throw error }
    }

    /// Compares the results of any tool; images without results count as without detections.
    ///
    /// - Parameters:
    ///   - results: The results.
    ///   - imageIDs: The images to compare; nil for all of the data set.
    ///   - progress: Called with the number of images done so far, from several threads at once.
    /// - Throws: ``EvaluationError``.
    public func add(
        _ results: ResultsFile, imageIDs: [Int]? = nil,
        progress: (@Sendable (_ done: Int) -> Void)? = nil
    ) throws(EvaluationError) {
        try add(
            imageIDs: imageIDs ?? dataset.images.map(\.id),
            detections: { (id) throws(EvaluationError) in try results.detections(imageID: id) },
            progress: progress)
    }

    /// Number of images that were added.
    public var imageCount: Int { state.withLock { $0.added } }

    /// Number of detections that were added.
    public var detectionCount: Int { state.withLock { $0.detections } }

    /// Detections left out because the data set does not have their category.
    public var unknownCategoryCount: Int { state.withLock { $0.unknownCategories } }

    /// Detections whose mask is of another size than every truth of their picture. They match nothing.
    public var misfitCount: Int { state.withLock { $0.misfits } }

    /// COCO's figures over the images added so far.
    ///
    /// - Parameter kind: One of the kinds in ``options``.
    public func metrics(_ kind: EvaluationKind) -> EvaluationMetrics {
        let position = position(of: kind)
        let images = state.withLock { $0.images }
        return EvaluationMetrics(
            kind: kind, dataset: dataset, options: options,
            images: images.map { $0?.matches[position] })
    }

    /// The table of the official YOLACT program over the images added so far.
    public func yolactTable() -> YolactTable {
        let images = state.withLock { $0.images }
        var precisions: [EvaluationKind: [Double]] = [:]
        for kind in options.kinds {
            let position = position(of: kind)
            precisions[kind] = YolactMatches.precisions(
                images.map { $0?.official[position] }, dataset: dataset)
        }
        return YolactTable(precisions: precisions)
    }

    private func position(of kind: EvaluationKind) -> Int {
        guard let position = options.kinds.firstIndex(of: kind) else {
            preconditionFailure("\(kind) is not among the options' kinds")
        }
        return position
    }
}

/// What is kept of an image, by kind.
private struct ImageResult: Sendable {
    var matches: [ImageMatches]
    var official: [YolactMatches]
}
