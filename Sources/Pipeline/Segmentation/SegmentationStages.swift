import Model

/// The stages between a decoded frame and its instances, with the buffers that frames borrow on their way.
struct SegmentationStages: Sendable {
    private let network: Network
    private let detection: DetectionOptions
    private let selection: InstanceSelection
    private let cropsMasks: Bool
    private let keepsSoftMasks: Bool
    private let workers: [NetworkWorker]
    private let inputs: ResourcePool<InputTensor>
    private let outputs: ResourcePool<RawOutputs>
    /// The memory of masks that have been used.
    private let pixels = ResourcePool<[UInt8]>(limit: 200) { [] }

    init(
        network: Network, detection: DetectionOptions, selection: InstanceSelection,
        cropsMasks: Bool = true, keepsSoftMasks: Bool = false, compute: ComputePlan
    ) throws {
        precondition(network.threadsPerWorker == compute.threadsPerWorker)
        self.network = network
        self.detection = detection
        self.selection = selection
        self.cropsMasks = cropsMasks
        self.keepsSoftMasks = keepsSoftMasks
        workers = try (0..<compute.workers).map {
            try NetworkWorker(network, name: "network \($0)")
        }
        inputs = ResourcePool { network.makeInput() }
        outputs = ResourcePool { network.makeOutputs() }
    }

    func append(
        to builder: PipelineBuilder<DecodedFrame>
    ) -> PipelineBuilder<SegmentedFrame> {
        let parallel = workers.count
        return
            builder
            .stage("preprocess", makeWorker: preprocess)
            // One after the other on the same compute thread: a frame whose features are there is finished
            // before the next is begun.
            .stages(
                "backbone", "heads", workers: parallel, capacity: parallel, makeWorker: compute
            )
            // A worker that is done early must find room behind the frame that another still works on.
            .stage("NMS", capacity: parallel, makeWorker: suppress)
            .stage("assembly", makeWorker: assemble)
    }

    /// Takes over the masks of instances that nobody looks at any more, for those to come.
    func giveBack(_ instances: [Instance]) {
        for instance in instances { pixels.giveBack(instance.mask.pixels) }
    }

    private func preprocess(_ worker: Int) -> (DecodedFrame) throws -> PreparedFrame {
        let preprocessor = Preprocessor(network.configuration)
        return { decoded in
            let input = try inputs.take()
            try decoded.frame.withImage { try preprocessor.process($0, into: input) }
            return PreparedFrame(source: decoded, input: input)
        }
    }

    private func compute(
        _ worker: Int
    ) -> (
        first: (PreparedFrame) throws -> FeatureFrame,
        second: (FeatureFrame) throws -> PredictedFrame
    ) {
        let worker = workers[worker]
        let features = network.makeFeatures()
        return (
            { prepared in
                try worker.runBackbone(prepared.input, into: features)
                inputs.giveBack(prepared.input)
                return FeatureFrame(source: prepared.source, features: features)
            },
            { featured in
                let predicted = try outputs.take()
                try worker.runHeads(featured.features, into: predicted)
                return PredictedFrame(source: featured.source, outputs: predicted)
            }
        )
    }

    private func suppress(_ worker: Int) throws -> (PredictedFrame) throws -> DetectedFrame {
        let detector = Detector(network.configuration, options: detection)
        let selector = try InstanceSelector(network, selection, cropsToBox: cropsMasks)
        return { predicted in
            DetectedFrame(
                source: predicted.source, outputs: predicted.outputs,
                detections: try selector.select(
                    detector.detect(predicted.outputs), predicted.outputs))
        }
    }

    private func assemble(_ worker: Int) -> (DetectedFrame) throws -> SegmentedFrame {
        let assembler = MaskAssembler(
            network, cropsToBox: cropsMasks, keepsSoftMasks: keepsSoftMasks,
            makePixels: pixels.take)
        return { detected in
            let frame = detected.source.frame
            let instances = try assembler.assemble(
                detected.detections, detected.outputs, width: frame.width, height: frame.height)
            outputs.giveBack(detected.outputs)
            return SegmentedFrame(source: detected.source, instances: instances)
        }
    }
}
