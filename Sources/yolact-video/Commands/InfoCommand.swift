import ArgumentParser
import Foundation
import Model
import VideoIO

/// `yolact-video info`: what a video or a weights file holds.
struct InfoCommand: ParsableCommand, FileUsing {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract:
            "Show the streams of a video, or the configuration and tensors of a weights file.",
        discussion: """
            Examples:
              yolact-video info clip.mp4
              yolact-video info yolact_base_54_800000.pth --tensors
              yolact-video info mine.safetensors --config yolact_base
              yolact-video info yolact_base_54_800000.pth --plan --precision bf16
            """)

    @Argument(help: "A video, or a .pth or safetensors file.", completion: .file())
    var file: String

    @OptionGroup(title: "Model options") var details: ConfigurationOptions

    @Flag(help: "List every tensor of a weights file.")
    var tensors = false

    @Flag(
        help: """
            Print what each layer of a weights file runs as here: shape, time, share, speed, precision, \
            algorithm.
            """)
    var plan = false

    @OptionGroup(title: "Compute options, for --plan") var engine: EngineOptions
    @OptionGroup(title: "General options") var global: GlobalOptions

    func files() -> CommandFiles {
        var files = CommandFiles()
        files.read(file, as: "FILE")
        files.read(details)
        return files
    }

    func run() throws {
        let kinds: Set = ["pth", "pt", "safetensors"]
        if kinds.contains(URL(fileURLWithPath: file).pathExtension.lowercased()) {
            try printWeights(try Checkpoint.open(file))
        } else {
            for (name, isGiven) in [
                ("--config", details.config != nil), ("--tensors", tensors),
                ("--plan", plan),
            ] where isGiven {
                throw ValidationError("\(name) is for weights files (.pth, .pt, .safetensors)")
            }
            printMedia(try VideoReader.probe(file))
        }
    }

    // MARK: Weights

    private func printWeights(_ checkpoint: Checkpoint) throws {
        let count = checkpoint.tensors.reduce(0) { $0 + $1.elementCount }
        row("file", checkpoint.path)
        row("format", checkpoint.format.rawValue)
        row("tensors", "\(checkpoint.tensors.count) with \(count) values")
        for (key, value) in checkpoint.metadata.sorted(by: { $0.key < $1.key })
        where key != Checkpoint.configurationKey && key != Checkpoint.quantisationKey {
            row("metadata", "\(key) = \(value)")
        }
        if let quantisation = checkpoint.quantisation { printQuantisation(quantisation) }
        let problem = try printUse(of: checkpoint)
        if plan, problem == nil { try printPlan(checkpoint) }
        if tensors {
            for tensor in checkpoint.tensors {
                let shape = tensor.shape.map(String.init).joined(separator: " x ")
                show("  \(tensor.name)  \(tensor.dataType.rawValue)  [\(shape)]")
            }
        }
        if let problem { throw UnusableWeights(path: file, reason: problem) }
    }

    /// Prints the configuration and whether a network can be made of the file; returns why not.
    private func printUse(of checkpoint: Checkpoint) throws -> String? {
        func refuse(_ reason: String) -> String {
            row("usable", "no: \(reason)")
            return reason
        }
        let input = try details.load()
        do {
            let resolved = try input.resolve(checkpoint)
            let configuration = resolved.configuration
            row("configuration", configuration.name + origin(input, checkpoint))
            printConfiguration(configuration)
            if let contradiction = resolved.contradiction { row("warning", contradiction) }
            for assumption in resolved.assumptions { row("assumed", assumption.description) }
            if let choice = checkpoint.choice { row("several", choice) }
            if let unused = checkpoint.unusedBranch { row("unused", unused) }
            if !checkpoint.foreignObjects.isEmpty {
                row(
                    "unused",
                    "Python objects (\(checkpoint.foreignObjects.joined(separator: ", "))); nothing of "
                        + "them was run")
            }
            do {
                try Network.check(configuration, checkpoint)
                row("usable", "yes")
                return nil
            } catch let mismatch as ParameterMismatch {
                let lines = mismatch.details
                let reason = refuse("\(lines.count) tensors do not fit \(configuration.name)")
                for line in lines { show("  " + line) }
                return reason
            } catch let error as WeightsError {
                // Its file is the one that all the rows are about.
                return refuse(error.detail)
            } catch {
                return refuse("\(error)")
            }
        } catch let error as UnknownConfiguration {
            row("configuration", "unknown; give one with --config where the file is used")
            return refuse(error.reason)
        } catch let error as UnsupportedConfiguration {
            row("configuration", "not supported")
            return refuse("\(error)")
        }
    }

    private func printQuantisation(_ quantisation: Quantisation) {
        let calibration = quantisation.calibration
        row(
            "quantised",
            "int8, version \(quantisation.version), \(quantisation.convolutions.count) convolutions, "
                + "\(quantisation.convolutions.values.filter { $0 == .winograd }.count) of them Winograd"
        )
        row(
            "calibrated",
            "on \(calibration.frames) frames of \(calibration.video), criterion "
                + "\(calibration.criterion), threshold \(calibration.threshold)")
        row("content hash", calibration.contentHash)
        for kept in quantisation.kept {
            let damage = kept.damage.map { String(format: ", damage %.4f", $0) } ?? ""
            row("kept", "\(kept.layer) in floating point\(damage)")
        }
    }

    /// Runs the network to see what each layer takes.
    private func printPlan(_ checkpoint: Checkpoint) throws {
        let resolved = try details.load().resolve(checkpoint)
        let selection = ModelOptions.Selection(
            configuration: resolved.configuration, parameters: checkpoint,
            description: checkpoint.path)
        let network = try engine.makeNetwork(
            selection, threads: engine.threadCount, global.makeLogger())
        let layers = try LayerTiming.measure(NetworkWorker(network), runs: 5)
        let sum = layers.reduce(0) { $0 + $1.median }
        row(
            "plan",
            "\(network.engine.rawValue), \(network.precision.rawValue), \(engine.threadCount) threads, "
                + String(format: "%.2f ms", sum))
        for line in BenchReport.lines(layers) { show("  " + line) }
    }

    private func origin(_ input: ConfigurationOptions.Input, _ checkpoint: Checkpoint) -> String {
        if input.whole != nil { return ", from --config" }
        return checkpoint.configurationOrigin.map { ", from \($0.rawValue)" } ?? ""
    }

    private func printConfiguration(_ configuration: YolactConfiguration) {
        row("backbone", "\(configuration.backbone)")
        row("input", "\(configuration.inputSize) x \(configuration.inputSize)")
        row("features", "\(configuration.featureChannels) channels")
        row(
            "prototypes", "\(configuration.prototypes.count) of side \(configuration.prototypeSize)"
        )
        row(
            "anchors",
            "\(configuration.anchorCount), \(configuration.anchors.countPerPosition) a position, "
                + (configuration.anchors.areSquare ? "square, " : "")
                + "scales \(configuration.anchors.scales)")
        for switched in configuration.switches { row("switch", switched) }
        let names = configuration.classNames
        row(
            "classes",
            "\(names.count): " + names.prefix(8).joined(separator: ", ")
                + (names.count > 8 ? ", ..." : ""))
    }

    // MARK: Media

    private func printMedia(_ info: MediaInfo) {
        row("file", info.path)
        row("container", "\(info.formatName) (\(info.formatDescription))")
        if let duration = info.duration { row("duration", String(format: "%.3f s", duration)) }
        for (key, value) in info.metadata.sorted(by: { $0.key < $1.key }) {
            row("metadata", "\(key) = \(value)")
        }
        if !info.chapters.isEmpty { row("chapters", "\(info.chapters.count)") }
        for stream in info.streams {
            row("stream \(stream.index)", describe(stream))
        }
    }

    private func describe(_ stream: StreamInfo) -> String {
        var parts = [stream.kind.rawValue, stream.codec]
        if let profile = stream.profile { parts.append(profile) }
        if let video = stream.video {
            parts.append("\(video.width) x \(video.height)")
            parts.append(video.pixelFormat)
            if let rate = video.averageFrameRate { parts.append("\(rate) frames a second") }
            if video.orientation.isMirrored { parts.append("mirrored") }
            if video.orientation.rotation != 0 {
                parts.append("rotated by \(video.orientation.rotation)")
            }
            if video.isInterlaced { parts.append("interlaced") }
            let colour = video.colour
            parts.append(
                "colour "
                    + [colour.matrix.name, colour.primaries.name, colour.transfer.name]
                    .map { $0 ?? "?" }.joined(separator: "/")
                    + (colour.isFullRange ? " full range" : ""))
        }
        if let audio = stream.audio {
            parts.append("\(audio.sampleRate) Hz")
            parts.append(audio.channelLayout)
        }
        parts.append("time base \(stream.timeBase)")
        if let count = stream.frameCount { parts.append("\(count) frames") }
        if let language = stream.language { parts.append(language) }
        return parts.joined(separator: ", ")
    }

    private func row(_ name: String, _ text: String) {
        show(name.padding(toLength: 14, withPad: " ", startingAt: 0) + " " + text)
    }

    private func show(_ line: String) {
        if !global.quiet { print(line) }
    }
}

/// A sound weights file that no network can be made of.
struct UnusableWeights: ExitReasonProviding, CustomStringConvertible {
    var path: String
    var reason: String

    var exitReason: ExitReason { .unusableModel }
    var description: String { "\(path): not usable: \(reason)" }
}
