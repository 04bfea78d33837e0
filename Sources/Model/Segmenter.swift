/// Segments pictures one at a time: the whole way from pixels to instances, for those who need no
/// pipeline. Not thread-safe.
public final class Segmenter {
    private let worker: NetworkWorker
    private let preprocessor: Preprocessor
    private let detector: Detector
    private let assembler: MaskAssembler
    private let selector: InstanceSelector
    private let input: InputTensor
    private let features: BackboneFeatures
    private let outputs: RawOutputs

    /// Prepares to run a network.
    ///
    /// - Parameters:
    ///   - network: What to run.
    ///   - detection: Thresholds and limits of the detection step.
    ///   - selection: Which detections become instances.
    ///   - cropsToBox: False leaves masks uncropped.
    ///   - keepsSoftMasks: Whether instances carry box and mask before rounding and threshold.
    public init(
        _ network: Network, detection: DetectionOptions = .init(),
        selection: InstanceSelection = .init(), cropsToBox: Bool = true,
        keepsSoftMasks: Bool = false
    ) throws {
        worker = try NetworkWorker(network)
        preprocessor = Preprocessor(network.configuration)
        detector = Detector(network.configuration, options: detection)
        assembler = MaskAssembler(
            network, cropsToBox: cropsToBox, keepsSoftMasks: keepsSoftMasks)
        selector = try InstanceSelector(network, selection, cropsToBox: cropsToBox)
        input = network.makeInput()
        features = network.makeFeatures()
        outputs = network.makeOutputs()
    }

    /// The instances in a picture, best first.
    public func segment(_ image: ImageView) throws -> [Instance] {
        try preprocessor.process(image, into: input)
        try worker.runBackbone(input, into: features)
        try worker.runHeads(features, into: outputs)
        let detections = try selector.select(detector.detect(outputs), outputs)
        return try assembler.assemble(
            detections, outputs, width: image.width, height: image.height)
    }
}
