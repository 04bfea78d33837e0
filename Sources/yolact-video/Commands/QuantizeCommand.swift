import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import VideoIO

/// `yolact-video quantize`: makes a weights file whose network computes in one byte.
struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Make an int8 weights file, calibrated on a video of yours.",
        discussion: """
            Runs the network on frames spread over the video and notes how large every value between its \
            layers gets; tries each layer alone in int8 and keeps those in floating point that change the \
            network's outputs too much. Use a video like those that you will segment.

            Examples:
              yolact-video quantize --weights yolact_base_54_800000.pth --calibrate clip.mp4 \
            -o yolact_base.int8.safetensors
              yolact-video segment clip.mp4 -o out.mp4 --weights yolact_base.int8.safetensors \
            --precision int8
              yolact-video quantize --calibrate clip.mp4 -o demo.int8.safetensors --keep proto_net.
            """)

    @OptionGroup(title: "Model options") var model: ModelOptions

    @Option(
        help: ArgumentHelp("The video to calibrate on.", valueName: "video"), completion: .file())
    var calibrate: String

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var output: String

    @Option(
        help:
            "Frames to calibrate on, spread over the video; all are in memory, 4 MB each at 550 pixels."
    )
    var frames = 32

    @Option(
        help: ArgumentHelp(
            """
            Where the range of a value ends: mse (the least mean square error), max (nothing is clipped), or \
            the percentage of the magnitudes inside, such as 99.99.
            """, valueName: "mse|max|percentage"))
    var criterion = "mse"

    @Option(
        help: """
            Change of the outputs, relative, above which a layer stays in floating point; measured for each \
            layer alone.
            """)
    var threshold = Quantiser.defaultThreshold

    @Option(
        name: .customLong("winograd-threshold"),
        help: """
            The same for Winograd's algorithm in int8, which is faster and rounds more; 0 to do without.
            """)
    var winogradThreshold = Quantiser.defaultWinogradThreshold

    @Option(
        help: ArgumentHelp(
            """
            A layer that stays in floating point, or the beginning of names with a dot at its end. May be \
            given several times.
            """, valueName: "layer"))
    var keep: [String] = []

    @Flag(
        name: .customLong("quantize-outputs"),
        help:
            "Try the last layers of the head and of the prototypes too, which else stay as they are."
    )
    var quantizeOutputs = false

    @Option(help: "Threads to compute with (default: all cores).")
    var threads: Int?

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    @OptionGroup(title: "General options") var global: GlobalOptions

    func validate() throws {
        guard (1...256).contains(frames) else {
            throw ValidationError("--frames must lie between 1 and 256")
        }
        guard ClippingCriterion(criterion) != nil else {
            throw ValidationError(
                "--criterion must be mse, max or a percentage from 50 to 100, not '\(criterion)'")
        }
        for (name, value) in [
            ("--threshold", threshold), ("--winograd-threshold", winogradThreshold),
        ] where !(value >= 0 && value <= 1000) {
            throw ValidationError("\(name) must lie between 0 and 1000")
        }
        try EngineOptions.check(threads: threads)
    }

    func run() throws {
        let logger = global.makeLogger()
        VideoIO.setLogLevel(logger.logLevel <= .debug ? .verbose : .quiet)
        try SafetensorsWriter.check(output, overwrite: overwrite)
        let selection = try model.load(seededByDefault: true)
        if selection.isBuiltInDemo { logger.notice("\(ModelOptions.demoNotice)") }
        for remark in selection.remarks { logger.log(level: remark.level, "\(remark.text)") }
        if selection.parameters.quantisation != nil {
            logger.warning("the weights are quantised already; their rounding stays")
        }
        let quantiser = try Quantiser(
            selection.configuration, selection.parameters, options)
        let inputs = try CalibrationFrames(calibrate, count: frames).read(
            Preprocessor(selection.configuration), quantiser.makeInput, logger)
        let result = try quantise(quantiser, inputs, logger)
        try result.write(
            selection.configuration, selection.parameters, to: output, overwrite: overwrite)
        report(result, logger)
    }

    private var options: Quantiser.Options {
        var options = Quantiser.Options(
            threads: threads ?? CPUCores.current.available)
        options.criterion = ClippingCriterion(criterion) ?? .meanSquareError
        options.threshold = threshold
        options.winogradThreshold = winogradThreshold
        options.kept = keep
        options.quantisesOutputs = quantizeOutputs
        return options
    }

    private func quantise(
        _ quantiser: Quantiser, _ inputs: [InputTensor], _ logger: Logger
    ) throws -> Quantiser.Result {
        let done = Counter()
        let line = global.makeProgressLine(
            total: quantiser.stepCount(frames: inputs.count), unit: .steps
        ) { done.value }
        defer { line?.finish() }
        return try logger.detailing {
            try quantiser.quantise(
                inputs, video: URL(fileURLWithPath: calibrate).lastPathComponent
            ) { done.set($0) }
        }
    }

    private func report(_ result: Quantiser.Result, _ logger: Logger) {
        let width = result.layers.map(\.name.count).max() ?? 0
        func text(_ damage: Double?) -> String {
            damage.map { String(format: "%8.4f", $0) } ?? "       -"
        }
        print(
            "layer".padding(toLength: width, withPad: " ", startingAt: 0), "  direct", "winograd",
            " computes")
        for layer in result.layers {
            print(
                layer.name.padding(toLength: width, withPad: " ", startingAt: 0),
                text(layer.damage), text(layer.winogradDamage),
                layer.algorithm.map { " int8, \($0.rawValue)" } ?? " floating point")
        }
        let count = result.layers.filter { $0.algorithm != nil }.count
        print("\(count) of \(result.layers.count) layers in int8; all together change")
        for (name, value) in result.differences {
            print(
                "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0),
                String(format: "%.4f", value))
        }
        let calibration = result.quantisation.calibration
        logger.info(
            "wrote \(output): calibrated on \(calibration.frames) frames of \(calibration.video)")
    }
}
