/// Segments pictures and tells how: prototypes, coefficients, suppression. The way is that of
/// ``Segmenter``, and so are the instances. Not thread-safe.
public final class Inspector {
    private let network: Network
    private let worker: NetworkWorker
    private let detector: Detector
    private let selector: InstanceSelector
    private let assembler: MaskAssembler
    private let detection: DetectionOptions
    private let selection: InstanceSelection
    private let cropsToBox: Bool

    /// Prepares to run a network.
    ///
    /// - Parameters:
    ///   - network: What to run.
    ///   - detection: Thresholds and limits of the detection step.
    ///   - selection: Which detections become instances.
    ///   - cropsToBox: False leaves masks uncropped.
    /// - Throws: ``ComputeError``.
    public init(
        _ network: Network, detection: DetectionOptions = .init(),
        selection: InstanceSelection = .init(), cropsToBox: Bool = true
    ) throws {
        self.network = network
        self.detection = detection
        self.selection = selection
        self.cropsToBox = cropsToBox
        worker = try NetworkWorker(network)
        detector = Detector(network.configuration, options: detection)
        selector = try InstanceSelector(network, selection, cropsToBox: cropsToBox)
        assembler = MaskAssembler(network, cropsToBox: cropsToBox)
    }

    /// Looks at a picture.
    ///
    /// - Throws: ``ImageError``, ``ComputeError``.
    public func inspect(_ image: ImageView) throws -> Inspection {
        let input = network.makeInput()
        let features = network.makeFeatures()
        let outputs = network.makeOutputs()
        try Preprocessor(network.configuration).process(image, into: input)
        try worker.runBackbone(input, into: features)
        try worker.runHeads(features, into: outputs)
        return try inspect(
            outputs, input: input, width: image.width, height: image.height)
    }

    /// Looks at what a network has put out.
    func inspect(
        _ outputs: RawOutputs, input: InputTensor, width: Int, height: Int
    ) throws -> Inspection {
        let detections = try selector.select(detector.detect(outputs), outputs)
        let instances = try assembler.assemble(detections, outputs, width: width, height: height)
        let verdicts = detector.explain(outputs)
        var places: [Place: Int] = [:]
        for (index, verdict) in verdicts.enumerated() { places[Place(verdict.detection)] = index }
        let inspected = zip(detections, instances).compactMap { detection, instance in
            places[Place(detection)].map { inspect(detection, instance, $0, outputs) }
        }
        let numbers = Dictionary(
            uniqueKeysWithValues: inspected.enumerated().map { ($1.candidate, $0) })
        let candidates = verdicts.enumerated().map { index, verdict in
            InspectedCandidate(
                detection: verdict.detection,
                fate: verdict.suppressor.map { .suppressed(by: $0.index, overlap: $0.overlap) }
                    ?? numbers[index].map { .instance($0) } ?? .notSelected)
        }
        return Inspection(
            width: width, height: height, networkInput: pixels(of: input), inputSize: input.side,
            prototypes: prototypes(outputs), candidates: candidates, instances: inspected,
            detection: detection, selection: selection, cropsToBox: cropsToBox)
    }

    /// What tells candidates of a picture apart.
    private struct Place: Hashable {
        var anchor: Int
        var classIndex: Int

        init(_ detection: Detection) {
            anchor = detection.anchor
            classIndex = detection.classIndex
        }
    }

    private func inspect(
        _ detection: Detection, _ instance: Instance, _ candidate: Int, _ outputs: RawOutputs
    ) -> InspectedInstance {
        let place = outputs.place(ofAnchor: detection.anchor)
        var coefficients: [Float] = []
        outputs.appendCoefficients(place, network.configuration.prototypes, to: &coefficients)
        let constant =
            network.configuration.prototypes.hasConstant ? coefficients.removeLast() : 0
        let side = outputs.prototypeSize
        let columns =
            cropsToBox
            ? CropRange(detection.box.x1, detection.box.x2, size: side) : CropRange(all: side)
        let rows =
            cropsToBox
            ? CropRange(detection.box.y1, detection.box.y2, size: side) : CropRange(all: side)
        let cells = outputs.levelSizes[place.level]
        let prior = Priors(network.configuration).boxes[detection.anchor]
        return InspectedInstance(
            instance: instance, box: detection.box, candidate: candidate,
            anchor: .init(
                level: place.level + 3, row: place.position / cells,
                column: place.position % cells,
                box: RelativeBox(
                    x1: prior.x - prior.z / 2, y1: prior.y - prior.w / 2,
                    x2: prior.x + prior.z / 2, y2: prior.y + prior.w / 2)),
            coefficients: coefficients, constant: constant,
            crop: PixelRectangle(
                x: columns.range.lowerBound, y: rows.range.lowerBound,
                width: columns.range.count, height: rows.range.count))
    }

    /// From [h, w, k] to [k, h, w].
    private func prototypes(_ outputs: RawOutputs) -> Inspection.Prototypes {
        let count = network.configuration.prototypes.count
        let side = outputs.prototypeSize
        let pixels = side * side
        let values = withExtendedLifetime(outputs) {
            let source = outputs.prototypes
            return (0..<count * pixels).map { source[$0 % pixels * count + $0 / pixels] }
        }
        return Inspection.Prototypes(count: count, side: side, values: values)
    }

    /// The input with normalisation undone.
    private func pixels(of input: InputTensor) -> [UInt8] {
        let normalisation = Normalisation(network.configuration.backbone)
        let plane = input.side * input.side
        return withExtendedLifetime(input) {
            (0..<3 * plane).map { index in
                let channel = index % 3
                let value = input.values[channel * plane + index / 3]
                let colour = value * normalisation.deviation[channel] + normalisation.mean[channel]
                return UInt8(max(0, min(255, colour.rounded())))
            }
        }
    }
}
