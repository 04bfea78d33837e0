import ArgumentParser
import Foundation
import Model

/// What the network is, where the weights do not tell.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Configuration of the network: an official name such as yolact_resnet50, or a JSON file. A \
            file may hold just what the weights do not tell (inputSize, anchors, classNames, scoring).
            """, valueName: "name|file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            """
            Side of the network's input in pixels, 32 to 2048; anchors are scaled along. (default: what \
            the model was trained for)
            """, valueName: "pixels"))
    var size: Int?

    @Option(
        help: ArgumentHelp(
            "Names of the classes in training order, one a line, or as a list in JSON.",
            valueName: "file"),
        completion: .file())
    var classNames: String?

    /// What was given.
    struct Input {
        /// A whole configuration, changes applied.
        var whole: YolactConfiguration?
        /// What is known where the weights tell the rest.
        var changes: ConfigurationChanges

        /// The configuration for a weights file.
        func resolve(_ checkpoint: Checkpoint) throws -> InferredConfiguration {
            if let whole { return InferredConfiguration(configuration: whole, assumptions: []) }
            do {
                return try checkpoint.configuration(with: changes)
            } catch let error as ConfigurationError where checkpoint.configuration == nil {
                throw UnknownConfiguration(path: checkpoint.path, reason: "\(error)")
            }
        }
    }

    func validate() throws {
        if let size, !(32...2048).contains(size) {
            throw ValidationError("--size must lie between 32 and 2048")
        }
    }

    func load() throws -> Input {
        var changes = ConfigurationChanges()
        var whole: YolactConfiguration?
        switch try config.map(ConfigurationInput.load) {
        case .whole(let configuration): whole = configuration
        case .changes(let given): changes = given
        case nil: break
        }
        let flags = ConfigurationChanges(
            inputSize: size, classNames: try classNames.map(ClassNames.load))
        return Input(
            whole: try whole?.applying(flags).validated(), changes: changes.merged(with: flags))
    }
}

/// A weights file that does not tell what network it belongs to.
struct UnknownConfiguration: ExitReasonProviding, CustomStringConvertible {
    var path: String
    var reason: String

    var exitReason: ExitReason { .unusableModel }
    var description: String {
        "\(path): neither the file nor its name tells the configuration (\(reason)); add --config NAME "
            + "or FILE (names: \(YolactConfiguration.presets.map(\.name).joined(separator: ", ")))"
    }
}
