import Logging
import Model
import Pipeline

/// The network that a command line names, and how it is used.
struct SegmentationSetup {
    let selection: ModelOptions.Selection
    let plan: ComputePlan
    let network: Network
    /// What was asked for about detection and painting.
    var options: VideoSegmentation.Options

    /// Loads the weights and compiles the network.
    init(
        _ model: ModelOptions, _ engine: EngineOptions, _ mode: ComputeMode,
        _ detection: DetectionArguments, _ overlay: OverlayArguments, _ logger: Logger
    ) throws {
        selection = try model.load()
        if selection.isBuiltInDemo { logger.notice("\(ModelOptions.demoNotice)") }
        plan = ComputePlan(mode: mode, threads: engine.threadCount)
        network = try Network(
            configuration: selection.configuration, parameters: selection.parameters,
            engine: engine.engine, threadsPerWorker: plan.threadsPerWorker)
        options = VideoSegmentation.Options(compute: plan)
        options.detection = detection.options
        options.selection = try detection.selection(selection.configuration)
        options.overlay = overlay.options
    }
}

extension LatencyCommand {
    /// The network that this command line names.
    func setUp(_ logger: Logger) throws -> SegmentationSetup {
        try SegmentationSetup(model, engine, mode, detection, overlay, logger)
    }
}
