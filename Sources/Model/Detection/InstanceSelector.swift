/// Which detections are worth showing. Applied after suppression; the defaults are the official demo's.
public struct InstanceSelection: Sendable, Hashable {
    /// Detections with a score not above this are left out.
    public var scoreThreshold: Float
    /// At most this many, best first.
    public var limit: Int
    /// Class indices to keep; nil keeps all.
    public var classes: Set<Int>?

    /// Creates a selection.
    public init(scoreThreshold: Float = 0.15, limit: Int = 15, classes: Set<Int>? = nil) {
        self.scoreThreshold = scoreThreshold
        self.limit = limit
        self.classes = classes
    }

    /// The chosen ones of detections that come best first.
    public func apply(_ detections: consuming [Detection]) -> [Detection] {
        detections.removeAll { !passes($0) }
        detections.removeLast(max(0, detections.count - limit))
        return detections
    }

    private func passes(_ detection: Detection) -> Bool {
        detection.score > scoreThreshold && classes?.contains(detection.classIndex) != false
    }
}

/// Selects the detections of a network, whose scores it first corrects where the network can (YOLACT++).
/// Not thread-safe; it keeps its memory from frame to frame.
public final class InstanceSelector {
    private let selection: InstanceSelection
    private let rescorer: MaskRescorer?

    /// Creates a selector for the outputs of a network.
    ///
    /// - Parameters:
    ///   - network: Whose outputs it gets.
    ///   - selection: What to select.
    ///   - cropsToBox: As for the ``MaskAssembler`` that gets the selected detections.
    /// - Throws: ``ComputeError``.
    public init(_ network: Network, _ selection: InstanceSelection, cropsToBox: Bool = true) throws
    {
        self.selection = selection
        rescorer = try MaskRescorer(network, cropsToBox: cropsToBox)
    }

    /// The chosen ones of `detections`, which come best first, best first.
    ///
    /// As in the official demo a detection must pass the threshold before the correction and after it.
    public func select(
        _ detections: consuming [Detection], _ outputs: RawOutputs
    ) throws -> [Detection] {
        guard let rescorer else { return selection.apply(detections) }
        var unlimited = selection
        unlimited.limit = .max
        let rescored = try rescorer.rescore(unlimited.apply(detections), outputs)
        return selection.apply(rescored.bestFirst)
    }
}

extension [Detection] {
    /// By falling score, equal ones by class and anchor.
    var bestFirst: [Detection] {
        var list = self
        list.sortBestFirst()
        return list
    }

    /// In the order of ``bestFirst``.
    mutating func sortBestFirst() {
        sort { ($0.score, $1.classIndex, $1.anchor) > ($1.score, $0.classIndex, $0.anchor) }
    }
}
