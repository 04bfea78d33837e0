import ArgumentParser
import Foundation
import Model

/// `yolact-video convert`: turns a checkpoint into a safetensors file that holds its configuration.
struct ConvertCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a weights file to safetensors with the configuration inside.",
        discussion: """
            Examples:
              yolact-video convert yolact_base_54_800000.pth -o yolact_base.safetensors
              yolact-video convert mine.pth --config mine.json -o mine.safetensors --precision f16
            """)

    @Argument(help: "A .pth or safetensors file.", completion: .file())
    var input: String

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var output: String

    @OptionGroup(title: "Model options") var details: ConfigurationOptions

    @Option(help: "How weights are stored: f32, or f16 (half the size, rounded).")
    var precision = Checkpoint.Precision.float32

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    @OptionGroup(title: "General options") var global: GlobalOptions

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(input, as: "INPUT")
        files.read(details)
        files.write(output, as: "--output", .init(overwrite: overwrite))
        return files
    }

    func run() throws {
        let checkpoint = try Checkpoint.open(input)
        let resolved = try details.load().resolve(checkpoint)
        let configuration = resolved.configuration
        // A file that no network can use is not worth writing.
        let logger = global.makeLogger()
        try logger.detailing { try Network.check(configuration, checkpoint) }
        try checkpoint.write(
            to: output, configuration: configuration, precision: precision, overwrite: overwrite)
        let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int ?? 0
        for remark in ModelOptions.Remark.about(resolved, path: input) {
            logger.log(level: remark.level, "\(remark.text)")
        }
        logger.info(
            "wrote \(output): \(configuration.name), \(precision.rawValue), \(size) bytes")
    }
}
