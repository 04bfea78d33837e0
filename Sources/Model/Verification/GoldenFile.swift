import Foundation

/// Reference numbers of one configuration: what the official code computes from seeded weights.
///
/// The metadata name the salt of the weights, the input size and the size of the frame. For each tensor
/// the file holds 2,048 sampled entries and the statistics of all; for each way of suppression the
/// detections; and the first masks.
public struct GoldenFile: Sendable {
    /// The file.
    public let path: String
    /// The configuration: from the metadata as JSON, or from the file's name, at the metadata's size.
    public let configuration: YolactConfiguration
    /// Salt of the seeded weights.
    public let salt: UInt64
    let file: SafetensorsFile

    /// The golden files in a directory, by name; files of other content are passed over.
    public static func files(in directory: String) throws -> [GoldenFile] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        return try names.filter { $0.hasSuffix(".safetensors") && $0 != frameName }.compactMap {
            try GoldenFile(path: directory + "/" + $0)
        }
    }

    /// The golden files that come with this library.
    public static func shipped() throws -> [GoldenFile] {
        try files(in: ResourceLocator().path(of: "golden", in: "Model"))
    }

    static let frameName = "frame.safetensors"

    private init?(path: String) throws {
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        file = try SafetensorsFile(path: path)
        if let json = file.metadata["configuration"] {
            configuration = try YolactConfiguration.decode(Array(json.utf8), source: path)
        } else {
            // What follows the configuration's name, such as a salt, tells files apart.
            let presets = YolactConfiguration.presets.filter { name.hasPrefix($0.name) }
            guard let preset = presets.max(by: { $0.name.count < $1.name.count }) else {
                return nil
            }
            let size = file.metadata["size"].flatMap { Int($0) }
            configuration = try preset.applying(ConfigurationChanges(inputSize: size))
        }
        guard let salt = file.metadata["salt"].flatMap({ UInt64($0) }) else {
            throw VerificationError(path: path, reason: "its metadata hold no salt")
        }
        self.path = path
        self.salt = salt
    }

    /// Name of the file without its extension.
    public var name: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

    /// The picture beside the file: RGB bytes [height, width, 3].
    func frame() throws -> (bytes: [UInt8], width: Int, height: Int) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let frame = try SafetensorsFile(path: directory + "/" + Self.frameName)
        guard let shape = frame.description(of: "rgb")?.shape, shape.count == 3, shape[2] == 3
        else {
            throw VerificationError(path: frame.path, reason: "it has no tensor rgb [h, w, 3]")
        }
        return (try frame.bytes("rgb"), shape[1], shape[0])
    }

    func has(_ tensor: String) -> Bool { file.description(of: tensor) != nil }
}

/// A golden file that cannot be used.
public struct VerificationError: Error, CustomStringConvertible {
    /// The file.
    public var path: String
    /// What is wrong with it.
    public var reason: String

    /// Creates an error.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// One line.
    public var description: String { "\(path) cannot be verified against: \(reason)" }
}
