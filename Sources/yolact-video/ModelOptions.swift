import ArgumentParser
import Foundation
import Logging
import Model

/// Which network to run, as its weights and configuration are named on the command line.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            An official .pth file, a safetensors file, the name of a downloaded model ('models list'), or \
            'seeded[:SALT]' for made-up weights of full size (to measure speed). Without it the built-in \
            demo model runs, which knows shapes only.
            """, valueName: "file|name"),
        completion: .file(extensions: ["pth", "pt", "safetensors"]))
    var weights: String?

    @OptionGroup var details: ConfigurationOptions

    /// Said when the built-in model runs.
    static let demoNotice = """
        no --weights given: the built-in demo model knows shapes only (circle, square, triangle, \
        star, cross, ring); 'yolact-video models list' tells how to get a COCO model
        """

    /// What a command line names: what to compute and with which numbers.
    struct Selection {
        var configuration: YolactConfiguration
        var parameters: any ParameterSource
        var isBuiltInDemo = false
        /// What should be said about the weights: assumptions, parts that are not used.
        var remarks: [Remark] = []
        /// For people.
        var description: String

        /// Says what should be said. That shapes are all the model knows is a warning: who forgot
        /// --weights gets a result that looks like one.
        func announce(to logger: Logger) {
            if isBuiltInDemo { logger.warning("\(ModelOptions.demoNotice)") }
            for remark in remarks { logger.log(level: remark.level, "\(remark.text)") }
        }
    }

    /// Something to say about weights.
    struct Remark {
        var level: Logger.Level
        var text: String

        /// What was assumed about a file, and why its name was not believed.
        static func about(_ resolved: InferredConfiguration, path: String) -> [Remark] {
            (resolved.contradiction.map { [Remark(level: .warning, text: "\(path): \($0)")] } ?? [])
                + resolved.assumptions.map {
                    Remark(level: .notice, text: "\(path) does not tell: assumed \($0)")
                }
        }
    }

    /// Opens the weights.
    ///
    /// - Parameter seededByDefault: Whether a configuration without weights means seeded ones.
    func load(seededByDefault: Bool = false) throws -> Selection {
        let input = try details.load()
        if let salt = try seed(byDefault: seededByDefault && input.whole != nil) {
            guard let configuration = input.whole else {
                throw ValidationError("seeded weights need a configuration; add --config NAME")
            }
            return Selection(
                configuration: configuration, parameters: SeededParameters(salt: salt),
                description: "\(configuration.name), seeded weights (salt \(salt))")
        }
        guard let weights else {
            if let config = details.config {
                throw ValidationError(
                    "--config \(config) needs --weights: a file, or 'seeded' to measure speed")
            }
            let demo = try Checkpoint.builtInDemo()
            return Selection(
                configuration: try demo.configuration(with: input.changes).configuration,
                parameters: demo, isBuiltInDemo: true, description: "built-in demo model")
        }
        let path = try Self.path(ofWeights: weights)
        let checkpoint = try Checkpoint.open(path)
        let resolved = try input.resolve(checkpoint)
        return Selection(
            configuration: resolved.configuration, parameters: checkpoint,
            remarks: Remark.about(resolved, path: path)
                + [checkpoint.choice, checkpoint.unusedBranch].compactMap { text in
                    text.map { Remark(level: .notice, text: "\(path): \($0)") }
                },
            description: "\(resolved.configuration.name), \(path)")
    }

    /// The file that is meant: one of that name, or else the downloaded model of that name.
    ///
    /// - Throws: `ModelNotDownloaded`; `ValidationError` for an empty text, which a command that failed
    ///   leaves in its place.
    static func path(
        ofWeights text: String, in downloader: ModelDownloader = ModelDownloader()
    ) throws -> String {
        if text.isEmpty {
            throw ValidationError("--weights is given no file: the text is empty")
        }
        guard !FileManager.default.fileExists(atPath: text),
            let entry = ModelCatalog.entry(named: text)
        else { return text }
        guard downloader.has(entry) else {
            throw ModelNotDownloaded(name: entry.name, path: downloader.path(of: entry))
        }
        return downloader.path(of: entry)
    }

    /// The names of the classes, without a look at the weights' values.
    func classNames() throws -> [String] {
        if let whole = try details.load().whole { return whole.classNames }
        return try load().configuration.classNames
    }

    private func seed(byDefault: Bool) throws -> UInt64? {
        guard let weights else { return byDefault ? 0 : nil }
        let parts = weights.split(separator: ":", maxSplits: 1)
        guard parts.first == "seeded" else { return nil }
        guard parts.count == 2 else { return 0 }
        guard let salt = UInt64(parts[1]) else {
            throw ValidationError("the salt in --weights \(weights) is not a whole number")
        }
        return salt
    }
}

/// A model of the catalogue that is not on this machine.
struct ModelNotDownloaded: ExitReasonProviding, CustomStringConvertible {
    var name: String
    var path: String

    var exitReason: ExitReason { .unusableModel }
    var description: String {
        "the model \(name) is not there (\(path)); 'yolact-video models pull \(name)' downloads it"
    }
}

extension Logger {
    /// Runs a body that builds or checks a network, and logs all that does not fit if it fails for that.
    func detailing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let mismatch as ParameterMismatch {
            for line in mismatch.details { debug("\(line)") }
            throw mismatch
        }
    }
}

/// Where and how the network computes.
struct EngineOptions: ParsableArguments {
    @Option(help: "Compute library: onednn, or openblas (the plain reference, slower).")
    var engine = EngineKind.oneDNN

    @Option(
        help: ArgumentHelp(
            """
            Number format of the convolutions: f32, bf16 (faster on CPUs with AVX512_BF16), int8 (faster \
            on CPUs with AVX2, most so with VNNI; needs a file that 'quantize' made), or auto (the fastest \
            that the file and the CPU allow). What the CPU cannot do runs in bf16 or f32, with a warning.
            """))
    var precision = ComputePrecision.float32

    @Flag(
        help: ArgumentHelp(
            """
            Choose each layer's algorithm by timing, once on each machine and kept in \
            ~/.cache/yolact-video/tuning.json, instead of by rule.
            """))
    var tune = false

    @Option(help: "Threads that the network computes with (default: all cores).")
    var threads: Int?

    func validate() throws { try Self.check(threads: threads) }

    /// Of every command that has --threads.
    static func check(threads: Int?) throws {
        guard let threads, !(1...256).contains(threads) else { return }
        throw ValidationError("--threads must lie between 1 and 256")
    }

    /// Prepares the network that a command line names, and warns if the precision is not what was asked for.
    func makeNetwork(
        _ selection: ModelOptions.Selection, threads: Int, _ logger: Logger
    ) throws -> Network {
        let tuning = tune && engine == .oneDNN ? ConvolutionTuning() : nil
        let network = try logger.detailing {
            try Network(
                configuration: selection.configuration, parameters: selection.parameters,
                engine: engine, precision: precision, threadsPerWorker: threads, tuning: tuning)
        }
        let resolved = engine.resolve(
            precision, isQuantised: selection.parameters.quantisation != nil)
        if let warning = resolved.warning { logger.warning("\(warning)") }
        if let remark = resolved.remark { logger.notice("\(remark)") }
        if let tuning, tuning.measuredCount > 0 {
            logger.info(
                "timed the algorithms of \(tuning.measuredCount) convolutions; kept in \(tuning.path)"
            )
            // The network runs as it was tuned, kept or not.
            do { try tuning.save() } catch { logger.warning("\(error)") }
        }
        return network
    }

    /// The given number of threads, or the cores that this process may use.
    var threadCount: Int { threads ?? CPUCores.current.available }
}
