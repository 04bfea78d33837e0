/// Segments pictures one at a time: the whole way from pixels to instances, for those who need no
/// pipeline. Not thread-safe.
public final class Segmenter {
    private let worker: NetworkWorker
    private let preprocessor: Preprocessor
    private let detector: Detector
    private let assembler: MaskAssembler
    private let selection: InstanceSelection
    private let input: InputTensor
    private let features: BackboneFeatures
    private let outputs: RawOutputs

    /// Prepares to run a network.
    public init(
        _ network: Network, detection: DetectionOptions = .init(),
        selection: InstanceSelection = .init()
    ) throws {
        worker = try NetworkWorker(network)
        preprocessor = Preprocessor(network.configuration)
        detector = Detector(network.configuration, options: detection)
        assembler = MaskAssembler(network)
        self.selection = selection
        input = network.makeInput()
        features = network.makeFeatures()
        outputs = network.makeOutputs()
    }

    /// The instances in a picture, best first.
    public func segment(_ image: ImageView) throws -> [Instance] {
        try preprocessor.process(image, into: input)
        try worker.runBackbone(input, into: features)
        try worker.runHeads(features, into: outputs)
        let detections = selection.apply(detector.detect(outputs))
        return try assembler.assemble(
            detections, outputs, width: image.width, height: image.height)
    }
}

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
    public func apply(_ detections: [Detection]) -> [Detection] {
        Array(
            detections.lazy.filter {
                $0.score > scoreThreshold && classes?.contains($0.classIndex) != false
            }.prefix(limit))
    }
}
