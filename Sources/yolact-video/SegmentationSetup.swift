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
        _ model: ModelOptions, _ engine: EngineOptions, _ plan: ComputePlan,
        _ detection: DetectionArguments, _ overlay: OverlayArguments, _ logger: Logger
    ) throws {
        let selection = try model.load()
        self.selection = selection
        if selection.isBuiltInDemo { logger.notice("\(ModelOptions.demoNotice)") }
        for remark in selection.remarks { logger.log(level: remark.level, "\(remark.text)") }
        self.plan = plan
        network = try engine.makeNetwork(
            selection, threads: plan.threadsPerWorker, logger)
        options = VideoSegmentation.Options(compute: plan)
        options.detection = detection.options
        options.cropsMasks = !detection.noCrop
        options.selection = try detection.selection(selection.configuration)
        options.overlay = overlay.options
    }
}

extension LatencyCommand {
    /// The network that this command line names.
    func setUp(_ logger: Logger) throws -> SegmentationSetup {
        try SegmentationSetup(
            model, engine, sharing.plan(mode, engine), detection, overlay, logger)
    }
}
