import Model

/// The stages between a decoded frame and its instances, with the buffers that frames borrow on their way.
struct SegmentationStages: Sendable {
    private let network: Network
    private let detection: DetectionOptions
    private let selection: InstanceSelection
    private let cropsMasks: Bool
    private let keepsSoftMasks: Bool
    private let workers: [NetworkWorker]
    /// One for each worker's compute thread, which backbone and heads take in turn.
    private let computeThreads: [SharedResource]
    private let inputs: ResourcePool<InputTensor>
    private let features: ResourcePool<BackboneFeatures>
    private let outputs: ResourcePool<RawOutputs>

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
        computeThreads = workers.map { _ in SharedResource() }
        inputs = ResourcePool { network.makeInput() }
        features = ResourcePool { network.makeFeatures() }
        outputs = ResourcePool { network.makeOutputs() }
    }

    func append(
        to builder: PipelineBuilder<DecodedFrame>
    ) -> PipelineBuilder<SegmentedFrame> {
        let parallel = workers.count
        return
            builder
            .stage("preprocess", makeWorker: preprocess)
            // A worker that is done early must find room behind the frame that another still works on.
            .stage(
                "backbone", workers: parallel, capacity: parallel, resources: computeThreads,
                makeWorker: backbone
            )
            .stage(
                "heads", workers: parallel, capacity: parallel, resources: computeThreads,
                makeWorker: heads
            )
            .stage("NMS", capacity: parallel, makeWorker: suppress)
            .stage("assembly", makeWorker: assemble)
    }

    private func preprocess(_ worker: Int) -> (DecodedFrame) throws -> PreparedFrame {
        let preprocessor = Preprocessor(network.configuration)
        return { decoded in
            let input = try inputs.take()
            try decoded.frame.withImage { try preprocessor.process($0, into: input) }
            return PreparedFrame(source: decoded, input: input)
        }
    }

    private func backbone(_ worker: Int) -> (PreparedFrame) throws -> FeatureFrame {
        let network = workers[worker]
        return { prepared in
            let computed = try features.take()
            try network.runBackbone(prepared.input, into: computed)
            inputs.giveBack(prepared.input)
            return FeatureFrame(source: prepared.source, features: computed)
        }
    }

    private func heads(_ worker: Int) -> (FeatureFrame) throws -> PredictedFrame {
        let network = workers[worker]
        return { featured in
            let predicted = try outputs.take()
            try network.runHeads(featured.features, into: predicted)
            features.giveBack(featured.features)
            return PredictedFrame(source: featured.source, outputs: predicted)
        }
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
            network, cropsToBox: cropsMasks, keepsSoftMasks: keepsSoftMasks)
        return { detected in
            let frame = detected.source.frame
            let instances = try assembler.assemble(
                detected.detections, detected.outputs, width: frame.width, height: frame.height)
            outputs.giveBack(detected.outputs)
            return SegmentedFrame(source: detected.source, instances: instances)
        }
    }
}
