/// A weights file, opened: an official or other PyTorch file, or safetensors.
///
/// Opening reads descriptions, and of a zip file all storages once, to compare them with their
/// checksums. Values are read from the mapped file, and converted to 32-bit floats, one tensor at a time
/// when they are asked for, so that a network being built never has all of the file in memory besides its
/// own copy. The file must not be changed while it is open.
public struct Checkpoint: ParameterSource {
    /// The kinds of weights files.
    public enum Format: String, Sendable {
        /// PyTorch before 1.6: pickles and raw data in sequence.
        case torchLegacy = "PyTorch (legacy)"
        /// PyTorch since 1.6: a zip archive.
        case torchZip = "PyTorch (zip)"
        /// safetensors.
        case safetensors
    }

    /// Where the configuration of a file was found.
    public enum ConfigurationOrigin: String, Sendable {
        /// In the metadata of a safetensors file.
        case metadata
        /// In the file's name, as `<config>_<epoch>_<iteration>.pth`.
        case fileName = "file name"
        /// In names and shapes of the tensors, with the file's name for what they do not tell, if it says
        /// something.
        case tensors = "names and shapes of the tensors"
    }

    /// The key of the configuration, as JSON, in the metadata of safetensors files.
    public static let configurationKey = "yolact_configuration"
    /// The key of the quantisation, as JSON, in the metadata of quantised files.
    public static let quantisationKey = "yolact_quantisation"

    /// The file.
    public let path: String
    /// The file, as messages about its tensors call it.
    public let name: String
    /// What kind of file it is.
    public let format: Format
    /// The metadata of a safetensors file; empty for the others.
    public let metadata: [String: String]
    /// All tensors, by name, but for the steps of quantised ones.
    public let tensors: [TensorDescription]
    /// Shapes of all tensors by name.
    public let shapes: [String: [Int]]?
    /// The configuration that the file comes with, if it tells one.
    public let configuration: YolactConfiguration?
    /// Where ``configuration`` was found.
    public let configurationOrigin: ConfigurationOrigin?
    /// What ``configuration`` assumes because the file does not tell.
    public let assumptions: [InferredConfiguration.Assumption]
    /// Why there is no ``configuration``, if there is none.
    public let configurationProblem: String?

    /// Which of several networks in the file this is, in a line for people; nil if there is one.
    public let choice: String?
    /// The first Python objects beside the tensors, by name: settings and states of the program that trained
    /// the network. None of them was made, and nothing was run.
    public let foreignObjects: [String]

    /// How the file is quantised, if it is.
    public let quantisation: Quantisation?

    private let stored: [String: StoredTensor]
    /// Steps of weights in one byte.
    private let scales: [String: StoredTensor]

    /// Opens a file, whatever its name, by what it holds.
    ///
    /// - Throws: ``WeightsError`` if the file cannot be read or is no sound weights file,
    ///   ``ConfigurationError`` if the configuration in its metadata is not usable.
    public static func open(_ path: String) throws -> Checkpoint {
        try open(path, as: path)
    }

    /// Opens a file that messages call by another name.
    static func open(_ path: String, as name: String) throws -> Checkpoint {
        try Checkpoint(try MappedFile(path: path), name: name)
    }

    private init(_ file: MappedFile, name: String) throws {
        path = file.path
        self.name = name
        let contents = try Self.contents(of: file)
        format = contents.format
        metadata = contents.metadata
        quantisation = try Quantisation.stored(in: contents.metadata, path: file.path)
        choice = contents.choice.map { printable($0, limit: 1000) }
        foreignObjects = contents.foreignObjects.map { printable($0, limit: 100) }
        let split = try QuantisedTensors(
            Self.renamed(contents.tensors), isQuantised: quantisation != nil, path: file.path)
        stored = split.tensors
        scales = split.scales
        shapes = stored.mapValues(\.description.shape)
        tensors = stored.values.map(\.description).sorted { $0.name < $1.name }
        let found = try Self.findConfiguration(path, metadata, shapes ?? [:])
        configuration = found.configuration
        configurationOrigin = found.origin
        assumptions = found.assumptions
        configurationProblem = found.problem
    }

    private struct Contents {
        var format: Format
        var tensors: [String: StoredTensor]
        var metadata: [String: String] = [:]
        var choice: String?
        var foreignObjects: [String] = []
    }

    private static func contents(of file: MappedFile) throws(WeightsError) -> Contents {
        let signature = FileSignature(file.bytes(0..<FileSignature.length))
        switch signature {
        case .zip: return torch(try TorchFile(zip: file))
        case .pickle: return torch(try TorchFile(legacy: file))
        case .textPickle:
            do {
                return torch(try TorchFile(legacy: file))
            } catch {
                // The guess was worth an attempt only for this.
                if case .refusedGlobal = error.kind { throw error }
            }
        case .safetensors: return try safetensors(file)
        case .unknown, .text:
            if file.path.hasSuffix(".safetensors") { return try safetensors(file) }
        default: break
        }
        throw wrongKind(signature, file)
    }

    private static func torch(_ file: TorchFile) -> Contents {
        Contents(
            format: file.format == .zip ? .torchZip : .torchLegacy, tensors: file.tensors,
            choice: file.choice, foreignObjects: file.foreignObjects)
    }

    private static func safetensors(_ file: MappedFile) throws(WeightsError) -> Contents {
        let contents = try SafetensorsFile(file)
        return Contents(
            format: .safetensors, tensors: contents.stored, metadata: contents.metadata)
    }

    private static func wrongKind(_ signature: FileSignature, _ file: MappedFile) -> WeightsError {
        switch signature {
        case .webPage:
            file.error(.webPage, "the file is an HTML page, probably a failed download")
        case .gitLFSPointer:
            file.error(
                .notWeights, "the file is a git-lfs pointer; fetch the real file with git lfs pull")
        case .tar:
            file.error(
                .unsupported,
                "the file is a tar archive, perhaps of PyTorch before 0.1.10; load it with PyTorch "
                    + "and save it again")
        case .gzip:
            file.error(.unsupported, "the file is compressed with gzip; decompress it first")
        case .text: file.error(.notWeights, "the file is text, not a weights file")
        default:
            file.error(.notWeights, "the file is neither a PyTorch nor a safetensors weights file")
        }
    }
}

extension Checkpoint {
    /// The tensor of that name, if there is one.
    public func description(of name: String) -> TensorDescription? { stored[name]?.description }

    /// The values of a tensor, row-major, as 32-bit floats.
    ///
    /// - Throws: ``WeightsError`` if there is no tensor of that name and shape.
    public func values(of name: String, shape: [Int]) throws -> [Float] {
        guard let tensor = stored[name] else {
            throw WeightsError(.noSuchTensor, path: path, "there is no tensor \(name)")
        }
        guard tensor.description.shape == shape else {
            throw WeightsError(
                .noSuchTensor, path: path,
                "tensor \(name) has the shape \(tensor.description.shape), not \(shape)")
        }
        guard let scale = scales[name] else { return tensor.floats() }
        return QuantisedTensors.values(tensor.floats(), scale.floats())
    }
}
